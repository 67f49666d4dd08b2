-- Counts the rows of one staged snapshot that name a product, at one facility and location, by several of its ids: rows behind whose
-- location the worker put different marks (\x01, id-marks.ts).
--   $1 uuid     reset id
--   $2 int[]    facility.id of those of which a product has several rows
--   $3 boolean  they add up; where they must agree, those that do not are rejected, and not counted here
--   $4 int      examples at most
-- One row: rows int, products int (each at each of its facilities), examples text[]. Locks: none.
with merged as (
  select facility_id, product_id, count(*) as rows, min(line) as line,
         array_to_string((array_agg(trim_scale(quantity)::text order by line))[1:5], ' and ') as counts
    from snapshot_row
   where reset_id = $1::uuid and facility_id = any ($2::int[])
   group by facility_id, product_id, split_part(location, e'\x01', 1)
  having min(location) <> max(location) and ($3::boolean or min(quantity) = max(quantity))
), shown as (
  select m.line, f.facility_id || ' ' || p.id_type || ' ' || p.id_value || ': ' || m.counts as example
    from (select * from merged order by line limit $4::int) m
    join facility f on f.id = m.facility_id
    join product p on p.id = m.product_id
)
select coalesce(sum(rows), 0)::int as rows, count(distinct (facility_id, product_id))::int as products,
       (select coalesce(array_agg(example order by line), '{}') from shown) as examples
  from merged
