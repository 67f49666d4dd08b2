-- Flow 2, around the steps: a reset as a row, and what the row says of the run. None of these writes its state.

-- name: open_reset
-- Opens a reset over a waiting file, unless one that is no preview is open over it.
--   $1 uuid         its id
--   $2 text         the file's name
--   $3 bigint       bytes
--   $4 timestamptz  when it was modified
--   $5 text         who asked for it
--   $6 bool         whether it is a preview
--   $7 text         what lay beside the file
--   $8 bool         whether it is known to be whole, so that it need not be watched
--   $9 uuid         the reset whose rejected rows it corrects, null for a count of its own
--   $10 text        the source in whose incoming/ the file lies
-- One row where it was opened: id uuid. Locks: the file's open reset.
insert into reset (id, file, size, modified_at, observed_at, requested_by, preview, report, repair_of, source)
values ($1::uuid, $2::text, $3::bigint, $4::timestamptz, case when $8::bool then to_timestamp(0) else clock_timestamp() end, $5::text, $6::bool,
        jsonb_build_object('beside', $7::text), $9::uuid, $10::text)
    on conflict (source, file) where finished_at is null and not preview do nothing
returning id

-- name: open_reset_of_file
-- Finds a reset that is open over a file.
--   $1 text  the file's name
--   $2 bool  whether a preview is asked for
--   $3 text  the file's source
-- One row, or none: id uuid. Locks: none.
select id from reset where source = $3::text and file = $1::text and finished_at is null and preview = $2::bool limit 1

-- name: ended_reset_of_file
-- Says whether a reset over a file has ended.
--   $1 text  the file's source
--   $2 text  its name
-- One row where one has: "resetId" uuid. Locks: none.
select id as "resetId" from reset where source = $1::text and file = $2::text and finished_at is not null limit 1

-- name: applied_part
-- Says whether a count was ever applied anywhere.
-- One row where one was: "resetId" uuid. Locks: none.
select reset_id as "resetId" from facility_reset where state = 'applied' limit 1

-- name: earlier_open_reset
-- Finds the oldest unfinished reset of its source that was opened before this one: sources do not wait for each other. One whose file does not settle is passed in the end.
--   $1 uuid  reset id
--   $2 int   minutes for which a file that does not settle holds others back
-- One row, or none: id uuid, file text. Locks: none.
select e.id, e.file
  from reset e, reset r
 where r.id = $1::uuid and e.source = r.source and e.finished_at is null and (e.created_at, e.id) < (r.created_at, r.id)
   and (e.state <> 'staging' or e.created_at > clock_timestamp() - make_interval(mins => $2::int))
 order by e.created_at, e.id
 limit 1

-- name: observe_file
-- Notes what a reset's file looks like now.
--   $1 uuid         reset id
--   $2 bigint       bytes
--   $3 timestamptz  when it was modified
--   $4 text         a text that changes when its sidecars do
-- One row: "unchangedMs" float8, for which it has looked so. Locks: the reset's row.
update reset
   set observed_at = case when size = $2::bigint and modified_at = $3::timestamptz and coalesce(report ->> 'beside', '') = $4::text
                          then observed_at else clock_timestamp() end,
       size = $2, modified_at = $3, report = jsonb_build_object('beside', $4), touched_at = clock_timestamp()
 where id = $1::uuid
returning (extract(epoch from clock_timestamp() - observed_at) * 1000)::float8 as "unchangedMs"

-- name: touch_reset
-- Notes a sign of life, and how long steps took that have ended.
--   $1 uuid   reset id
--   $2 jsonb  milliseconds by the step's name
-- No rows. Locks: the reset's row.
update reset set touched_at = clock_timestamp(), timings = timings || $2::jsonb where id = $1::uuid

-- name: seen_before
-- Finds the earliest reset of the same source that took the same bytes for the same count: true at the same time where name or manifest say when; where
-- only the server's time of the file does, not put there on a later day. A repair may come once
-- more where rows of it could not be used, for instance because their products were not known yet, or where it was reverted.
--   $1 uuid         the reset that asks
--   $2 text         SHA-256 of the file
--   $3 timestamptz  when its counts were true
--   $4 text         where that was read
--   $5 text         the time zone whose days are meant
--   $6 int          hours that lie between the counts of two days at least
-- One row, or none: id uuid, file text. Locks: none.
select id, file
  from reset
 where sha256 = $2::text and id <> $1::uuid and not preview and source = (select source from reset where id = $1::uuid)
   and state in ('reconciling', 'completed', 'completed-with-holds', 'reverted')
   and case $4::text
         when 'row' then true
         when 'mtime' then $3::timestamptz < as_of + make_interval(hours => $6::int)
                           or ($3::timestamptz at time zone $5::text)::date <= (as_of at time zone $5::text)::date
         else as_of = $3::timestamptz end
   and (repair_of is null or (rejected = 0 and state <> 'reverted'))
 order by created_at
 limit 1

-- name: open_facilities
-- Lists the facilities of a reset that are not ended.
--   $1 uuid  reset id
-- One row a facility, in the order of the ids: "facilityId" text, rows int (staged for it). Locks: none.
select f.facility_id as "facilityId", r.rows
  from facility_reset r
  join facility f on f.id = r.facility_id
 where r.reset_id = $1::uuid and r.finished_at is null
 order by f.facility_id

-- name: touch_progress
-- Notes a sign of life and says how far the reset is. It may be lost in a crash of the database, so it does not wait for the disk.
--   $1 uuid  reset id
-- One row: "rowsStaged", facilities, "facilitiesDone" int. Locks: the reset's row.
with light as (select set_config('synchronous_commit', 'off', true)
), touched as (
  update reset set touched_at = clock_timestamp() from light where id = $1::uuid returning rows
)
select coalesce((select rows from touched), 0) as "rowsStaged", count(*)::int as facilities,
       (count(*) filter (where finished_at is not null))::int as "facilitiesDone"
  from facility_reset
 where reset_id = $1

-- name: record_fanned_out
-- Notes that the jobs of a reset's facilities are about to be added.
--   $1 uuid  reset id
--   $2 int   its generation
-- One row where it was not noted for this generation before: id uuid. Locks: the reset's row.
update reset
   set fanned_out = generation, touched_at = clock_timestamp()
 where id = $1::uuid and generation = $2::int and fanned_out is distinct from generation
returning id

-- name: silent_resets
-- Lists the resets that have shown no sign of life, ended ones whose file was not put away among them.
--   $1 numeric  for so many milliseconds
-- One row a reset, oldest first: id uuid, file text, generation int. Locks: none.
select id, file, generation
  from reset
 where (finished_at is null or archived_to is null)
   and touched_at < clock_timestamp() - make_interval(secs => $1::numeric / 1000)
 order by created_at, id
