-- Lists what resets did to one facility, the newest first, previews aside.
--   $1 int  facility.id
--   $2 int  rows at most
-- One row a reset: reset_id uuid, file, state text, as_of timestamptz or null, rows, rejected, corrected int, units_before,
-- units_after numeric, held_because, error, decided_by text or null, locked_ms int or null, finished_at timestamptz or
-- null. Locks: none.
select s.reset_id, r.file, s.state, r.as_of, s.rows, s.rejected, s.corrected, s.units_before, s.units_after,
       s.held_because, s.error, s.decided_by, s.locked_ms, s.finished_at
  from facility_reset s
  join reset r on r.id = s.reset_id
 where s.facility_id = $1 and not r.preview
 order by r.created_at desc, r.id desc
 limit $2::int
