-- Settles rows of one staged snapshot that name the same (facility, product, location) more than once: with one quantity
-- they count once, with several all rows of that product are taken out, because what is left would be half a count.
-- Rows of products that already have a rejected row are taken out for the same reason.
--   $1 uuid   reset id
--   $2 int[]  facility.id of products with a rejected row
--   $3 int[]  their product.id
--   $4 int[]  the line of that rejected row
-- One row a line taken out that must be rejected: line int, because_of int (the line of the rejected row it goes with, or
-- null for a contradiction). Locks: none but the rows.
with grouped as (
  select facility_id, product_id, location, min(line) as kept, min(quantity) <> max(quantity) as contradicts
    from snapshot_row
   where reset_id = $1
   group by facility_id, product_id, location
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
), repeated as (
  delete from snapshot_row s
   using grouped g
   where s.reset_id = $1 and not g.contradicts and s.line <> g.kept
     and (s.facility_id, s.product_id, s.location) = (g.facility_id, g.product_id, g.location)
     and not exists (select from unusable u where (u.facility_id, u.product_id) = (s.facility_id, s.product_id))
), refused as (
  delete from snapshot_row s
   using unusable u
   where s.reset_id = $1 and (s.facility_id, s.product_id) = (u.facility_id, u.product_id)
  returning s.line, u.because_of
)
select line, because_of from refused order by line
