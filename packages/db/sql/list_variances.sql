-- Lists the corrections of a reset with what explains them, by facility and product.
--   $1 uuid  reset id
--   $2 int   facility.id after which to begin, 0 for the first
--   $3 int   product.id of that facility after which to begin, 0 for the first
--   $4 int   rows at most
-- One row a correction: facility, product int; "facilityId", state (of the facility's part), "idType", "idValue", "otherIds"
-- text (the product's other identifications); preview boolean; before, counted, "lateSales", shipments, after, corrected,
-- unexplained numeric. Locks: none.
select c.facility_id as facility, c.product_id as product, f.facility_id as "facilityId", s.state, r.preview,
       p.id_type as "idType", p.id_value as "idValue",
       (select coalesce(string_agg(i.id_type || ':' || i.id_value, ' ' order by i.id_type, i.id_value), '')
          from product_identification i
         where i.product_id = p.id and (i.id_type, i.id_value) <> (p.id_type, p.id_value)) as "otherIds",
       c.before, c.counted, c.late_sales as "lateSales", c.shipments, c.after, c.after - c.before as corrected, c.unexplained
  from correction c
  join reset r on r.id = c.reset_id
  join facility_reset s on s.reset_id = c.reset_id and s.facility_id = c.facility_id
  join facility f on f.id = c.facility_id
  join product p on p.id = c.product_id
 where c.reset_id = $1 and (c.facility_id, c.product_id) > ($2, $3)
 order by c.facility_id, c.product_id
 limit $4::int
