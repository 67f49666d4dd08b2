-- Lists the movements of one product at one facility, newest first, each with what was on hand after it.
--   $1 int      facility.id
--   $2 int      product.id
--   $3 bigint   seq before which to begin, null for the newest
--   $4 numeric  on hand just before that seq, null for the newest: so a page costs its own rows however deep it lies
--   $5 int      rows at most
-- One row a movement: seq bigint, type, eventId text, line int, quantity, effect numeric, absorbed boolean, occurredAt,
-- recordedAt timestamptz, resetId uuid or null, onHandAfter numeric. Locks: none.
with page as (
  select m.*
    from movement m
   where m.facility_id = $1 and m.product_id = $2 and m.seq < coalesce($3::bigint, 9223372036854775807)
   order by m.seq desc
   limit $5::int
)
select seq, type, event_id as "eventId", line, quantity, effect, absorbed, occurred_at as "occurredAt",
       recorded_at as "recordedAt", reset_id as "resetId",
       coalesce($4::numeric, (select l.on_hand from level l where l.facility_id = $1 and l.product_id = $2), 0)
         - coalesce(sum(effect) over (order by seq desc rows between unbounded preceding and 1 preceding), 0)
         as "onHandAfter"
  from page
 order by seq desc
