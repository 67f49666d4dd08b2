-- Reads one facility's part of a reset and notes that it is being worked on, for the board. The note may be lost in a crash of
-- the database, so it does not wait for the disk. A preview is not noted.
--   $1 uuid  reset id
--   $2 int   facility.id
-- One row, from before the note: state text, "finishedAt" timestamptz, preview bool. Locks: the part's row, for a moment.
with light as (select set_config('synchronous_commit', 'off', true)
), noted as (
  update facility_reset f set state = 'reconciling', started_at = coalesce(f.started_at, clock_timestamp())
    from reset r, light
   where f.reset_id = $1::uuid and f.facility_id = $2::int and f.state = 'pending' and f.finished_at is null
     and r.id = f.reset_id and not r.preview
)
select f.state, f.finished_at as "finishedAt", r.preview
  from facility_reset f join reset r on r.id = f.reset_id
 where f.reset_id = $1 and f.facility_id = $2
