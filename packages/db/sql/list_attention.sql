-- Lists facility resets that need somebody: those that are held, and those that failed and were not followed by a later
-- reset of their facility. Held ones first, the oldest of them before the others.
--   $1 int  rows at most
-- One row a facility reset, previews aside: facility_id text, reset_id uuid, file, state text, as_of timestamptz or null,
-- held_because, error text or null, rows, rejected, corrected int, units_before, units_after numeric, finished_at
-- timestamptz or null, and total int (how many there are in all). Locks: none.
select f.facility_id, s.reset_id, r.file, s.state, r.as_of, s.held_because, s.error, s.rows, s.rejected, s.corrected,
       s.units_before, s.units_after, s.finished_at, (count(*) over ())::int as total
  from facility_reset s
  join reset r on r.id = s.reset_id
  join facility f on f.id = s.facility_id
 where s.state in ('held', 'failed') and not r.preview
   and (s.state = 'held'
        or not exists (select from facility_reset t
                         join reset n on n.id = t.reset_id
                        where t.facility_id = s.facility_id and not n.preview
                          and t.state in ('applied', 'stale', 'held', 'failed')
                          and (n.created_at, n.id) > (r.created_at, r.id)))
 order by s.state = 'failed', s.finished_at, f.facility_id
 limit $1::int
