-- What a reset corrected.

-- name: list_variances
-- Lists the corrections of a reset with what explains them, by facility and product.
--   $1 uuid  reset id
--   $2 int   facility.id after which to begin, 0 for the first
--   $3 int   product.id of that facility after which to begin, 0 for the first
--   $4 int   rows at most
-- One row a correction: facility, product int; "facilityId", state (of the facility's part), "idType", "idValue", "otherIds"
-- text (the product's other identifications); preview boolean; before, counted, "lateSales", shipments, after, corrected,
-- unexplained numeric. Locks: none.
select c.facility_id as facility, c.product_id as product, f.facility_id as "facilityId", s.state, r.preview,
       p.id_type as "idType", p.id_value as "idValue",
       (select coalesce(string_agg(i.id_type || ':' || i.id_value, ' ' order by i.id_type, i.id_value), '')
          from product_identification i
         where i.product_id = p.id and (i.id_type, i.id_value) <> (p.id_type, p.id_value)) as "otherIds",
       c.before, c.counted, c.late_sales as "lateSales", c.shipments, c.after, c.after - c.before as corrected, c.unexplained
  from correction c
  join reset r on r.id = c.reset_id
  join facility_reset s on s.reset_id = c.reset_id and s.facility_id = c.facility_id
  join facility f on f.id = c.facility_id
  join product p on p.id = c.product_id
 where c.reset_id = $1 and (c.facility_id, c.product_id) > ($2, $3)
 order by c.facility_id, c.product_id
 limit $4::int

-- name: largest_corrections
-- Lists the largest corrections of a reset, of all facilities or of one. A facility's first count explains its corrections:
-- they are its opening stock. All others have no explanation in the ledger: the count says something that no movement did.
--   $1 uuid     reset id
--   $2 text     outside id of the facility; null for all whose part is in force, or of a preview would be
--   $3 boolean  only those without an explanation
--   $4 int      rows at most
-- One row a correction, the largest first: "facilityId", state (of the facility's part), "idType", "idValue" text, before,
-- counted, "lateSales", shipments, after numeric, "isFirst" boolean. Locks: none.
with part as (
  select s.facility_id, s.state,
         not exists (select from facility_reset o
                       join reset e on e.id = o.reset_id
                      where o.facility_id = s.facility_id and o.reset_id <> s.reset_id and o.state in ('applied', 'reverted')
                        and not e.preview and (e.created_at, e.id) < (r.created_at, r.id)) as is_first
    from facility_reset s
    join reset r on r.id = s.reset_id
   where s.reset_id = $1
     and case when $2::text is not null then s.facility_id = (select id from facility where facility_id = $2)
              else s.state = 'applied' or (r.preview and s.state = 'pending' and s.held_because is null) end
), largest as (
  select c.*, p.state, p.is_first
    from correction c
    join part p on p.facility_id = c.facility_id
   where c.reset_id = $1 and not (p.is_first and $3)
   order by abs(c.after - c.before) desc, c.facility_id, c.product_id
   limit $4::int
)
select f.facility_id as "facilityId", l.state, p.id_type as "idType", p.id_value as "idValue", l.before, l.counted,
       l.late_sales as "lateSales", l.shipments, l.after, l.is_first as "isFirst"
  from largest l
  join facility f on f.id = l.facility_id
  join product p on p.id = l.product_id
 order by abs(l.after - l.before) desc, l.facility_id, l.product_id

-- name: correction_histogram
-- Counts the corrections of a reset by their size and direction. Sizes are those that people think in: under 1, 1, 2 to 4,
-- 5 to 9, 10 to 49, 50 to 99, 100 to 499, 500 to 999, 1,000 and more.
--   $1 uuid  reset id
--   $2 text  outside id of the facility; null for all whose part is in force, or of a preview would be
-- One row for each size and direction that occurs: size int (0 to 8), "isUp" boolean, products int, units numeric (net),
-- "firstCounts" int (those of them at a facility that no earlier reset had counted: its opening stock). Locks: none.
with part as (
  select s.facility_id,
         not exists (select from facility_reset o
                       join reset e on e.id = o.reset_id
                      where o.facility_id = s.facility_id and o.reset_id <> s.reset_id and o.state in ('applied', 'reverted')
                        and not e.preview and (e.created_at, e.id) < (r.created_at, r.id)) as is_first
    from facility_reset s
    join reset r on r.id = s.reset_id
   where s.reset_id = $1
     and case when $2::text is not null then s.facility_id = (select id from facility where facility_id = $2)
              else s.state = 'applied' or (r.preview and s.state = 'pending' and s.held_because is null) end
)
select width_bucket(abs(c.after - c.before), array[1, 2, 5, 10, 50, 100, 500, 1000]::numeric[]) as size,
       c.after > c.before as "isUp", count(*)::int as products, sum(c.after - c.before) as units,
       (count(*) filter (where p.is_first))::int as "firstCounts"
  from correction c
  join part p on p.facility_id = c.facility_id
 where c.reset_id = $1
 group by 1, 2
 order by 2, 1
