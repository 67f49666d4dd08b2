-- The staged rows of a reset: kept while their facility is held, put back to be applied, deleted when they have served.

-- name: keep_held_rows
-- Keeps the staged rows of a facility that is held.
--   $1 uuid  reset id
--   $2 int   facility.id
-- No rows. Locks: the rows written.
insert into held_row select * from snapshot_row where reset_id = $1::uuid and facility_id = $2::int
    on conflict do nothing

-- name: restore_held_rows
-- Puts the rows that were kept back into staging, from which clear_staging took the others before.
--   $1 uuid  reset id
--   $2 int   facility.id
-- No rows. Locks: the rows written and deleted.
with kept as (
  delete from held_row where reset_id = $1::uuid and facility_id = $2::int returning *
)
insert into snapshot_part (reset_id, facility_id, part, product_ids, lines, locations, quantities, as_ofs)
select reset_id, facility_id, 0, array_agg(product_id), array_agg(line), array_agg(location), array_agg(quantity),
       array_agg(as_of)
  from kept
 group by reset_id, facility_id

-- name: drop_held_rows
-- Deletes the rows that were kept for a facility: its hold was rejected.
--   $1 uuid  reset id
--   $2 int   facility.id
-- No rows. Locks: the rows deleted.
delete from held_row where reset_id = $1::uuid and facility_id = $2::int

-- name: clear_staging
-- Deletes the staged rows of a reset, of one facility or all; waits for a transaction that is deleting them already.
--   $1 uuid  reset id
--   $2 int   facility.id; null for all
-- No rows. Locks: the rows deleted.
delete from snapshot_part where reset_id = $1::uuid and ($2::int is null or facility_id = $2)

-- name: archive_reset
-- Notes that a reset's file was put away, is gone, or could not be put away.
--   $1 uuid  reset id
--   $2 text  where the file is now, or that it is gone
--   $3 text  why it still lies in incoming/, or its rejected rows are not in error/; null where all is done
-- No rows. Locks: the reset's row.
update reset set archived_to = $2::text, not_put_away = $3::text, touched_at = clock_timestamp() where id = $1::uuid

-- name: files_not_put_away
-- Lists the files that still lie in incoming/ though their resets have ended, or whose rejected rows were not returned, the oldest first.
-- One row a file: "resetId" uuid, source, file, reason text, size bigint, "modifiedAt" and since timestamptz. Locks: none.
select id as "resetId", source, file, not_put_away as reason, size, modified_at as "modifiedAt", finished_at as since
  from reset
 where not_put_away is not null
 order by created_at, id

-- name: files_dealt_with
-- Lists what may lie in a source's incoming/ of resets that have ended: what could not be moved, and what is about to be, for a minute.
--   $1 text  source.name
-- One row a file: name text, size bigint, "modifiedAt" timestamptz. Locks: none.
select file as name, size, modified_at as "modifiedAt"
  from reset
 where source = $1::text
   and not preview
   and (not_put_away is not null and archived_to like 'incoming/%'
        or archived_to is null and (state in ('completed', 'completed-with-holds') or state = 'failed' and outcome is not null) and finished_at > clock_timestamp() - interval '1 minute')

-- name: claim_staging
-- Takes the staging of a reset for this transaction, if no other worker has it, and says where the reset stands.
--   $1 uuid  reset id
--   $2 int   the first key of the lock (Locks.staging)
-- One row, or none where there is no such reset: mine bool, state text, generation int. Locks: the reset's staging (exclusive, try).
select pg_try_advisory_xact_lock($2::int, hashtext($1::uuid::text)) as mine, state, generation from reset where id = $1

-- name: drop_rejected_rows
-- Deletes the rows that an earlier staging of a reset refused.
--   $1 uuid  reset id
-- No rows. Locks: the rows deleted.
delete from rejected_row where reset_id = $1::uuid

-- name: drop_corrections
-- Deletes what was explained of one facility when it was held: it is no longer so, because sales have arrived since.
--   $1 uuid  reset id
--   $2 int   facility.id
-- No rows. Locks: the rows deleted.
delete from correction where reset_id = $1::uuid and facility_id = $2::int
