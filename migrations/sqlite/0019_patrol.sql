-- What a wall of live pictures shows by turns (轮巡), saved by name for the inspectors of an area. Written by web only.
create table patrol (
    patrol_id blob not null,
    area_id blob not null, -- whose inspectors use it
    canteen_id blob, -- the cameras of this canteen; null: those of patrol_camera, or of the area when there are none
    name text not null,
    tiles integer not null, -- at the same time
    dwell_s integer not null, -- so long each page stays
    changed_at integer not null, -- µs
    changed_by blob not null,
    changed_office text not null, -- as it was then
    constraint patrol_pk primary key (patrol_id),
    constraint patrol_area_fk foreign key (area_id) references area (area_id),
    constraint patrol_canteen_fk foreign key (canteen_id) references canteen (canteen_id),
    constraint patrol_person_fk foreign key (changed_by) references person (person_id),
    constraint patrol_area_id_name_key unique (area_id, name),
    constraint patrol_tiles_check check (tiles in (1, 4, 9, 16)),
    constraint patrol_dwell_check check (dwell_s between 5 and 600)
) strict;

-- The cameras that were chosen for a patrol, in order.
create table patrol_camera (
    patrol_id blob not null,
    position integer not null, -- 0, 1, … as a person chose them
    camera_id blob not null,
    constraint patrol_camera_pk primary key (patrol_id, position),
    constraint patrol_camera_patrol_id_camera_id_key unique (patrol_id, camera_id),
    constraint patrol_camera_patrol_fk foreign key (patrol_id) references patrol (patrol_id),
    constraint patrol_camera_camera_fk foreign key (camera_id) references camera (camera_id)
) strict;

-- The hours, in China, in which a patrol is offered by itself.
create table patrol_window (
    patrol_id blob not null,
    position integer not null, -- 0, 1, … as a person entered them
    days integer not null, -- bits, the lowest for Monday
    from_minute integer not null, -- of the day
    until_minute integer not null, -- of the day, up to 1440; the first after it
    constraint patrol_window_pk primary key (patrol_id, position),
    constraint patrol_window_patrol_fk foreign key (patrol_id) references patrol (patrol_id),
    constraint patrol_window_days_check check (days between 1 and 127),
    constraint patrol_window_minutes_check check (0 <= from_minute and from_minute < until_minute and until_minute <= 1440)
) strict;
