-- One level with the snapshot it rests on.
--   $1 int  facility.id
--   $2 int  product.id
-- One row when there is a level: on_hand numeric; as_of timestamptz, reset_id uuid, file, as_of_from, requested_by text,
-- applied_at timestamptz, decided_by text of that snapshot, else null; before, counted, late_sales, shipments,
-- unexplained, after numeric of its correction, null when there was nothing to correct. Locks: none.
select l.on_hand, l.as_of, l.reset_id, r.file, r.as_of_from, r.requested_by, s.finished_at as applied_at, s.decided_by,
       c.before, c.counted, c.late_sales, c.shipments, c.unexplained, c.after
  from level_in_force l
  left join reset r on r.id = l.reset_id
  left join facility_reset s on s.reset_id = l.reset_id and s.facility_id = l.facility_id
  left join correction c
    on c.reset_id = l.reset_id and c.facility_id = l.facility_id and c.product_id = l.product_id
 where l.facility_id = $1 and l.product_id = $2
