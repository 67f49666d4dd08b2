-- Searches the levels of one facility by any of a product's identifications, the closest first: equal, beginning with the
-- text, containing it. Without a text all levels, in the order of their products' names.
--   $1 int   facility.id
--   $2 text  what to look for in lower case, '' for everything
--   $3 text  which levels: all, negative (on hand below zero), uncounted (no snapshot has counted it)
--   $4 int   rows to skip
--   $5 int   rows at most
-- One row a level: idType, idValue text (the product's first name), matched text (the name that matched, as "UPCA 0123",
-- null when it is that first name or nothing is looked for), onHand numeric, asOf (or null), updatedAt timestamptz.
-- Locks: none.
with found as (
  select i.product_id, min(case when lower(i.id_value) = $2 then 0 when starts_with(lower(i.id_value), $2) then 1 else 2 end) as rank
    from product_identification i
   where $2 <> '' and strpos(lower(i.id_value), $2) > 0
   group by i.product_id
), shown as (
  select l.product_id, p.id_type, p.id_value, coalesce(n.rank, 0) as rank, l.on_hand, l.as_of, l.updated_at
    from level_in_force l
    join product p on p.id = l.product_id
    left join found n on n.product_id = l.product_id
   where l.facility_id = $1 and ($2 = '' or n.product_id is not null) and p.merged_into is null
     and case $3 when 'negative' then l.on_hand < 0 when 'uncounted' then l.as_of is null else true end
   order by rank, p.id_value, p.id_type, l.product_id
  offset $4::int
   limit $5::int
)
select s.id_type as "idType", s.id_value as "idValue", s.on_hand as "onHand", s.as_of as "asOf", s.updated_at as "updatedAt",
       case when $2 <> '' and strpos(lower(s.id_value), $2) = 0
            then (select i.id_type || ' ' || i.id_value
                    from product_identification i
                   where i.product_id = s.product_id and strpos(lower(i.id_value), $2) > 0
                   order by i.id_type, i.id_value
                   limit 1)
        end as matched
  from shown s
 order by s.rank, s.id_value, s.id_type, s.product_id
