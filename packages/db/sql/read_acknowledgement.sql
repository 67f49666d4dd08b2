-- What an event acknowledges, when it is a shipment-acknowledged.
--   $1 int   facility.id
--   $2 text  event id
-- One row or none: shipmentEventId text, occurredAt, recordedAt timestamptz, clockSkew boolean. Locks: none.
select shipment_event_id as "shipmentEventId", occurred_at as "occurredAt", recorded_at as "recordedAt", clock_skew as "clockSkew"
  from shipment_acknowledgement
 where facility_id = $1 and event_id = $2
