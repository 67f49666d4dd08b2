-- Settles rows of one staged snapshot that name the same (facility, product, location) more than once: with one quantity
-- they count once, with several all rows of that product are taken out, because what is left would be half a count.
-- Rows of products that already have a rejected row are taken out for the same reason.
--   $1 uuid   reset id
--   $2 int[]  facility.id of products with a rejected row
--   $3 int[]  their product.id
--   $4 int[]  the line of that rejected row
--   $5 int[]  facility.id of those of which a product has several rows; only there repetitions are looked for
--   $6 boolean  rows of one product under different ids add up: what the worker put behind \x01 in their locations (id-marks.ts) keeps them apart
-- One row a line taken out that must be rejected: line int, because_of int (the line of the rejected row it goes with, or
-- null for a contradiction). Locks: none but the parts written.
with grouped as (
  select facility_id, product_id, case when $6::boolean then location else split_part(location, e'\x01', 1) end as location,
         min(line) as kept, min(quantity) <> max(quantity) as contradicts
    from snapshot_row
   where reset_id = $1 and facility_id = any ($5::int[])
   group by facility_id, product_id, 3
  having count(*) > 1
), unusable as (
  select facility_id, product_id, null::int as because_of
    from grouped
   where contradicts
   group by facility_id, product_id
   union all
  select facility_id, product_id, min(line)
    from unnest($2::int[], $3::int[], $4::int[]) as t (facility_id, product_id, line)
   where (facility_id, product_id) not in (select facility_id, product_id from grouped where contradicts)
   group by facility_id, product_id
), gone as materialized (
  select s.facility_id, s.line, u.because_of, u.facility_id is not null as is_refused
    from snapshot_row s
    left join unusable u on (u.facility_id, u.product_id) = (s.facility_id, s.product_id)
    left join grouped g on (g.facility_id, g.product_id) = (s.facility_id, s.product_id)
                       and g.location = case when $6 then s.location else split_part(s.location, e'\x01', 1) end
   where s.reset_id = $1 and s.facility_id = any ($5::int[] || $2::int[])
     and (u.facility_id is not null or s.line <> g.kept)
), repacked as (
  update snapshot_part p
     set (product_ids, lines, locations, quantities, as_ofs) = (
           select coalesce(array_agg(r.product_id order by r.place), '{}'), coalesce(array_agg(r.line order by r.place), '{}'),
                  case when p.locations is not null then array_agg(r.location order by r.place) end,
                  coalesce(array_agg(r.quantity order by r.place), '{}'),
                  case when p.as_ofs is not null then array_agg(r.as_of order by r.place) end
             from unnest(p.product_ids, p.lines, p.locations, p.quantities, p.as_ofs) with ordinality
               as r (product_id, line, location, quantity, as_of, place)
            where r.line not in (select line from gone))
   where p.reset_id = $1 and p.facility_id in (select facility_id from gone)
)
select line, because_of from gone where is_refused order by line
