-- A picture of a camera that was put up for approval; only the newest of a camera counts. Written by web only.
create table publication_still (
    publication_still_id blob not null,
    camera_id blob not null,
    object_key text not null, -- the very picture that is approved; never written again
    sha256 text not null, -- of the picture
    taken_at integer not null, -- µs
    put_up_by blob not null,
    put_up_office text not null, -- as it was then
    put_up_at integer not null, -- µs
    constraint publication_still_pk primary key (publication_still_id),
    constraint publication_still_camera_fk foreign key (camera_id) references camera (camera_id),
    constraint publication_still_person_fk foreign key (put_up_by) references person (person_id)
) strict;
create index publication_still_camera_idx on publication_still (camera_id, put_up_at);

-- Who let the picture's camera be shown to the public. Rows stay when they are withdrawn. Written by web only.
create table publication_approval (
    publication_approval_id blob not null,
    publication_still_id blob not null,
    side text not null,
    approved_by blob not null,
    approved_office text not null, -- as it was then
    approved_at integer not null, -- µs
    withdrawn_by blob, -- null: in force
    withdrawn_office text, -- null: in force
    withdrawn_at integer, -- µs; null: in force
    constraint publication_approval_pk primary key (publication_approval_id),
    constraint publication_approval_still_fk foreign key (publication_still_id)
        references publication_still (publication_still_id),
    constraint publication_approval_approver_fk foreign key (approved_by) references person (person_id),
    constraint publication_approval_withdrawer_fk foreign key (withdrawn_by) references person (person_id),
    constraint publication_approval_side_check check (side in ('school', 'regulator'))
) strict;
create unique index publication_approval_in_force_key on publication_approval (publication_still_id, side)
    where withdrawn_at is null;

-- When a canteen is served, in China; pictures are public only then. Written by web only.
create table service_window (
    canteen_id blob not null,
    position integer not null, -- 0, 1, … as a person entered them
    days integer not null, -- bits, the lowest for Monday
    from_minute integer not null, -- of the day
    until_minute integer not null, -- of the day, up to 1440; the first after it
    constraint service_window_pk primary key (canteen_id, position),
    constraint service_window_canteen_fk foreign key (canteen_id) references canteen (canteen_id),
    constraint service_window_days_check check (days between 1 and 127),
    constraint service_window_minutes_check check (0 <= from_minute and from_minute < until_minute and until_minute <= 1440)
) strict;
