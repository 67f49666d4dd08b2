-- Checks every level of one facility against its movements (R1), in one snapshot of the data.
--   $1 int  facility.id
--   $2 int  differences returned at most
-- At least one row: levels, movements, differences float8 (the whole facility's), and for each difference "idType",
-- "idValue" text, "onHand" numeric (null: there is no level), effects numeric (null: there are no movements); a facility without
-- differences has one row in which those four are null. Locks: none.
with summed as (
  select product_id, sum(effect) as effects, count(*) as movements
    from movement
   where facility_id = $1
   group by product_id
), compared as (
  select product_id, l.on_hand, s.effects, coalesce(s.movements, 0) as movements
    from (select product_id, on_hand from level where facility_id = $1) l
    full join summed s using (product_id)
), different as (
  select *
    from compared
   where on_hand is null or on_hand <> coalesce(effects, 0)
), counted as (
  select count(on_hand) as levels, coalesce(sum(movements), 0)::bigint as movements,
         (select count(*) from different) as differences
    from compared
)
select c.levels::float8, c.movements::float8, c.differences::float8, p.id_type as "idType", p.id_value as "idValue",
       d.on_hand as "onHand", d.effects
  from counted c
  left join (select * from different order by product_id limit $2::int) d on true
  left join product p on p.id = d.product_id
 order by d.product_id
