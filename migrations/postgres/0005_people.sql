create table person (
    person_id uuid not null,
    login text not null,
    office text not null, -- the office or post that acts, not a person's name
    role text not null,
    area_id uuid, -- how far a regulator reaches
    canteen_id uuid, -- how far a manager reaches
    password_hash text, -- argon2id, PHC string; null: signs in by link only
    constraint person_pk primary key (person_id),
    constraint person_login_key unique (login),
    constraint person_area_fk foreign key (area_id) references area (area_id),
    constraint person_canteen_fk foreign key (canteen_id) references canteen (canteen_id),
    constraint person_role_check check (role in ('regulator', 'manager', 'parent', 'admin')),
    constraint person_regulator_check check (role <> 'regulator' or area_id is not null),
    constraint person_manager_check check (role <> 'manager' or canteen_id is not null)
);

create table sign_in_link (
    token_sha256 text not null, -- hex; the token itself is never stored
    person_id uuid not null,
    expires_at bigint not null, -- µs
    used_at bigint, -- µs; null: not used
    constraint sign_in_link_pk primary key (token_sha256),
    constraint sign_in_link_person_fk foreign key (person_id) references person (person_id)
);

create table session (
    token_sha256 text not null, -- hex; the cookie itself is never stored
    person_id uuid not null,
    seen_at bigint not null, -- µs; to the minute
    idle_us bigint not null, -- ends so long after seen_at
    expires_at bigint not null, -- µs; ends then in any case
    constraint session_pk primary key (token_sha256),
    constraint session_person_fk foreign key (person_id) references person (person_id)
);
create index session_person_idx on session (person_id);

create table login_failure (
    login text not null, -- as typed
    failed_at bigint not null -- µs
);
create index login_failure_idx on login_failure (login, failed_at);
