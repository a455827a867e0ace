-- A disk or folder of the archive; its id lies in a file on it, so that an empty mount point is not taken for it.
-- Written by the gateway only.
create table volume (
    volume_id blob not null,
    host text not null, -- name of the machine that has it
    path text not null, -- folder
    position integer not null, -- 0: gateway.data, then gateway.volumes in order
    state text not null,
    step text not null, -- how full it is
    since integer not null, -- µs; when state or step last changed
    detail text not null, -- for a person
    total_bytes integer not null, -- of the disk, or the quota
    used_bytes integer not null, -- of it, by anything
    archive_bytes integer not null, -- of it, by footage
    written_per_day_bytes integer not null, -- at the rate of the last 24 hours
    shortens_at integer, -- µs; first day on which footage goes before its period ends; null: none in sight
    floor_breaks_at integer, -- µs; first day on which even the floors cannot be kept; null: none in sight
    checked_at integer not null, -- µs
    constraint volume_pk primary key (volume_id),
    constraint volume_state_check check (state in ('online', 'read_only', 'gone')),
    constraint volume_step_check check (step in ('normal', 'expiring', 'main_only', 'evidence_only', 'stopped'))
) strict;

-- What a machine's gateway gives up because all its disks are full, and what lies ahead. Written by the gateway only.
create table storage_status (
    host text not null,
    step text not null,
    since integer not null, -- µs; when the step began
    used_permille integer not null, -- of the emptiest disk
    written_per_day_bytes integer not null, -- at the rate of the last 24 hours
    shortens_at integer, -- µs; as in volume, over all disks
    floor_breaks_at integer, -- µs
    checked_at integer not null, -- µs
    constraint storage_status_pk primary key (host),
    constraint storage_status_step_check check (
        step in ('normal', 'expiring', 'main_only', 'evidence_only', 'stopped'))
) strict;

-- Why the footage of a disk is kept. Written by the gateway only.
create table storage_usage (
    volume_id blob not null,
    class text not null,
    files integer not null,
    size_bytes integer not null,
    oldest_at integer, -- µs; null: no file
    constraint storage_usage_pk primary key (volume_id, class),
    constraint storage_usage_volume_fk foreign key (volume_id) references volume (volume_id),
    constraint storage_usage_class_check check (class in ('routine', 'violation', 'held'))
) strict;

alter table segment add column volume_id blob; -- null: written before disks were told apart; then it is the first one
create index segment_volume_idx on segment (volume_id, started_at);

-- How long footage is kept. Rows are never changed: of a place the highest version counts. Written by web only.
create table retention_policy (
    version integer not null,
    area_id blob, -- the place; both null: everywhere
    canteen_id blob,
    is_inherited integer not null, -- the place has no policy of its own any more
    floor_days integer not null,
    routine_days integer not null,
    violation_days integer not null,
    ceiling_days integer not null,
    set_at integer not null, -- µs
    set_by text not null, -- office, then
    constraint retention_policy_pk primary key (version),
    constraint retention_policy_area_fk foreign key (area_id) references area (area_id),
    constraint retention_policy_canteen_fk foreign key (canteen_id) references canteen (canteen_id),
    constraint retention_policy_place_check check (area_id is null or canteen_id is null),
    constraint retention_policy_order_check check (
        7 <= floor_days and floor_days <= routine_days and routine_days <= violation_days
        and violation_days <= ceiling_days and ceiling_days <= 3650)
) strict;

-- A legal hold: nothing deletes the footage until a person releases it. Written by web only.
create table hold (
    hold_id blob not null,
    canteen_id blob not null,
    is_whole_canteen integer not null, -- else the cameras of hold_camera
    started_at integer not null, -- µs, inclusive
    ended_at integer, -- µs, exclusive; null: all that comes
    reason text not null,
    placed_at integer not null, -- µs
    placed_by blob not null,
    placed_office text not null, -- of the person, then
    released_at integer, -- µs; null: in force
    released_by blob,
    released_office text,
    release_reason text,
    constraint hold_pk primary key (hold_id),
    constraint hold_canteen_fk foreign key (canteen_id) references canteen (canteen_id),
    constraint hold_placed_by_fk foreign key (placed_by) references person (person_id),
    constraint hold_released_by_fk foreign key (released_by) references person (person_id),
    constraint hold_range_check check (ended_at is null or started_at < ended_at),
    constraint hold_release_check check (
        (released_at is null) = (released_by is null) and (released_at is null) = (release_reason is null))
) strict;
create index hold_canteen_idx on hold (canteen_id, released_at);

