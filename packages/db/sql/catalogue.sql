-- Facilities and products: outside names to the numbers of the database, and how they come into being.

-- name: count_facilities
-- Counts the facilities that are known.
-- One row: facilities int. Locks: none.
select count(*)::int as facilities from facility

-- name: create_facilities
-- Makes the facilities that do not exist yet.
--   $1 text[]  outside ids
-- No rows. Locks: the keys of new facilities, ascending. Asking first keeps the number sequence free of holes.
insert into facility (facility_id)
select id
  from (select distinct unnest($1::text[])) as t (id)
 where not exists (select from facility f where f.facility_id = t.id)
 order by id
    on conflict (facility_id) do nothing

-- name: create_products
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

-- name: resolve_products
-- Finds the products that identifications reach.
--   $1 text[]  id types
--   $2 text[]  id values
-- One row an input, in its order: product_id int, null where it reaches none.
select p.product_id
  from unnest($1::text[], $2::text[]) with ordinality as t (id_type, id_value, ord)
  left join product_identification p using (id_type, id_value)
 order by t.ord

-- name: add_product
-- Makes one product known under its names, or gives further ones to the product that some of them reach already.
--   $1 text[]  id types, normalized
--   $2 text[]  id values; the first name is the one that answers and reports name a new product by
-- One row: known int (products that the names reach; with more than one nothing is done), wanted int (names that reach none yet),
-- added int (fewer than wanted: another transaction took one meanwhile, roll back and run again), is_new bool. Locks: product and
-- identification keys that are new, ascending.
with named as (
  select t.*, i.product_id
    from unnest($1::text[], $2::text[]) with ordinality as t (id_type, id_value, ord)
    left join product_identification i using (id_type, id_value)
), counted as (
  select count(distinct product_id)::int as known, (count(*) filter (where product_id is null))::int as wanted from named
), made as (
  insert into product (id_type, id_value)
  select id_type, id_value
    from named
   where (select known from counted) = 0
   order by ord
   limit 1
  returning id
), added as (
  insert into product_identification (id_type, id_value, product_id)
  select n.id_type, n.id_value, coalesce(m.id, (select max(product_id) from named))
    from named n
    left join made m on true
   where n.product_id is null and (select known from counted) <= 1
   order by n.id_type, n.id_value
      on conflict (id_type, id_value) do nothing
  returning id_type
)
select c.known, c.wanted, (select count(*) from added)::int as added, exists (select from made) as is_new
  from counted c

-- name: import_catalogue
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

-- name: set_product_kinds
-- Says of products what the catalogue says they are.
--   $1 text[]  product keys, each once
--   $2 text[]  kinds
-- One row: changed int. Locks: the rows of product_kind, ascending.
with input as (
  select i.product_id, t.kind
    from unnest($1::text[], $2::text[]) as t (key, kind)
    join product_identification i on i.id_type = 'PRODUCT_ID' and i.id_value = t.key
), written as (
  insert into product_kind as k (product_id, kind)
  select product_id, kind
    from input
   order by product_id
      on conflict (product_id) do update set kind = excluded.kind where k.kind <> excluded.kind
  returning product_id
)
select count(*)::int as changed from written

-- name: list_identifications
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

-- name: list_other_ids
-- Lists the other names of a product.
--   $1 int   product.id
--   $2 text  id type of the name that is left out, normalized
--   $3 text  its id value
-- One row a name: idType, idValue text. Locks: none.
select id_type as "idType", id_value as "idValue"
  from product_identification
 where product_id = $1 and (id_type, id_value) <> ($2, $3)
 order by id_type, id_value
