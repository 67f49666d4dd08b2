-- The only statements that write the state of a reset or of a facility's part of it; run by resets/transitions.ts alone.

-- name: begin_parts
-- Reads facilities' parts of a reset and notes that they are being worked on, for the board. The note may be lost in a crash of
-- the database, so it does not wait for the disk. A preview is not noted.
--   $1 uuid   reset id
--   $2 int[]  facility.id of each
-- One row a part, from before the note: facility int, state text, "finishedAt" timestamptz, preview bool. Locks: the parts' rows, for a moment.
with light as (select set_config('synchronous_commit', 'off', true)
), noted as (
  update facility_reset f set state = 'reconciling', started_at = coalesce(f.started_at, clock_timestamp())
    from reset r, light
   where f.reset_id = $1::uuid and f.facility_id = any ($2::int[]) and f.state = 'pending' and f.finished_at is null
     and r.id = f.reset_id and not r.preview
)
select f.facility_id as facility, f.state, f.finished_at as "finishedAt", r.preview
  from facility_reset f join reset r on r.id = f.reset_id
 where f.reset_id = $1 and f.facility_id = any ($2)

-- name: read_parts
-- Facilities' parts of a reset as they stand, locked until the transaction ends.
--   $1 uuid   reset id
--   $2 int[]  facility.id of each
-- One row a part, in the order of the facilities: facility int, state text, "finishedAt" timestamptz, rows int (staged for it), rejected int, "asOf" timestamptz, preview bool,
-- "isRepair" bool, "absentRows" text (keep or zero; null where it was not kept), "lastRows" int (the rows of the newest applied count of the facility, or of one that was merged into it, repairs aside;
-- null before its first). Locks: the parts' rows.
select f.facility_id as facility, f.state, f.finished_at as "finishedAt", f.rows, f.rejected, r.as_of as "asOf", r.preview, r.repair_of is not null as "isRepair", coalesce(f.absent_rows, r.absent_rows) as "absentRows",
       (select l.rows from facility_reset l join reset c on c.id = l.reset_id and c.repair_of is null
         where l.facility_id = any (array(select f.facility_id union all select m.id from facility m where m.merged_into = f.facility_id)) and l.reset_id <> f.reset_id and l.state = 'applied'
         order by l.finished_at desc limit 1) as "lastRows"
  from facility_reset f join reset r on r.id = f.reset_id
 where f.reset_id = $1::uuid and f.facility_id = any ($2::int[])
 order by f.facility_id
   for update of f

-- name: move_parts
-- Moves facilities' parts of a reset to another state, each if it is in one of those from which it may come, and notes what is
-- known of it.
--   $1 uuid      reset id
--   $2 int[]     facility.id of each
--   $3 text      the new state
--   $4 text[]    the states from which it may come
--   $5 jsonb[]   for each columns of facility_reset, by their names: who decided it and the reason noted (decided_by, decided_because), why it is held
--                (held_because) or failed (error), for how long the facility was locked (locked_ms), and its figures; what is not there stays as it is
-- One row for each that was moved: facility int. Locks: the parts' rows. A part that is not held or applied and has ended (one of a
-- preview) is moved no more.
update facility_reset f
   set state = $3::text,
       finished_at = case when $3 = 'reconciling' then null
                          when $3 in ('rejected', 'reverted') then f.finished_at
                          else clock_timestamp() end,
       decided_by = coalesce(n.decided_by, f.decided_by),
       decided_at = case when n.decided_by is null then f.decided_at else clock_timestamp() end,
       decided_because = case when n.decided_by is null then f.decided_because else n.decided_because end,
       held_because = coalesce(n.held_because, f.held_because),
       error = coalesce(n.error, f.error),
       locked_ms = coalesce(n.locked_ms, f.locked_ms),
       corrected = coalesce(n.corrected, f.corrected), stale = coalesce(n.stale, f.stale),
       absent = coalesce(n.absent, f.absent), borderline = coalesce(n.borderline, f.borderline),
       listed = coalesce(n.listed, f.listed), units_kept = coalesce(n.units_kept, f.units_kept),
       units_before = coalesce(n.units_before, f.units_before), units_after = coalesce(n.units_after, f.units_after),
       late_sales = coalesce(n.late_sales, f.late_sales), shipments = coalesce(n.shipments, f.shipments),
       unexplained = coalesce(n.unexplained, f.unexplained)
  from unnest($2::int[], $5::jsonb[]) as w (facility_id, columns), lateral jsonb_populate_record(null::facility_reset, w.columns) n
 where f.reset_id = $1::uuid and f.facility_id = any ($2) and f.facility_id = w.facility_id and f.state = any ($4::text[])
   and (f.finished_at is null or f.state not in ('pending', 'reconciling'))
