create table camera (
    camera_id blob not null,
    canteen_id blob not null,
    name text not null, -- Chinese
    name_en text not null,
    is_public integer not null, -- a person has allowed it; the public gate asks more
    is_enabled integer not null, -- pulled and judged
    is_synthetic integer not null, -- rendered footage, no real kitchen
    changed_at integer not null, -- µs; last change by a person
    removed_at integer, -- µs; null: in use. Old violations still name a removed camera
    constraint camera_pk primary key (camera_id),
    constraint camera_canteen_fk foreign key (canteen_id) references canteen (canteen_id)
) strict;
create index camera_canteen_idx on camera (canteen_id);

create table zone (
    zone_id blob not null,
    camera_id blob not null,
    kind text not null,
    outline text not null, -- JSON list of corners {x, y}, 0..1
    constraint zone_pk primary key (zone_id),
    constraint zone_camera_fk foreign key (camera_id) references camera (camera_id),
    constraint zone_kind_check check (kind in (
        'storage', 'cooking', 'serving', 'special', 'sample', 'washing', 'rough', 'waste', 'counter'))
) strict;
create index zone_camera_idx on zone (camera_id);

create table stream (
    stream_id blob not null,
    camera_id blob not null,
    kind text not null,
    url text not null, -- rtsp://…, never with name or password
    username text, -- null: no sign-in
    password_sealed blob, -- XChaCha20-Poly1305, see store/src/seal.rs; null: no password
    constraint stream_pk primary key (stream_id),
    constraint stream_camera_fk foreign key (camera_id) references camera (camera_id),
    constraint stream_camera_id_kind_key unique (camera_id, kind),
    constraint stream_kind_check check (kind in ('main', 'sub'))
) strict;

-- Written by the gateway only.
create table stream_status (
    stream_id blob not null,
    state text not null,
    since integer not null, -- µs; when the state began
    cause text, -- null: none
    detail text not null, -- for a person; no address, no password
    codec text, -- null: no picture yet
    width integer, -- pixels
    height integer, -- pixels
    last_frame_at integer, -- µs; null: never had a picture
    clock_offset_us integer, -- camera's clock minus ours; null: not measured
    constraint stream_status_pk primary key (stream_id),
    constraint stream_status_stream_fk foreign key (stream_id) references stream (stream_id),
    constraint stream_status_state_check check (state in ('connecting', 'live', 'failing', 'disabled')),
    constraint stream_status_codec_check check (codec in ('h264', 'h265'))
) strict;
