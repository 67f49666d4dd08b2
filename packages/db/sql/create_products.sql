-- Makes a product for each identification that reaches none yet.
--   $1 text[]  id types
--   $2 text[]  id values
-- No rows. Locks: the keys of new identifications, ascending. Where two transactions meet at one identification the
-- later one's product is left without a name, which harms nothing: products are reached by identification only.
with wanted as (
  select distinct id_type, id_value
    from unnest($1::text[], $2::text[]) as t (id_type, id_value)
   where not exists (select from product_identification p where (p.id_type, p.id_value) = (t.id_type, t.id_value))
), made as (
  insert into product (id_type, id_value)
  select id_type, id_value
    from wanted
   order by id_type, id_value
  returning id, id_type, id_value
)
insert into product_identification (id_type, id_value, product_id)
select id_type, id_value, id
  from made
 order by id_type, id_value
    on conflict (id_type, id_value) do nothing