returning f.facility_id as facility

-- name: open_facility_resets
-- Opens one facility reset for each known facility that a staged snapshot names, with its counts of staged and rejected
-- rows. A facility of which no row could be used has failed from the start, visibly. Staged anew after a crash, facilities already applied
-- stay as they are.
--   $1 uuid    reset id
--   $2 text[]  outside ids of the facilities where a product that is not listed stays, whatever holds for the reset
-- No rows. Locks: the rows written.
insert into facility_reset (reset_id, facility_id, rows, rejected, absent_rows, state, error, finished_at)
select $1::uuid, f.id, coalesce(s.rows, 0), coalesce(r.rejected, 0), case when r.is_kept then 'keep' end,
       case when s.rows is null then 'failed' else 'pending' end,
       case when s.rows is null then 'none of its rows could be used (' || r.rejected || ' rejected); see the rejected rows' end,
       case when s.rows is null then clock_timestamp() end
  from (select facility_id, sum(cardinality(lines)) as rows from snapshot_part
         where reset_id = $1::uuid group by facility_id having sum(cardinality(lines)) > 0) s
  full join (select coalesce(k.merged_into, k.id) as facility_id, count(*) as rejected, bool_or(w.facility_id = any ($2::text[])) as is_kept
               from rejected_row w join facility k on k.facility_id = w.facility_id
              where w.reset_id = $1::uuid group by 1) r using (facility_id)
  join facility f on f.id = coalesce(s.facility_id, r.facility_id)
    on conflict (reset_id, facility_id) do update
   set rows = excluded.rows, rejected = excluded.rejected, absent_rows = excluded.absent_rows
 where facility_reset.finished_at is null

-- name: reject_holds_before
-- A newer count was applied to facilities: what was held of them before can no longer be right; a repair of that count itself can.
--   $1 uuid         the newer reset's id
--   $2 int[]        facility.id of each
--   $3 timestamptz  the newer count's time
-- One row for each reset of which a hold ended, in the order of the ids: reset_id uuid. Locks: the parts' rows.
with ended as (
  update facility_reset f
     set state = 'rejected', decided_by = 'reset ' || $1::text, decided_at = clock_timestamp(),
         held_because = f.held_because || '; ended by the newer snapshot of reset ' || $1::text
    from reset r
   where r.id = f.reset_id and f.facility_id = any ($2::int[]) and f.state = 'held' and f.reset_id <> $1::uuid and r.as_of <= $3::timestamptz
     and r.repair_of is distinct from $1
  returning f.reset_id, f.facility_id
), given_up as (
  delete from held_row h using ended e where h.reset_id = e.reset_id and h.facility_id = e.facility_id
)
select distinct reset_id from ended order by reset_id

