create table rule_pack (
    pack text not null, -- name, as cn-default-2026
    version integer not null,
    body text not null, -- JSON, see domain::rule
    constraint rule_pack_pk primary key (version)
) strict;

-- Written by the analyzer only; what people say of it is in review, what became of the clip in evidence.
create table violation (
    violation_id blob not null,
    camera_id blob not null,
    canteen_id blob not null,
    zone text not null,
    code text not null,
    severity text not null,
    rule_pack text not null, -- label of the pack in force, as cn-default-2026 v1
    clauses text not null, -- JSON list, as printed
    demand text not null, -- Chinese
    demand_en text not null,
    rectify_ms integer not null, -- time to put right after confirmation
    model text not null, -- names and versions of the models
    track integer not null, -- number of the analyzer's track
    started_at integer not null, -- µs, first judgement
    ended_at integer not null, -- µs, last judgement, merged ones included
    merged integer not null, -- further findings within the cool-down
    figures text not null, -- JSON, see domain::violation::Figures
    frames text not null, -- JSON list of decision frames
    snapshot_key text not null, -- object
    clock_offset_us integer, -- camera's clock minus ours; null: not measured
    constraint violation_pk primary key (violation_id),
    constraint violation_camera_fk foreign key (camera_id) references camera (camera_id),
    constraint violation_canteen_fk foreign key (canteen_id) references canteen (canteen_id),
    constraint violation_severity_check check (severity in ('a', 'b', 'c')),
    constraint violation_range_check check (started_at <= ended_at)
) strict;
create index violation_started_idx on violation (started_at, violation_id);
create index violation_camera_idx on violation (camera_id, code, ended_at);
create index violation_canteen_idx on violation (canteen_id, code, started_at);

-- Written by the gateway only. No row: the clip is being cut.
create table evidence (
    violation_id blob not null,
    state text not null,
    reason text, -- why there is no clip
    clip_id blob, -- null: none
    started_at integer, -- µs, inclusive
    ended_at integer, -- µs, exclusive
    object_key text,
    size_bytes integer,
    sha256 text, -- of the clip, hex
    frames integer,
    constraint evidence_pk primary key (violation_id),
    constraint evidence_violation_fk foreign key (violation_id) references violation (violation_id),
    constraint evidence_state_check check (state in ('pending', 'ready', 'missing')),
    constraint evidence_ready_check check (state <> 'ready' or object_key is not null),
    constraint evidence_missing_check check (state <> 'missing' or reason is not null)
) strict;
