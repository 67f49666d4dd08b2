-- Takes facilities until the transaction ends, with the settings for what follows in the transaction: one is waited for, of several
-- those that nobody has at the moment are taken.
--   $1 int    the first key of the lock (Locks.facility)
--   $2 int[]  facility.id of each
--   $3 text   milliseconds to wait for the lock
--   $4 text   milliseconds that a statement after this one may take
--   $5 text   enable_nestloop, on or off
--   $6 text   work_mem
-- One row for each that was taken: facility int. Locks: the facilities (exclusive); one alone waits for movements under way, and none begins meanwhile.
with wanted as materialized (
  -- First the settings, then the locks: the limit on the waiting is one of them.
  select f as facility, cardinality($2::int[]) as of,
         set_config('lock_timeout', $3::text, true), set_config('statement_timeout', $4::text, true),
         set_config('enable_nestloop', $5::text, true), set_config('jit', 'off', true), set_config('work_mem', $6::text, true)
    from unnest($2::int[]) f
   order by f
)
select facility
  from wanted
 where case when of = 1 then pg_advisory_xact_lock($1::int, facility) is not null else pg_try_advisory_xact_lock($1::int, facility) end