-- name: move_reset
-- Moves a reset that is being read to another state, if it is in one of those from which it may come.
--   $1 uuid    reset id
--   $2 text    the new state
--   $3 text[]  the states from which it may come
--   $4 jsonb   columns of reset, by their names: what was read of the file (sha256, as_of, as_of_from, repair_of, rows, rejected,
--              skipped, report), what becomes of products that it does not list (absent_rows), how it ended in words (outcome), where the file is when nothing is left to be done with it (archived_to);
--              what is not there stays as it is
-- One row where it was moved: state text. Locks: the reset's row. A reset that has ended is moved no more.
update reset r
   set state = $2::text, sha256 = coalesce(n.sha256, r.sha256), as_of = coalesce(n.as_of, r.as_of),
       as_of_from = coalesce(n.as_of_from, r.as_of_from), repair_of = coalesce(n.repair_of, r.repair_of), rows = coalesce(n.rows, r.rows),
       rejected = coalesce(n.rejected, r.rejected), skipped = coalesce(n.skipped, r.skipped),
       report = coalesce(n.report, r.report), absent_rows = coalesce(n.absent_rows, r.absent_rows), outcome = coalesce(n.outcome, r.outcome),
       archived_to = coalesce(n.archived_to, r.archived_to), touched_at = clock_timestamp(),
       finished_at = case when $2 = 'reconciling' then null else clock_timestamp() end
  from jsonb_populate_record(null::reset, $4::jsonb) n
 where r.id = $1::uuid and r.state = any ($3::text[]) and r.finished_at is null
returning r.state

-- name: restart_reset
-- Gives a reset a new generation, so that it can be taken up by another worker; reads its file anew where its staged rows are lost.
--   $1 uuid    reset id
--   $2 int     the generation that the caller saw: of several who see the same one, one restarts it
--   $3 bool    whether its file is to be read anew
--   $4 text[]  the states from which it may be read anew
-- One row where it was restarted: generation int. Locks: the reset's row.
update reset
   set generation = generation + 1, touched_at = clock_timestamp(),
       state = case when $3::bool and state = any ($4::text[]) then 'staging' else state end
 where id = $1::uuid and generation = $2::int and (finished_at is null or archived_to is null)
returning generation

-- name: lock_reset
-- Takes a reset's row, so that the statement after this one reads all parts that others have ended.
--   $1 uuid  reset id
-- No rows. Locks: the reset's row, until the transaction ends.
select from reset where id = $1::uuid for no key update

-- name: settle_reset
-- Derives the state of a reset whose rows are staged from those of its parts, and writes it where it has changed. lock_reset
-- comes before it, as a statement of its own: of two transactions that each end a part the second then sees what the first did.
--   $1 uuid    reset id
--   $2 text[]  the moves that may be made, as 'from>to'
-- One row: state text, finished bool, facilities, applied (nothing is left to do), failed, held, corrected int (products, by what
-- is in force). Locks: none more.
with parts as (
  select count(*)::int as facilities,
         (count(*) filter (where finished_at is null))::int as open,
         (count(*) filter (where state = 'applied'))::int as in_force,
         (count(*) filter (where state = 'reverted'))::int as reverted,
         (count(*) filter (where state in ('applied', 'stale', 'reverted')))::int as applied,
         (count(*) filter (where state = 'failed'))::int as failed,
         (count(*) filter (where state = 'held'))::int as held,
         coalesce(sum(corrected) filter (where state = 'applied'), 0)::int as corrected
    from facility_reset where reset_id = $1::uuid
), derived as (
  select case when r.state = 'staging' or p.open > 0 or (r.finished_at is not null and p.facilities = 0) then r.state
              when r.preview then 'preview'
              when p.reverted > 0 and p.in_force + p.held = 0 then 'reverted'
              when p.held + p.failed = 0 then 'completed'
              when p.applied + p.held > 0 then 'completed-with-holds'
              else 'failed'
         end as state
    from reset r, parts p where r.id = $1
), written as (
  update reset r
     set state = d.state, touched_at = clock_timestamp(), finished_at = coalesce(r.finished_at, clock_timestamp()),
         timings = case when r.finished_at is not null then r.timings
                        else r.timings || jsonb_build_object('totalMs', round(extract(epoch from clock_timestamp() - r.created_at) * 1000)) end
    from derived d
   where r.id = $1 and r.state || '>' || d.state = any ($2::text[])
  returning r.state
)
select coalesce(w.state, r.state) as state, (w.state is not null or r.finished_at is not null) as finished,
       p.facilities, p.applied, p.failed, p.held, p.corrected
  from reset r cross join parts p left join written w on true
 where r.id = $1
