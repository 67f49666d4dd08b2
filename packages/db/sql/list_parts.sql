-- Lists the facilities' parts of a reset by their outside ids: all, those after one, or that of one facility.
--   $1 uuid  reset id
--   $2 text  outside id of the only facility, null for all
--   $3 text  outside id after which to begin, null for the first
--   $4 int   parts at most, null for all
-- One row a part, as the API answers it. Locks: none.
select f.facility_id as "facilityId", s.state, s.rows, s.rejected, s.corrected, s.units_before as "unitsBefore",
       s.units_after as "unitsAfter", s.late_sales as "lateSales", s.shipments, s.unexplained, s.stale, s.absent, s.borderline,
       s.listed, s.units_kept as "unitsKept", coalesce(s.absent_rows, r.absent_rows) as "absentRows", s.decided_because as "decidedBecause",
       s.held_because as "heldBecause", s.decided_by as "decidedBy", s.decided_at as "decidedAt", s.locked_ms as "lockedMs",
       s.error, s.started_at as "startedAt", s.finished_at as "finishedAt"
  from facility_reset s
  join reset r on r.id = s.reset_id
  join facility f on f.id = s.facility_id
 where s.reset_id = $1::uuid and ($2::text is null or f.facility_id = $2)
   and ($3::text is null or f.facility_id collate "C" > $3)
 order by f.facility_id collate "C"
 limit $4::int
