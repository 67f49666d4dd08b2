-- Lists what each facility's stock rests on, retired ones aside: the time of the newest count applied in the last 30 days, the oldest
-- first.
--   $1 int  rows at most
-- One row a facility: facilityId text, asOf timestamptz. Locks: none.
select f.facility_id as "facilityId", max(r.as_of) as "asOf"
  from reset r
  join facility_reset s on s.reset_id = r.id
  join facility f on f.id = s.facility_id
 where r.created_at > clock_timestamp() - interval '30 days' and not r.preview and r.as_of is not null
   and s.state = 'applied' and f.retired_at is null
 group by f.facility_id
 order by max(r.as_of), f.facility_id
 limit $1::int
