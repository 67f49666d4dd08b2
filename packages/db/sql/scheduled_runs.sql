-- The run ledger: each date and time of the schedule runs once.

-- name: database_now
-- Tells the database's time: a worker's clock may be wrong.
-- One row: now timestamptz. Locks: none.
select clock_timestamp() as now

-- name: newest_run
-- Finds the run of a source on record that was due last.
--   $1 text  the source
-- One row, or none: "dueAt" timestamptz. Locks: none.
select due_at as "dueAt" from scheduled_run where source = $1::text order by due_at desc limit 1

-- name: claim_runs
-- Puts runs on record: those of the newest due time as claimed, the others as skipped, because one catches up for all.
--   $1 text[]         the runs' keys
--   $2 timestamptz[]  when each is due
--   $3 timestamptz    the newest due time
--   $4 text           the key of a run at that time
--   $5 text           the source that they are of
-- One row for each that was not on record: "runKey" text. Locks: the rows written, in the order of the keys.
insert into scheduled_run (run_key, source, due_at, state, finished_at, outcome)
select t.run_key, $5::text, t.due_at, case when t.due_at = $3::timestamptz then 'claimed' else 'skipped' end,
       case when t.due_at <> $3::timestamptz then clock_timestamp() end,
       case when t.due_at <> $3::timestamptz then 'missed while nothing was running; ' || $4::text || ' caught up' end
  from unnest($1::text[], $2::timestamptz[]) as t (run_key, due_at)
 order by t.run_key
    on conflict (run_key) do nothing
returning run_key as "runKey"

-- name: begin_schedule
-- Notes a run from before the first start, so that the schedule begins after it.
--   $1 text         its key
--   $2 timestamptz  when it was due
--   $3 text         the source that it is of
-- No rows. Locks: the row written.
insert into scheduled_run (run_key, due_at, source, state, finished_at, outcome)
values ($1::text, $2::timestamptz, $3::text, 'skipped', clock_timestamp(), 'before the first start')
    on conflict (run_key) do nothing

-- name: list_asked_files
-- Lists the files of which resets were asked for by a run.
--   $1 text  who asked for them ("schedule …")
-- One row a file, the oldest first: file text, "isOpen" bool (a reset of it has not ended). Locks: none.
select file, bool_or(finished_at is null) as "isOpen"
  from reset
 where requested_by = $1::text
 group by file
 order by min(created_at)

-- name: finish_run
-- Ends a claimed run.
--   $1 text  its key
--   $2 text  what it found, in words
-- No rows. Locks: the run's row.
update scheduled_run
   set state = 'done', finished_at = clock_timestamp(), outcome = $2::text
 where run_key = $1::text and state = 'claimed'

-- name: silent_runs
-- Takes the claimed runs that have not ended, to ask for them again.
--   $1 numeric  after so many milliseconds
-- One row a run: "runKey" text. Locks: the rows written.
update scheduled_run
   set touched_at = clock_timestamp()
 where state = 'claimed' and touched_at < clock_timestamp() - make_interval(secs => $1::numeric / 1000)
returning run_key as "runKey"
