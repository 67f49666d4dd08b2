-- How far a replica that the board reads from has come.

-- name: written_up_to
-- Says up to where the server has written what it has committed.
-- One row: lsn text. Locks: none.
select pg_current_wal_lsn()::text as lsn

-- name: replayed_up_to
-- Says up to where a replica has replayed what its primary wrote.
-- One row: lsn text; null on a server that is no replica. Locks: none.
select case when pg_is_in_recovery() then pg_last_wal_replay_lsn()::text end as lsn
