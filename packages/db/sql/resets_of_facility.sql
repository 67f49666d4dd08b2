-- Lists what resets did to one facility, the newest first, previews aside.
--   $1 int  facility.id
--   $2 int  rows at most
-- One row a reset: resetId uuid, file, state text, asOf timestamptz or null, rows, corrected int, unitsBefore, unitsAfter
-- numeric, heldBecause, error, decidedBy text or null, finishedAt timestamptz or null. Locks: none.
select s.reset_id as "resetId", r.file, s.state, r.as_of as "asOf", s.rows, s.corrected, s.units_before as "unitsBefore",
       s.units_after as "unitsAfter", s.held_because as "heldBecause", s.error, s.decided_by as "decidedBy",
       s.finished_at as "finishedAt"
  from facility_reset s
  join reset r on r.id = s.reset_id
 where s.facility_id = $1 and not r.preview
 order by r.created_at desc, r.id desc
 limit $2::int
