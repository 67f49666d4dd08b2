-- Finds products by any of their identifications, the closest first: equal, beginning with the text, containing it.
--   $1 text  what to look for, in lower case
--   $2 int   rows at most
-- One row a product: product int, idType, idValue text (its first name), matched text (the name that matched, as
-- "UPCA 0123"), isExact boolean. Locks: none.
select distinct on (rank, p.id_value, p.id_type, p.id)
       p.id as product, p.id_type as "idType", p.id_value as "idValue", i.id_type || ' ' || i.id_value as matched,
       k.rank = 0 as "isExact"
  from product_identification i
  join product p on p.id = i.product_id,
       lateral (select case when lower(i.id_value) = $1 then 0 when starts_with(lower(i.id_value), $1) then 1 else 2 end as rank) k
 where strpos(lower(i.id_value), $1) > 0
 order by rank, p.id_value, p.id_type, p.id, i.id_type = p.id_type and i.id_value = p.id_value desc
 limit $2::int
