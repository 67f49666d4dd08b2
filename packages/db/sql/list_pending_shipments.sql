-- Lists the shipments of one product at one facility that the count of a snapshot does not have, newest first.
--   $1 int          facility.id
--   $2 int          product.id
--   $3 timestamptz  as_of of the level, null when it rests on no snapshot
--   $4 int          rows at most
-- One row a shipment: eventId text, quantity numeric, occurredAt timestamptz, acknowledgedAt timestamptz (later than $3)
-- or null. Locks: none.
select m.event_id as "eventId", m.quantity, m.occurred_at as "occurredAt", s.acknowledged_at as "acknowledgedAt"
  from movement m
  join shipment s on s.facility_id = m.facility_id and s.event_id = m.event_id
 where m.facility_id = $1 and m.product_id = $2 and m.type = 'shipment'
   and (s.acknowledged_at is null or s.acknowledged_at > $3::timestamptz)
 order by m.occurred_at desc, m.event_id
 limit $4::int
