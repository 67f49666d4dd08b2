-- Lists the levels of one facility in the order of product.id.
--   $1 int  facility.id
--   $2 int  product.id after which to begin, 0 for the first
--   $3 int  rows at most
-- One row a level: product int, idType, idValue text, onHand numeric, asOf (or null), updatedAt timestamptz. Locks: none.
select l.product_id as product, p.id_type as "idType", p.id_value as "idValue", l.on_hand as "onHand", l.as_of as "asOf",
       l.updated_at as "updatedAt"
  from level_in_force l
  join product p on p.id = l.product_id
 where l.facility_id = $1 and l.product_id > $2 and p.merged_into is null
 order by l.product_id
 limit $3::int
