-- What the archive knows of its files besides that they exist.
alter table segment add column clock_offset_us bigint; -- camera's clock minus ours while it was recorded; null: not measured
-- null: whole. A segment with a fault is never served as whole; its time is a gap with the same cause
alter table segment add column fault text constraint segment_fault_check check (fault in ('file_missing', 'file_damaged'));

alter table gap add column segment_id uuid; -- the segment whose file is missing or damaged; null: there was none
update gap set cause = 'deleted_by_retention' where cause = 'retention';
update gap set cause = 'deleted_by_order' where cause = 'order';
alter table gap add constraint gap_segment_fk foreign key (segment_id) references segment (segment_id) on delete set null;
alter table gap add constraint gap_cause_check check (cause in (
    'network_lost', 'camera_offline', 'wrong_password', 'no_video', 'bad_stream', 'gateway_down', 'disk_full',
    'overload', 'clock_jump', 'switched_off', 'deleted_by_retention', 'deleted_by_order', 'file_missing',
    'file_damaged'));
create index gap_segment_idx on gap (segment_id);

-- Pictures inside a segment that came broken or not at all. One row a group of pictures. Written by the gateway only.
create table packet_loss (
    stream_id uuid not null,
    started_at bigint not null, -- µs; arrival of the first picture behind a loss
    ended_at bigint not null, -- µs; arrival of the last one
    packets bigint not null, -- RTP packets that never came
    events bigint not null, -- how many times some were missing
    constraint packet_loss_pk primary key (stream_id, started_at),
    constraint packet_loss_stream_fk foreign key (stream_id) references stream (stream_id),
    constraint packet_loss_range_check check (started_at <= ended_at)
);
