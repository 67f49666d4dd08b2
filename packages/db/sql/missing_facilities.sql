-- Lists the facilities that the newest whole count does not list, though one of the 14 days before it did. Files of one
-- scheduled run are one count, taken together once all of them have ended; a file that somebody ran by hand is a whole
-- count unless it lists less than a tenth of the facilities, which is how a single store is mended. A facility that no file
-- has listed for 14 days has closed.
--   $1 timestamptz  now
-- One row a missing facility: facility_id text; file text, counted_at timestamptz of the count that last listed it; and of
-- the newest count reset_id uuid, newest_file text, missing_since timestamptz. Locks: none.
with listed as (
  select r.id, r.file, r.created_at, r.finished_at, f.facility_id, r.requested_by like 'schedule %' as scheduled,
         case when r.requested_by like 'schedule %' then r.requested_by else r.id::text end as count_name
    from reset r
    join facility_reset f on f.reset_id = r.id
   where not r.preview and r.state in ('completed', 'completed-with-holds')
     and r.created_at > $1::timestamptz - interval '14 days'
     and not exists (select from reset o
                      where o.finished_at is null and not o.preview and o.requested_by = r.requested_by
                        and o.requested_by like 'schedule %')
), counts as (
  select count_name, min(created_at) as begun_at
    from listed
   group by count_name, scheduled
  having scheduled or 10 * count(distinct facility_id) >= (select count(distinct facility_id) from listed)
), newest as (
  select l.id, l.file, l.finished_at, c.begun_at
    from counts c
    join listed l using (count_name)
   order by c.begun_at desc, l.created_at desc, l.id
   limit 1
), latest as (
  select distinct on (facility_id) facility_id, file, created_at
    from listed
   order by facility_id, created_at desc, id
)
select k.facility_id, l.file, l.created_at as counted_at, n.id as reset_id, n.file as newest_file,
       n.finished_at as missing_since
  from newest n
  join latest l on l.created_at < n.begun_at
  join facility k on k.id = l.facility_id
 order by k.facility_id
