-- Where a stream has footage without interruption: what a timeline of a month reads instead of 43,200 segments.
-- Kept by the triggers below, whoever adds or deletes segments.
create table footage_span (
    stream_id blob not null,
    started_at integer not null, -- µs, inclusive
    ended_at integer not null, -- µs, exclusive; spans may touch or overlap after a recovery
    constraint footage_span_pk primary key (stream_id, started_at),
    constraint footage_span_stream_fk foreign key (stream_id) references stream (stream_id),
    constraint footage_span_range_check check (started_at <= ended_at)
) strict;

-- 200,000 µs: a shorter pause between two files is the seam of a recording, not a gap
insert into footage_span (stream_id, started_at, ended_at)
select stream_id, min(started_at), max(ended_at) from (
    select stream_id, started_at, ended_at,
        sum(is_first) over (partition by stream_id order by started_at, ended_at) as run
    from (
        select stream_id, started_at, ended_at, case when started_at > 200000 + max(ended_at) over (
            partition by stream_id order by started_at, ended_at rows between unbounded preceding and 1 preceding
        ) then 1 else 0 end as is_first
        from segment where started_at < ended_at))
group by stream_id, run;

create trigger segment_span_insert after insert on segment when new.started_at < new.ended_at begin
    update footage_span set ended_at = max(ended_at, new.ended_at)
    where stream_id = new.stream_id and ended_at >= new.started_at - 200000 and started_at = (
        select max(started_at) from footage_span where stream_id = new.stream_id and started_at <= new.started_at);
    insert into footage_span (stream_id, started_at, ended_at)
    select new.stream_id, new.started_at, new.ended_at where not exists (
        select 1 from footage_span where stream_id = new.stream_id and ended_at >= new.ended_at and started_at = (
            select max(started_at) from footage_span where stream_id = new.stream_id and started_at <= new.started_at));
end;

create trigger segment_span_delete after delete on segment when old.started_at < old.ended_at begin
    insert into footage_span (stream_id, started_at, ended_at)
    select stream_id, old.ended_at, max(ended_at) from footage_span
    where stream_id = old.stream_id and started_at < old.ended_at and ended_at > old.ended_at group by stream_id
    on conflict (stream_id, started_at) do update set ended_at = max(ended_at, excluded.ended_at);
    update footage_span set ended_at = old.started_at
    where stream_id = old.stream_id and started_at < old.started_at and ended_at > old.started_at;
    delete from footage_span
    where stream_id = old.stream_id and started_at >= old.started_at and started_at < old.ended_at;
end;

create index violation_camera_started_idx on violation (camera_id, started_at);

-- The access ledger (国务院令第799号 Art. 16): who looks at which archived footage, and why. Written by the web role only;
-- never changed or deleted. Each row is in the audit trail's chain too.
create table footage_view (
    view_id blob not null,
    person_id blob not null,
    login text not null, -- of the person, then
    office text not null, -- of the person, then
    purpose text not null,
    reason text not null,
    reason_text text not null, -- the person's words; empty: none
    started_at integer not null, -- µs, inclusive; first instant of the footage
    ended_at integer not null, -- µs, exclusive
    created_at integer not null, -- µs
    expires_at integer not null, -- µs
    constraint footage_view_pk primary key (view_id),
    constraint footage_view_person_fk foreign key (person_id) references person (person_id),
    constraint footage_view_purpose_check check (purpose in ('view', 'export')),
    constraint footage_view_range_check check (started_at < ended_at)
) strict;
create index footage_view_created_idx on footage_view (created_at, view_id);

create table footage_view_camera (
    view_id blob not null,
    camera_id blob not null,
    constraint footage_view_camera_pk primary key (view_id, camera_id),
    constraint footage_view_camera_view_fk foreign key (view_id) references footage_view (view_id),
    constraint footage_view_camera_camera_fk foreign key (camera_id) references camera (camera_id)
) strict;
create index footage_view_camera_idx on footage_view_camera (camera_id, view_id);

create trigger footage_view_no_update before update on footage_view begin
    select raise(abort, 'rows of the access ledger are never changed or deleted');
end;
create trigger footage_view_no_delete before delete on footage_view begin
    select raise(abort, 'rows of the access ledger are never changed or deleted');
end;

-- Asked for by the web role, which deletes it too; done by the gateway.
create table footage_export (
    export_id blob not null,
    view_id blob not null,
    camera_id blob not null,
    stream_id blob not null,
    started_at integer not null, -- µs, inclusive
    ended_at integer not null, -- µs, exclusive
    state text not null,
    progress_permille integer not null,
    object_key text, -- null: no bytes, or no longer
    size_bytes integer,
    sha256 text, -- of the file, hex
    frames integer,
    first_picture_at integer, -- µs
    last_picture_at integer, -- µs
    error text, -- why there is none, for a person
    created_at integer not null, -- µs
    expires_at integer, -- µs; the bytes are deleted then
    constraint footage_export_pk primary key (export_id),
    constraint footage_export_view_fk foreign key (view_id) references footage_view (view_id),
    constraint footage_export_camera_fk foreign key (camera_id) references camera (camera_id),
    constraint footage_export_stream_fk foreign key (stream_id) references stream (stream_id),
    constraint footage_export_range_check check (started_at < ended_at),
    constraint footage_export_state_check check (state in ('queued', 'running', 'ready', 'failed', 'expired'))
) strict;
create index footage_export_view_idx on footage_export (view_id, created_at);
create index footage_export_expires_idx on footage_export (expires_at);
