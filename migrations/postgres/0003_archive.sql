-- Bytes are durable before a row points at them; a row is gone before its bytes are. Written by the gateway only.
create table segment (
    segment_id uuid not null,
    stream_id uuid not null,
    started_at bigint not null, -- µs, inclusive
    ended_at bigint not null, -- µs, exclusive
    first_90k bigint not null, -- presentation time of the first picture
    frames bigint not null,
    size_bytes bigint not null,
    path text not null, -- relative to the archive folder
    sha256 text not null, -- of the file, hex
    chain text not null, -- SHA-256 over the stream's previous chain and sha256, hex
    constraint segment_pk primary key (segment_id),
    constraint segment_stream_fk foreign key (stream_id) references stream (stream_id),
    constraint segment_path_key unique (path),
    constraint segment_range_check check (started_at <= ended_at)
);
create index segment_stream_idx on segment (stream_id, started_at);

create table gap (
    gap_id uuid not null,
    stream_id uuid not null,
    started_at bigint not null, -- µs, inclusive
    ended_at bigint, -- µs, exclusive; null: still open
    cause text not null,
    detail text not null, -- for a person; no address, no password
    constraint gap_pk primary key (gap_id),
    constraint gap_stream_fk foreign key (stream_id) references stream (stream_id),
    constraint gap_range_check check (started_at <= ended_at)
);
create index gap_stream_idx on gap (stream_id, started_at);
-- a stream has at most one open gap
create unique index gap_open_idx on gap (stream_id) where ended_at is null;
