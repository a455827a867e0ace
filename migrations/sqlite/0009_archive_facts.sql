-- What the archive knows of its files besides that they exist.
alter table segment add column clock_offset_us integer; -- camera's clock minus ours while it was recorded; null: not measured
-- null: whole. A segment with a fault is never served as whole; its time is a gap with the same cause
alter table segment add column fault text constraint segment_fault_check check (fault in ('file_missing', 'file_damaged'));

-- SQLite cannot add a constraint to a table: made anew, with the causes that a gap may have.
create table gap_new (
    gap_id blob not null,
    stream_id blob not null,
    started_at integer not null, -- µs, inclusive
    ended_at integer, -- µs, exclusive; null: still open
    cause text not null,
    detail text not null, -- for a person; no address, no password
    segment_id blob, -- the segment whose file is missing or damaged; null: there was none
    constraint gap_pk primary key (gap_id),
    constraint gap_stream_fk foreign key (stream_id) references stream (stream_id),
    constraint gap_segment_fk foreign key (segment_id) references segment (segment_id) on delete set null,
    constraint gap_range_check check (started_at <= ended_at),
    constraint gap_cause_check check (cause in (
        'network_lost', 'camera_offline', 'wrong_password', 'no_video', 'bad_stream', 'gateway_down', 'disk_full',
        'overload', 'clock_jump', 'switched_off', 'deleted_by_retention', 'deleted_by_order', 'file_missing',
        'file_damaged'))
) strict;
insert into gap_new (gap_id, stream_id, started_at, ended_at, cause, detail)
    select gap_id, stream_id, started_at, ended_at,
        case cause when 'retention' then 'deleted_by_retention' when 'order' then 'deleted_by_order' else cause end,
        detail from gap;
drop table gap;
alter table gap_new rename to gap;
create index gap_stream_idx on gap (stream_id, started_at);
create index gap_segment_idx on gap (segment_id);
-- a stream has at most one open gap
create unique index gap_open_idx on gap (stream_id) where ended_at is null;

-- Pictures inside a segment that came broken or not at all. One row a group of pictures. Written by the gateway only.
create table packet_loss (
    stream_id blob not null,
    started_at integer not null, -- µs; arrival of the first picture behind a loss
    ended_at integer not null, -- µs; arrival of the last one
    packets integer not null, -- RTP packets that never came
    events integer not null, -- how many times some were missing
    constraint packet_loss_pk primary key (stream_id, started_at),
    constraint packet_loss_stream_fk foreign key (stream_id) references stream (stream_id),
    constraint packet_loss_range_check check (started_at <= ended_at)
) strict;
