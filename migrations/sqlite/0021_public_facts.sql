-- What a canteen has done before any picture of it may be public. Entered anew, the row before is withdrawn; rows stay,
-- because an impact assessment is kept for three years. Written by web only.
create table publication_fact (
    publication_fact_id blob not null,
    canteen_id blob not null,
    kind text not null,
    basis text, -- of a staff notice: on what their pictures may go out; null for the others
    done_on text not null, -- day in China, as 2026-09-01
    note text not null, -- where the sign hangs, the number of the document; empty: nothing more
    entered_by blob not null,
    entered_office text not null, -- as it was then
    entered_at integer not null, -- µs
    withdrawn_by blob, -- null: in force
    withdrawn_office text, -- null: in force
    withdrawn_at integer, -- µs; null: in force
    constraint publication_fact_pk primary key (publication_fact_id),
    constraint publication_fact_canteen_fk foreign key (canteen_id) references canteen (canteen_id),
    constraint publication_fact_enterer_fk foreign key (entered_by) references person (person_id),
    constraint publication_fact_withdrawer_fk foreign key (withdrawn_by) references person (person_id),
    constraint publication_fact_kind_check check (kind in ('signage', 'staff_notice', 'assessment')),
    constraint publication_fact_basis_check check (
        (kind = 'staff_notice' and basis is not null and basis in ('mosaic', 'consent'))
        or (kind <> 'staff_notice' and basis is null))
) strict;
create unique index publication_fact_in_force_key on publication_fact (canteen_id, kind) where withdrawn_at is null;

-- service_window is the one home of a canteen's hours, for the public gate and for the rules. canteen.service_hours is
-- not read any more; what it said becomes a window of every day where a canteen has none.
insert into service_window (canteen_id, position, days, from_minute, until_minute)
select
    canteen_id, 0, 127,
    cast(substr(json_extract(service_hours, '$.from'), 1, 2) as integer) * 60
        + cast(substr(json_extract(service_hours, '$.from'), 4, 2) as integer),
    cast(substr(json_extract(service_hours, '$.until'), 1, 2) as integer) * 60
        + cast(substr(json_extract(service_hours, '$.until'), 4, 2) as integer)
from canteen
where service_hours is not null and canteen_id not in (select canteen_id from service_window);
