-- Audit rows are never changed or deleted, not even by a mistaken statement of ours.
create trigger audit_no_update before update on audit begin
    select raise(abort, 'audit rows are never changed or deleted');
end;
create trigger audit_no_delete before delete on audit begin
    select raise(abort, 'audit rows are never changed or deleted');
end;
