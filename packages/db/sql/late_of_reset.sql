-- Counts what came late and was absorbed by a reset's snapshot: a revert applies it again (R12), unless the snapshot before
-- had it, too.
--   $1 uuid    reset id
--   $2 text[]  outside ids of the facilities
-- One row: movements int, units numeric (their quantities). Locks: none.
select count(*)::int as movements, coalesce(sum(m.quantity), 0) as units
  from movement m
 where m.facility_id = any (select id from facility where facility_id = any ($2::text[])) and m.absorbed and m.reset_id = $1
