-- Waits for a facility and takes it until the transaction ends, with the settings for what follows in the transaction.
--   $1 int   the first key of the lock (Locks.facility)
--   $2 int   facility.id
--   $3 text  milliseconds to wait for the lock
--   $4 text  milliseconds that a statement after this one may take
--   $5 text  enable_nestloop, on or off
--   $6 text  work_mem
-- One row, of no use. Locks: the facility (exclusive); waits for movements under way, and none begins meanwhile.
select set_config('lock_timeout', $3::text, true), set_config('statement_timeout', $4::text, true),
       set_config('enable_nestloop', $5::text, true), set_config('jit', 'off', true), set_config('work_mem', $6::text, true),
       pg_advisory_xact_lock($1::int, $2::int)
