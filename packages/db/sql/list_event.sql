-- What became of one event: its movements.
--   $1 int   facility.id
--   $2 text  event id
-- One row a movement, by line: type text, line int, id_type, id_value text, quantity, effect numeric, absorbed boolean,
-- occurred_at, recorded_at timestamptz, clock_skew boolean, reset_id uuid, acknowledged_at timestamptz, reason text (the
-- last three may be null). Locks: none.
select m.type, m.line, p.id_type, p.id_value, m.quantity, m.effect, m.absorbed, m.occurred_at, m.recorded_at,
       m.clock_skew, m.reset_id, s.acknowledged_at, m.reason
  from movement m
  join product p on p.id = m.product_id
  left join shipment s on s.facility_id = m.facility_id and s.event_id = m.event_id
 where m.facility_id = $1 and m.event_id = $2
 order by m.line
