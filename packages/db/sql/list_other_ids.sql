-- Lists the other names of a product.
--   $1 int   product.id
--   $2 text  id type of the name that is left out, normalized
--   $3 text  its id value
-- One row a name: idType, idValue text. Locks: none.
select id_type as "idType", id_value as "idValue"
  from product_identification
 where product_id = $1 and (id_type, id_value) <> ($2, $3)
 order by id_type, id_value
