-- Facilities as an operator says which there are: made known, named, brought back; and those that are named by what came in and that
-- nobody has made known.

-- name: add_facilities
-- Makes facilities known, names them, and brings back those that were retired.
--   $1 text[]  outside ids, each once
--   $2 text[]  their names; null leaves a name as it is
-- One row a facility, in their order: "facilityId" text, outcome text (added | restored | renamed | unchanged). Locks: the rows of
-- those that are there, then the keys of new ones, each ascending.
with wanted as (
  select t.*
    from unnest($1::text[], $2::text[]) with ordinality as t (facility_id, name, ord)
), before as materialized (
  select f.id, f.facility_id, f.name, f.retired_at, f.merged_into
    from facility f
   where f.facility_id = any ($1::text[])
   order by f.facility_id
     for no key update
), changed as (
  update facility f
     set name = coalesce(w.name, f.name), retired_at = null
    from before b
    join wanted w using (facility_id)
   where f.id = b.id and b.merged_into is null and (b.retired_at is not null or w.name is distinct from b.name and w.name is not null)
  returning f.facility_id
), made as (
  insert into facility (facility_id, name)
  select w.facility_id, w.name
    from wanted w
   where not exists (select from before b where b.facility_id = w.facility_id)
   order by w.facility_id
      on conflict (facility_id) do nothing
  returning facility_id
)
select w.facility_id as "facilityId",
       case when m.facility_id is not null then 'added'
            when c.facility_id is null then 'unchanged'
            when b.retired_at is not null then 'restored'
            else 'renamed'
        end as outcome
  from wanted w
  left join made m using (facility_id)
  left join before b using (facility_id)
  left join changed c using (facility_id)
 order by w.ord

-- name: list_unknown_facilities
-- Lists the facilities that failed jobs or the rows of the newest file name, repairs aside, and that are not known.
--   $1 text[]  outside ids that failed jobs name
--   $2 int     rows at most
-- One row a facility, those of failed jobs first: "facilityId" text, "rejectedRows" int; "resetId" uuid and file text of the newest
-- reset, null where its rows do not name it. Locks: none.
with newest as (
  select id, file
    from reset
   where finished_at is not null and repair_of is null
   order by created_at desc, id desc
   limit 1
), named as (
  select w.facility_id, count(*)::int as rows
    from rejected_row w
    join newest n on n.id = w.reset_id
   where w.code = 'UNKNOWN_FACILITY' and w.facility_id is not null
   group by w.facility_id
), both_named as (
  select coalesce(j.facility_id, r.facility_id) as facility_id, j.facility_id is not null as has_failed, r.rows
    from named r
    full join (select distinct unnest($1::text[]) as facility_id) j on j.facility_id = r.facility_id
)
select b.facility_id as "facilityId", coalesce(b.rows, 0) as "rejectedRows", n.id as "resetId", n.file
  from both_named b
  left join newest n on b.rows is not null
 where not exists (select from facility f where f.facility_id = b.facility_id)
 order by not b.has_failed, b.facility_id
 limit $2::int
