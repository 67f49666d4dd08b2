-- Lists resets, newest first, each with how far it is; or only one.
--   $1 timestamptz  where the page begins: after the reset of this time and id; null for the first page
--   $2 uuid
--   $3 int          resets at most
--   $4 uuid         only this reset, whatever the others say; null for a page
--   $5 bool         previews among them
-- One row a reset: what the API answers of it (id to "facilityCounts", that is its facilities' parts by state), then generation,
-- "createdAt", "finishedAt" (or null), how many facilities there are, are done, have failed and are held (of a preview, would be),
-- and what is in force: corrected (products), "unitsBefore" and "unitsAfter" of the facilities that are applied; of a preview, of
-- those that would be. Locks: none.
with page as (
  select id from reset where id = $4::uuid
   union all
  (select id from reset
    where $4 is null and ($1::timestamptz is null or (created_at, id) < ($1, $2::uuid)) and ($5::bool or not preview)
    order by created_at desc, id desc
    limit $3::int)
)
select r.id, r.source, r.file, r.sha256, r.as_of as "asOf", r.as_of_from as "asOfFrom", r.report ->> 'note' as "asOfNote", coalesce(r.report -> 'doubts', '[]') as "doubts", r.state, r.outcome, r.not_put_away as "notPutAway", r.preview, r.repair_of as "repairOf",
       r.requested_by as "requestedBy", r.rows, r.rejected, r.skipped, r.report -> 'merged' as merged, r.timings, p."facilityCounts",
       r.generation, r.created_at as "createdAt", r.finished_at as "finishedAt", p.corrected, p."unitsBefore",
       p."unitsAfter", p.facilities, p."facilitiesDone", p."facilitiesFailed", p."facilitiesHeld"
  from page
  join reset r on r.id = page.id
 cross join lateral (
   select coalesce(jsonb_object_agg(s.state, s.parts), '{}') as "facilityCounts",
          coalesce(sum(s.corrected), 0)::int as corrected, coalesce(sum(s.units_before), 0) as "unitsBefore",
          coalesce(sum(s.units_after), 0) as "unitsAfter", coalesce(sum(s.parts), 0)::int as facilities,
          coalesce(sum(s.done), 0)::int as "facilitiesDone",
          coalesce(sum(s.parts) filter (where s.state = 'failed'), 0)::int as "facilitiesFailed",
          coalesce(sum(s.held), 0)::int as "facilitiesHeld"
     from (select f.state, count(*)::int as parts, sum(f.corrected) filter (where i.in_force) as corrected,
                  sum(f.units_before) filter (where i.in_force) as units_before,
                  sum(f.units_after) filter (where i.in_force) as units_after,
                  count(*) filter (where f.state = 'held' or (r.preview and f.held_because is not null)) as held,
                  count(*) filter (where f.state not in ('pending', 'reconciling')
                                      or (r.preview and f.finished_at is not null)) as done
             from facility_reset f
            cross join lateral (select f.state = 'applied' or (r.preview and f.state = 'pending' and f.held_because is null) as in_force) i
            where f.reset_id = r.id
            group by f.state) s
 ) p
 order by r.created_at desc, r.id desc
