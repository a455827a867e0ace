-- A person's verdict on a violation. No row: to review.
create table review (
    violation_id blob not null,
    verdict text not null,
    reason text, -- why dismissed
    person_id blob not null,
    office text not null, -- of the person, then
    reviewed_at integer not null, -- µs
    constraint review_pk primary key (violation_id),
    constraint review_violation_fk foreign key (violation_id) references violation (violation_id),
    constraint review_person_fk foreign key (person_id) references person (person_id),
    constraint review_verdict_check check (verdict in ('confirmed', 'dismissed')),
    constraint review_reason_check check (verdict <> 'dismissed' or reason is not null)
) strict;

create table notice (
    notice_id blob not null,
    violation_id blob not null,
    canteen_id blob not null,
    is_formal integer not null, -- a person has confirmed the violation
    number text, -- 文号; kept when a confirmation is taken back, printed only while formal
    state text not null,
    resume_state text, -- the state before withdrawal, for undo
    sent_at integer not null, -- µs
    deadline_at integer, -- µs; null: prompt
    acknowledged_at integer, -- µs
    rectified_at integer, -- µs, last one
    answered_at integer, -- µs, last act of the canteen
    closed_at integer, -- µs
    withdrawn_at integer, -- µs
    constraint notice_pk primary key (notice_id),
    constraint notice_violation_fk foreign key (violation_id) references violation (violation_id),
    constraint notice_canteen_fk foreign key (canteen_id) references canteen (canteen_id),
    constraint notice_violation_id_key unique (violation_id),
    constraint notice_number_key unique (number),
    constraint notice_state_check check (state in (
        'sent', 'acknowledged', 'rectified', 'appealed', 'closed', 'withdrawn')),
    constraint notice_formal_check check (not is_formal or (number is not null and deadline_at is not null))
) strict;
create index notice_sent_idx on notice (sent_at, notice_id);
create index notice_canteen_idx on notice (canteen_id, state);

-- Last number given, a year (Asia/Shanghai).
create table notice_number (
    year integer not null,
    last integer not null,
    constraint notice_number_pk primary key (year)
) strict;

create table rectification (
    rectification_id blob not null,
    notice_id blob not null,
    body text not null, -- what the canteen did, in its words
    photo_key text, -- object; null: no photo
    photo_sha256 text, -- hex
    person_id blob not null,
    office text not null, -- of the person, then
    sent_at integer not null, -- µs
    constraint rectification_pk primary key (rectification_id),
    constraint rectification_notice_fk foreign key (notice_id) references notice (notice_id),
    constraint rectification_person_fk foreign key (person_id) references person (person_id)
) strict;
create index rectification_notice_idx on rectification (notice_id);

create table appeal (
    appeal_id blob not null,
    notice_id blob not null,
    body text not null, -- 申辩, in the canteen's words
    person_id blob not null,
    office text not null, -- of the person, then
    sent_at integer not null, -- µs
    constraint appeal_pk primary key (appeal_id),
    constraint appeal_notice_fk foreign key (notice_id) references notice (notice_id),
    constraint appeal_person_fk foreign key (person_id) references person (person_id)
) strict;
create index appeal_notice_idx on appeal (notice_id);
