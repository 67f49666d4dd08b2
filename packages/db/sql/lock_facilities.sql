-- Takes the lock of each facility of a batch of movements, without ever waiting.
--   $1 text[]  outside ids of the facilities
--   $2 text[]  those of them that have shipments or acknowledgements in the batch
-- One row a known facility: facility_id text, id int (of the facility that it was merged into, where it was), named_id int (its own),
-- is_archived boolean (some of its movements are in files),
-- granted boolean, has_merged_products boolean (some product has been merged into another one), offsets jsonb or null (how the times of its tills
-- are corrected: the ms since 1970 from which on an event must have been received, and the ms to add, oldest first). An unknown facility has no row.
-- Locks: the names of products (shared, try), facility (shared, try), then its shipments (exclusive, try); all end with the transaction.
-- A refusal means that a facility reset holds or awaits the facility, that another batch is at its shipments, or that names of products
-- are being made one: come back later (R8). A facility may be merged while this takes its lock: the statements that follow look at that.
with planned as (
  -- For what follows in the transaction: it seeks by key, however small a table may have been when that was planned.
  select set_config('enable_seqscan', 'off', true),
         pg_try_advisory_xact_lock_shared(7006, 0) as granted,
         exists (select from product where merged_into is not null) as has_merged_products
)
select f.facility_id,
       coalesce(f.merged_into, f.id) as id,
       f.id as named_id,
       p.granted
         and pg_try_advisory_xact_lock_shared(7002, coalesce(f.merged_into, f.id))
         and (f.facility_id <> all ($2::text[]) or pg_try_advisory_xact_lock(7003, coalesce(f.merged_into, f.id))) as granted,
       p.has_merged_products,
       f.archived_until is not null as is_archived,
       (select jsonb_agg(jsonb_build_array(extract(epoch from o.from_at) * 1000, o.minutes * 60000) order by o.from_at)
          from time_offset o
         where o.facility_id = f.id) as offsets
  from facility f, planned p
 where f.facility_id = any ($1::text[])
