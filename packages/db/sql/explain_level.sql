-- One level with the snapshot it rests on.
--   $1 int  facility.id
--   $2 int  product.id
-- One row when there is a level: onHand numeric; resetId uuid, file text, asOf timestamptz, asOfFrom text, appliedAt
-- timestamptz, requestedBy, approvedBy text of that snapshot, else null; correction json of it (before, counted, lateSales,
-- shipments, unexplained, after), null when there was nothing to correct. Locks: none.
select l.on_hand as "onHand", l.reset_id as "resetId", r.file, l.as_of as "asOf", r.as_of_from as "asOfFrom",
       s.finished_at as "appliedAt", r.requested_by as "requestedBy", s.decided_by as "approvedBy",
       case when c.counted is not null
            then json_build_object('before', c.before, 'counted', c.counted, 'lateSales', c.late_sales,
                                   'shipments', c.shipments, 'unexplained', c.unexplained, 'after', c.after)
        end as correction
  from level_in_force l
  left join reset r on r.id = l.reset_id
  left join facility_reset s on s.reset_id = l.reset_id and s.facility_id = l.facility_id
  left join correction c
    on c.reset_id = l.reset_id and c.facility_id = l.facility_id and c.product_id = l.product_id
 where l.facility_id = $1 and l.product_id = $2
