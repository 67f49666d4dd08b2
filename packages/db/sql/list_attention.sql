-- Lists facility resets that need an operator: those that are held, and those that failed and were not followed by a later
-- reset of their facility, where a repair counts for the reset that it corrects only; of a retired facility only what is held. Rows of a
-- repair that are still wrong are no failure of its own. Held ones first, the oldest of them before the others.
--   $1 int  rows at most
-- One row a facility reset, previews aside: "facilityId" text, "resetId" uuid, file, state text, "asOf" timestamptz or null,
-- "heldBecause", error text or null, rows, rejected, corrected, stale, absent int, listed int or null,
-- "unitsBefore", "unitsAfter" numeric, "unitsKept" numeric or null, "absentRows" text or null (keep or zero), since timestamptz (when
-- it ended) or null, and total int (how many there are in all). Locks: none.
select f.facility_id as "facilityId", s.reset_id as "resetId", r.file, s.state, r.as_of as "asOf",
       s.held_because as "heldBecause", s.error, s.rows, s.rejected, s.corrected, s.stale, s.absent, s.listed,
       s.units_kept as "unitsKept", coalesce(s.absent_rows, r.absent_rows) as "absentRows", s.units_before as "unitsBefore",
       s.units_after as "unitsAfter", s.finished_at as since, (count(*) over ())::int as total
  from facility_reset s
  join reset r on r.id = s.reset_id
  join facility f on f.id = s.facility_id
 where s.state in ('held', 'failed') and not r.preview
   and (r.repair_of is null or s.state = 'held' or s.rows > 0)
   and (s.state = 'held'
        or f.retired_at is null
       and not exists (select from facility_reset t
                         join reset n on n.id = t.reset_id
                        where t.facility_id = s.facility_id and not n.preview and coalesce(n.repair_of = r.id, true)
                          and t.state in ('applied', 'stale', 'held', 'failed')
                          and (n.created_at, n.id) > (r.created_at, r.id)))
 order by s.state = 'failed', s.finished_at, f.facility_id
 limit $1::int
