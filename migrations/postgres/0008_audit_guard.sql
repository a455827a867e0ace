-- Audit rows are never changed or deleted, not even by a mistaken statement of ours.
create function audit_refuse() returns trigger language plpgsql as $$
begin
    raise exception 'audit rows are never changed or deleted';
end $$;
create trigger audit_no_update before update on audit for each row execute function audit_refuse();
create trigger audit_no_delete before delete on audit for each row execute function audit_refuse();
