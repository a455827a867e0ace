-- The work list. A finished job's row is deleted; a dead one stays for a person to see.
create table job (
    job_id blob not null,
    kind text not null,
    payload text not null, -- JSON
    run_at integer not null, -- µs; not before
    lease_until integer, -- µs; null: free. After it the job is free again
    attempts integer not null, -- claims so far
    is_dead integer not null, -- given up
    last_error text,
    constraint job_pk primary key (job_id)
) strict;
create index job_claim_idx on job (kind, run_at);

-- Each row's hash covers the row before, see domain::audit.
create table audit (
    seq integer not null, -- 1, 2, 3, … without holes
    at integer not null, -- µs
    actor text not null, -- as person:0192… or system
    action text not null, -- as violation.confirm
    subject text not null, -- as violation:0192…
    detail text not null, -- JSON; no names, no passwords
    hash text not null, -- SHA-256, hex
    constraint audit_pk primary key (seq)
) strict;
create index audit_subject_idx on audit (subject, seq);

-- The end of the chain: a row cut off there shows. One row; its lock orders the writers.
create table audit_head (
    id integer not null,
    seq integer not null,
    hash text not null,
    constraint audit_head_pk primary key (id),
    constraint audit_head_id_check check (id = 1)
) strict;
insert into audit_head (id, seq, hash) values (1, 0, '');

create table setting (
    name text not null,
    value text not null,
    constraint setting_pk primary key (name)
) strict;

-- How long a camera was observed and judged in an hour; "0 violations" is never shown without it.
create table coverage (
    camera_id blob not null,
    hour integer not null, -- µs; start of the hour
    observed_ms integer not null,
    judged_ms integer not null,
    cannot_judge_ms integer not null,
    constraint coverage_pk primary key (camera_id, hour),
    constraint coverage_camera_fk foreign key (camera_id) references camera (camera_id)
) strict;

create table analyzer_status (
    id integer not null,
    is_judging integer not null,
    reason text, -- code, as no_models; null while judging
    detail text not null,
    models text not null, -- JSON list of names
    updated_at integer not null, -- µs
    constraint analyzer_status_pk primary key (id),
    constraint analyzer_status_id_check check (id = 1)
) strict;
