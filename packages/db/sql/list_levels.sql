-- Lists the levels of one facility in the order of product.id.
--   $1 int  facility.id
--   $2 int  product.id after which to begin, 0 for the first
--   $3 int  rows at most
-- One row a level: product_id int, id_type, id_value text, on_hand numeric, as_of (or null), updated_at timestamptz.
-- Locks: none.
select l.product_id, p.id_type, p.id_value, l.on_hand, l.as_of, l.updated_at
  from level_in_force l
  join product p on p.id = l.product_id
 where l.facility_id = $1 and l.product_id > $2
 order by l.product_id
 limit $3::int
