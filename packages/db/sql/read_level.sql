-- One level.
--   $1 int  facility.id
--   $2 int  product.id
-- One row when the product was ever stocked there: on_hand numeric, as_of (or null), updated_at timestamptz. Locks: none.
select on_hand, as_of, updated_at
  from level_in_force
 where facility_id = $1 and product_id = $2
