-- The work list. A finished job's row is deleted; a dead one stays for a person to see.
create table job (
    job_id uuid not null,
    kind text not null,
    payload text not null, -- JSON
    run_at bigint not null, -- µs; not before
    lease_until bigint, -- µs; null: free. After it the job is free again
    attempts bigint not null, -- claims so far
    is_dead boolean not null, -- given up
    last_error text,
    constraint job_pk primary key (job_id)
);
create index job_claim_idx on job (kind, run_at);

-- Each row's hash covers the row before, see domain::audit.
create table audit (
    seq bigint not null, -- 1, 2, 3, … without holes
    at bigint not null, -- µs
    actor text not null, -- as person:0192… or system
    action text not null, -- as violation.confirm
    subject text not null, -- as violation:0192…
    detail text not null, -- JSON; no names, no passwords
    hash text not null, -- SHA-256, hex
    constraint audit_pk primary key (seq)
);
create index audit_subject_idx on audit (subject, seq);

-- The end of the chain: a row cut off there shows. One row; its lock orders the writers.
create table audit_head (
    id bigint not null,
    seq bigint not null,
    hash text not null,
    constraint audit_head_pk primary key (id),
    constraint audit_head_id_check check (id = 1)
);
insert into audit_head (id, seq, hash) values (1, 0, '');

create table setting (
    name text not null,
    value text not null,
    constraint setting_pk primary key (name)
);

-- How long a camera was observed and judged in an hour; "0 violations" is never shown without it.
create table coverage (
    camera_id uuid not null,
    hour bigint not null, -- µs; start of the hour
    observed_ms bigint not null,
    judged_ms bigint not null,
    cannot_judge_ms bigint not null,
    constraint coverage_pk primary key (camera_id, hour),
    constraint coverage_camera_fk foreign key (camera_id) references camera (camera_id)
);

create table analyzer_status (
    id bigint not null,
    is_judging boolean not null,
    reason text, -- code, as no_models; null while judging
    detail text not null,
    models text not null, -- JSON list of names
    updated_at bigint not null, -- µs
    constraint analyzer_status_pk primary key (id),
    constraint analyzer_status_id_check check (id = 1)
);
