-- Counts the movements that came after a reset was applied and occurred close to the time of its count: what was under way when the
-- count was taken, such as a sale whose sender does not say when it happened.
--   $1 uuid  reset id
--   $2 int   so many seconds from the time of the count
-- One row: movements int. Locks: none.
select count(*)::int as movements
  from reset r
  join facility_reset f on f.reset_id = r.id and f.state = 'applied'
 cross join lateral (
   select from movement m
    where m.facility_id = f.facility_id and m.occurred_at between r.as_of - make_interval(secs => $2::int) and r.as_of + make_interval(secs => $2::int)
      and m.type in ('sale', 'return', 'adjustment') and m.recorded_at > f.finished_at
 ) late
 where r.id = $1::uuid
