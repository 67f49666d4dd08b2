-- Takes a part of a catalogue: rows with one product key are one product. Whole products only: all rows of a key stand in
-- one call. An identification that reaches another product already stays with that one.
--   $1 int[]   line of each row in its file
--   $2 text[]  product key, the outside productId
--   $3 text[]  id type, normalized and never PRODUCT_ID; null for a row that adds nothing to its product key
--   $4 text[]  id value
-- One row an input row that was not simply taken over as it stood: line int, outcome text (added | conflict | repeated |
-- raced: another transaction took the identification meanwhile: roll back and run again), owner text (of a conflict: the
-- product that has it); and one row a new product with line 0, outcome 'product', owner its key.
-- A product key is kept as identification PRODUCT_ID. A key that is new takes over the product that one of its
-- identifications reaches already, when that product has no key yet: it was made on first sight of a sale.
-- Locks: product and identification keys that are new, ascending.
with input as (
  select t.*
    from unnest($1::int[], $2::text[], $3::text[], $4::text[]) as t (line, key, id_type, id_value)
), named as (
  select key, min(line) as line, 'PRODUCT_ID' as id_type, key as id_value, true as is_key
    from input
   group by key
   union all
  select key, line, id_type, id_value, false
    from input
   where id_type is not null
), first_named as (
  select distinct on (id_type, id_value) *
    from named
   order by id_type, id_value, is_key desc, line
), known as (
  select n.*, i.product_id
    from first_named n
    left join product_identification i using (id_type, id_value)
), keyed as (
  select key, product_id
    from known
   where is_key and product_id is not null
), adoptable as (
  select distinct on (product_id) key, product_id, line
    from known k
   where not is_key and product_id is not null
     and key not in (select key from keyed)
     and not exists (select from product_identification i
                      where i.product_id = k.product_id and i.id_type = 'PRODUCT_ID')
   order by product_id, line
), adopted as (
  select distinct on (key) key, product_id
    from adoptable
   order by key, line
), found as (
  select * from keyed
   union all
  select * from adopted
), fresh as (
  select distinct on (key) key, id_type, id_value
    from known
   where product_id is null and key not in (select key from found)
   order by key, is_key, line
), made as (
  insert into product (id_type, id_value)
  select id_type, id_value
    from fresh
   order by id_type, id_value
  returning id, id_type, id_value
), target as (
  select key, product_id from found
   union all
  select f.key, m.id
    from fresh f
    join made m using (id_type, id_value)
), added as (
  insert into product_identification (id_type, id_value, product_id)
  select k.id_type, k.id_value, t.product_id
    from known k
    join target t using (key)
   where k.product_id is null
   order by k.id_type, k.id_value
      on conflict (id_type, id_value) do nothing
  returning id_type, id_value
), judged as (
  select n.line, n.is_key, k.key as owner_key, k.product_id as owner_product,
         case when k.key <> n.key and (k.product_id is null or k.product_id <> t.product_id) then 'conflict'
              when k.product_id <> t.product_id then 'conflict'
              when k.key = n.key and k.line < n.line and k.is_key = n.is_key then 'repeated'
              when k.product_id is not null then 'unchanged'
              when a.id_type is null then 'raced'
              else 'added'
          end as outcome
    from named n
    join known k using (id_type, id_value)
    join target t on t.key = n.key
    left join added a using (id_type, id_value)
)
select j.line, j.outcome,
       case when j.outcome = 'conflict' then coalesce(
         (select i.id_value from product_identification i
           where i.product_id = j.owner_product and i.id_type = 'PRODUCT_ID' order by i.id_value limit 1),
         (select o.key from target o where o.product_id = j.owner_product limit 1),
         (select p.id_type || ' ' || p.id_value from product p where p.id = j.owner_product),
         j.owner_key)
        end as owner
  from judged j
 where j.outcome <> 'unchanged' and (not j.is_key or j.outcome = 'raced')
 union all
select 0, 'product', f.key
  from fresh f
 order by 1
