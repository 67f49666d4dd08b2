-- Counts the facility resets that need attention, previews aside: those that are held, and those that failed and have not
-- been dealt with by a later reset that got somewhere with the facility, nor by its being retired, as list_attention.sql lists them.
-- One row: held, failed int. Locks: none.
select (count(*) filter (where s.state = 'held'))::int as held,
       (count(*) filter (where s.state = 'failed'))::int as failed
  from facility_reset s
  join reset r on r.id = s.reset_id
 where s.state in ('held', 'failed') and not r.preview
   and (r.repair_of is null or s.state = 'held' or s.rows > 0)
   and (s.state = 'held'
        or not exists (select from facility f where f.id = s.facility_id and f.retired_at is not null)
       and not exists (select from facility_reset t
                         join reset n on n.id = t.reset_id
                        where t.facility_id = s.facility_id and not n.preview and coalesce(n.repair_of = r.id, true)
                          and t.state in ('applied', 'stale', 'held', 'failed')
                          and (n.created_at, n.id) > (r.created_at, r.id)))
