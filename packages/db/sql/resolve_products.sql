-- Finds the products that identifications reach.
--   $1 text[]  id types
--   $2 text[]  id values
-- One row an input, in its order: product_id int, null where it reaches none.
select p.product_id
  from unnest($1::text[], $2::text[]) with ordinality as t (id_type, id_value, ord)
  left join product_identification p using (id_type, id_value)
 order by t.ord
