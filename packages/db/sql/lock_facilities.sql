-- Takes the lock of each facility of a batch of movements, without ever waiting.
--   $1 text[]  outside ids of the facilities
--   $2 text[]  those of them that have shipments or acknowledgements in the batch
-- One row a known facility: facility_id text, id int, granted boolean. An unknown facility has no row.
-- Locks: facility (shared, try), then its shipments (exclusive, try); both end with the transaction. A refusal means that
-- a facility reset holds or awaits the facility, or that another batch is at its shipments: come back later (R8).
with planned as (
  -- For what follows in the transaction: it seeks by key, however small a table may have been when that was planned.
  select set_config('enable_seqscan', 'off', true)
)
select f.facility_id,
       f.id,
       pg_try_advisory_xact_lock_shared(7002, f.id)
         and (f.facility_id <> all ($2::text[]) or pg_try_advisory_xact_lock(7003, f.id)) as granted
  from facility f, planned
 where f.facility_id = any ($1::text[])
