-- Resets and their parts as people look at them.

-- name: list_resets
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

-- name: list_parts
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

-- name: list_attention
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

-- name: count_attention
-- Counts the facility resets that need attention, previews aside: those that are held, and those that failed and have not
-- been dealt with by a later reset that got somewhere with the facility, nor by its being retired, as list_attention lists them.
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

-- name: resets_of_facility
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

-- name: read_last_reset
-- The reset of the last 30 days that was the last to end, previews, repairs and duplicates aside.
-- One row or none: id uuid, state text, finishedAt timestamptz, rows int, timings jsonb (milliseconds by step), facilities
-- jsonb (how many by state). Locks: none.
select r.id, r.state, r.finished_at as "finishedAt", r.rows, r.timings,
       coalesce((select jsonb_object_agg(state, count)
                   from (select s.state, count(*) as count from facility_reset s where s.reset_id = r.id group by s.state) by_state),
                '{}') as facilities
  from reset r
 where r.finished_at is not null and not r.preview and r.repair_of is null and r.rows > 0
   and r.created_at > clock_timestamp() - interval '30 days'
 order by r.created_at desc, r.id desc
 limit 1

-- name: last_of_sources
-- What came last of some sources; previews and repairs are none of it.
--   $1 text[]  the sources' names
-- One row a source: source text; "resetId" uuid, file, state, outcome text and at timestamptz of the file that came last, and
-- "acceptedFile" text, "acceptedAt" timestamptz of the one that was accepted last (at least one facility applied), null when there is
-- none. Locks: none.
select s.name as source, l.id as "resetId", l.file, l.state, l.outcome, l.created_at as at, a.file as "acceptedFile",
       a.created_at as "acceptedAt"
  from unnest($1::text[]) as s (name)
  left join lateral (
    select r.id, r.file, r.state, r.outcome, r.created_at
      from reset r
     where r.source = s.name and not r.preview and r.repair_of is null
     order by r.created_at desc
     limit 1) l on true
  left join lateral (
    select r.file, r.created_at
      from reset r
     where r.source = s.name and not r.preview and r.repair_of is null
       and exists (select from facility_reset f where f.reset_id = r.id and f.state = 'applied')
     order by r.created_at desc
     limit 1) a on true
 order by s.name

-- name: read_file_form
-- What a reset noted of its file's form, for writing its rejected rows back.
--   $1 uuid  reset id
-- One row: columns jsonb (its header's names), "ignoredColumns" jsonb (those of them that were not used), delimiter text. Locks: none.
select coalesce(report -> 'columns', '[]') as columns, coalesce(report -> 'ignoredColumns', '[]') as "ignoredColumns",
       coalesce(report ->> 'delimiter', ',') as delimiter
  from reset r
 where r.id = $1::uuid