create table hold_camera (
    hold_id blob not null,
    camera_id blob not null,
    constraint hold_camera_pk primary key (hold_id, camera_id),
    constraint hold_camera_hold_fk foreign key (hold_id) references hold (hold_id),
    constraint hold_camera_camera_fk foreign key (camera_id) references camera (camera_id)
) strict;

-- A person's order to delete footage before its time. Written by web only.
create table deletion_order (
    order_id blob not null,
    camera_id blob not null,
    started_at integer not null, -- µs, inclusive
    ended_at integer not null, -- µs, exclusive
    reason text not null,
    ordered_at integer not null, -- µs
    ordered_by blob not null,
    ordered_office text not null, -- of the person, then
    constraint deletion_order_pk primary key (order_id),
    constraint deletion_order_camera_fk foreign key (camera_id) references camera (camera_id),
    constraint deletion_order_person_fk foreign key (ordered_by) references person (person_id),
    constraint deletion_order_range_check check (started_at < ended_at)
) strict;

-- What became of an order; none: not carried out yet. Written by the gateway only.
create table deletion_done (
    order_id blob not null,
    done_at integer not null, -- µs
    files integer not null,
    size_bytes integer not null,
    held_files integer not null, -- not deleted: put under a hold since the order
    constraint deletion_done_pk primary key (order_id),
    constraint deletion_done_order_fk foreign key (order_id) references deletion_order (order_id)
) strict;

-- Deletion receipts: files that followed one another in their stream's hash chain, each receipt chained to the one
-- before. Written by the gateway only; never changed or deleted.
create table receipt (
    seq integer not null, -- 1, 2, 3, … without holes
    deleted_at integer not null, -- µs
    camera_id blob not null,
    stream_id blob not null,
    volume_id blob, -- null: the files had none
    started_at integer not null, -- µs; start of the first file
    ended_at integer not null, -- µs; end of the last file
    files integer not null,
    size_bytes integer not null,
    chain_before text not null, -- the stream's chain before the first file; empty at its beginning
    chain_after text not null, -- the stream's chain after the last file
    cause text not null,
    policy_version integer not null, -- 0: the built-in one
    order_id blob, -- null: nobody ordered it
    basis text not null, -- the periods in force, or the order
    hash text not null, -- SHA-256 over the receipt before and this one, see domain::retention
    constraint receipt_pk primary key (seq),
    constraint receipt_camera_fk foreign key (camera_id) references camera (camera_id),
    constraint receipt_stream_fk foreign key (stream_id) references stream (stream_id),
    constraint receipt_order_fk foreign key (order_id) references deletion_order (order_id),
    constraint receipt_cause_check check (cause in ('period', 'pressure', 'evidence_only', 'order'))
) strict;
create index receipt_stream_idx on receipt (stream_id, started_at);
create index receipt_order_idx on receipt (order_id);

-- The end of the chain of receipts. One row; deleting footage and placing a hold both lock it, so that one comes first.
create table receipt_head (
    id integer not null,
    seq integer not null,
    hash text not null,
    constraint receipt_head_pk primary key (id),
    constraint receipt_head_id_check check (id = 1)
) strict;
insert into receipt_head (id, seq, hash) values (1, 0, '');

-- Files whose rows are gone: removed next, also after a crash. Written by the gateway only.
create table doomed_file (
    volume_id blob not null,
    path text not null, -- relative to the volume
    constraint doomed_file_pk primary key (volume_id, path)
) strict;

create trigger receipt_no_update before update on receipt begin
    select raise(abort, 'deletion receipts are never changed or deleted');
end;
create trigger receipt_no_delete before delete on receipt begin
    select raise(abort, 'deletion receipts are never changed or deleted');
end;
