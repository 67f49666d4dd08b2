-- Lists the identifications of all products by type and value.
--   $1 text  id type after which to begin, '' for the first
--   $2 text  its id value
--   $3 int   rows at most
-- One row an identification: idType, idValue text, product int. Locks: none.
select id_type as "idType", id_value as "idValue", product_id as product
  from product_identification
 where (id_type, id_value) > ($1, $2)
 order by id_type, id_value
 limit $3::int
