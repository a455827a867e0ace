-- Areas form a tree; `path` carries the scope of every query.
create table area (
    area_id blob not null,
    parent_id blob, -- null: the top of the tree
    name text not null, -- Chinese
    name_en text not null,
    level text not null,
    province text not null, -- Chinese, as 河南; picks the province's rules
    path text not null, -- ids from the top, each behind a slash, as /0192…/0193…/
    constraint area_pk primary key (area_id),
    constraint area_parent_fk foreign key (parent_id) references area (area_id),
    constraint area_path_key unique (path),
    constraint area_level_check check (level in ('province', 'city', 'county', 'office', 'grid'))
) strict;

create table canteen (
    canteen_id blob not null,
    area_id blob not null,
    code text not null, -- public short code, 8 characters of Crockford's base 32
    name text not null, -- Chinese
    name_en text not null,
    school text not null,
    licence_no text not null, -- 食品经营许可证编号
    grade text not null, -- supervision grade as printed, as A; empty when not graded
    path text not null, -- the area's path and this id, as /0192…/0193…/0194…/
    constraint canteen_pk primary key (canteen_id),
    constraint canteen_area_fk foreign key (area_id) references area (area_id),
    constraint canteen_code_key unique (code),
    constraint canteen_path_key unique (path),
    constraint canteen_code_check check (length(code) = 8)
) strict;
create index canteen_area_idx on canteen (area_id);
