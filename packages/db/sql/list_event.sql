-- What became of one event: its movements.
--   $1 int   facility.id
--   $2 text  event id
-- One row a movement, by line: type text, line int, idType, idValue text, quantity, effect numeric, absorbed boolean,
-- occurredAt, recordedAt timestamptz, clockSkew boolean, resetId uuid, acknowledgedAt, "saidAt" timestamptz, reason text (the
-- last four may be null). Locks: none.
select m.type, m.line, p.id_type as "idType", p.id_value as "idValue", m.quantity, m.effect, m.absorbed,
       m.occurred_at as "occurredAt", m.recorded_at as "recordedAt", m.clock_skew as "clockSkew", m.reset_id as "resetId",
       s.acknowledged_at as "acknowledgedAt", m.said_at as "saidAt", m.reason
  from movement m
  join product p on p.id = m.product_id
  left join shipment s on s.facility_id = m.facility_id and s.event_id = m.event_id
 where m.facility_id = $1 and m.event_id = $2
 order by m.line
