alter table rule_pack add column saved_at integer; -- µs; null: came with the program
alter table rule_pack add column office text; -- of the person who saved it; null: came with the program

alter table canteen add column service_hours text; -- JSON {from, until}; null: those of the rule pack
alter table canteen add column clothes text not null default '[]'; -- JSON list of work clothes' colours, as #ffffff
alter table zone add column rules_off text not null default '[]'; -- JSON list of rules that a person switched off here

-- A waste bin in a camera's picture.
create table bin (
    bin_id blob not null,
    camera_id blob not null,
    outline text not null, -- JSON list of corners {x, y}, 0..1
    constraint bin_pk primary key (bin_id),
    constraint bin_camera_fk foreign key (camera_id) references camera (camera_id)
) strict;
create index bin_camera_idx on bin (camera_id);

-- What a bin looks like with its lid on and off: the analyzer compares with it.
create table bin_reference (
    bin_reference_id blob not null,
    bin_id blob not null,
    lid text not null,
    object_key text not null, -- JPEG of the bin's box
    taken_at integer not null, -- µs
    constraint bin_reference_pk primary key (bin_reference_id),
    constraint bin_reference_bin_fk foreign key (bin_id) references bin (bin_id),
    constraint bin_reference_lid_check check (lid in ('closed', 'open'))
) strict;
create index bin_reference_bin_idx on bin_reference (bin_id);

-- A rule that opens no violations at a camera for a while.
create table mute (
    camera_id blob not null,
    code text not null,
    until_at integer not null, -- µs
    reason text not null,
    person_id blob not null,
    office text not null, -- of the person, then
    muted_at integer not null, -- µs
    constraint mute_pk primary key (camera_id, code),
    constraint mute_camera_fk foreign key (camera_id) references camera (camera_id),
    constraint mute_person_fk foreign key (person_id) references person (person_id)
) strict;

-- How often each rule was judged, and how it went; pictures that could not be judged are counted with their reason.
create table judgement (
    camera_id blob not null,
    hour integer not null, -- µs; start of the hour
    code text not null,
    state text not null,
    reason text not null, -- why it could not be judged; empty for the clear states
    judged integer not null, -- how often
    constraint judgement_pk primary key (camera_id, hour, code, state, reason),
    constraint judgement_camera_fk foreign key (camera_id) references camera (camera_id),
    constraint judgement_state_check check (state in ('violating', 'compliant', 'cannot_judge'))
) strict;

-- Cameras whose judgements somebody is looking at; the analyzer then writes what it sees, else not.
create table scene_wanted (
    camera_id blob not null,
    until_at integer not null, -- µs
    constraint scene_wanted_pk primary key (camera_id),
    constraint scene_wanted_camera_fk foreign key (camera_id) references camera (camera_id)
) strict;
