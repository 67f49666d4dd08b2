-- A newer count was applied to a facility: what was held of it before can no longer be right.
--   $1 uuid         the newer reset's id
--   $2 int          facility.id
--   $3 timestamptz  the newer count's time
-- One row for each hold that ended, in the order of the ids: reset_id uuid. Locks: the parts' rows.
with ended as (
  update facility_reset f
     set state = 'rejected', decided_by = 'reset ' || $1::text, decided_at = clock_timestamp(),
         held_because = f.held_because || '; ended by the newer snapshot of reset ' || $1::text
    from reset r
   where r.id = f.reset_id and f.facility_id = $2::int and f.state = 'held' and f.reset_id <> $1::uuid and r.as_of <= $3::timestamptz
  returning f.reset_id
), given_up as (
  delete from held_row h using ended e where h.reset_id = e.reset_id and h.facility_id = $2
)
select reset_id from ended order by reset_id
