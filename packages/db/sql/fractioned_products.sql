-- Looks among what a count corrects for products that were always whole numbers and now are fractions, or exactly a thousandth of what they
-- were: so a file reads in which a point separates thousands. To be asked after the reconciling statement, in its transaction; it reads what
-- that has explained, of an applied count and of a preview alike.
--   $1 uuid  reset id
--   $2 int[] facility.id of each
--   $3 int   examples at most, of each
-- One row a facility: facility int; count int (a thousand at most), examples json (a list of {name, before, counted}: "SKU TAPE", what was expected at the time of the
-- count, what was counted; exact thousandths first). Locks: none.
-- A product is a whole number where its latest fifty movements here are, ten at least; one of fewer counts only where a thousand times the
-- count is nearly what was expected. So what is sold by weight, and by chance stood at a whole number, is none.
select w.facility, told.*
  from unnest($2::int[]) w (facility), lateral (
       with changed as (
         select c.product_id, c.before - c.late_sales - c.shipments as expected, c.counted
           from correction c
          where c.reset_id = $1::uuid and c.facility_id = w.facility and c.counted <> 0
       ), candidate as (
         select product_id, expected, counted, counted * 1000 = expected as is_exact,
                abs(expected) >= 1000 and counted * 1000 between least(expected / 2, expected * 2) and greatest(expected / 2, expected * 2) as is_near
           from changed
          where expected = trunc(expected) and (counted <> trunc(counted) or counted * 1000 = expected)
          order by counted * 1000 = expected desc, product_id
          limit 1000
       ), told as (
         select c.*
           from candidate c,
                lateral (select count(*) as seen, coalesce(bool_and(m.quantity = trunc(m.quantity)), true) as is_whole
                           from (select quantity
                                   from movement
                                  where facility_id = w.facility and product_id = c.product_id and reset_id is distinct from $1
                                  order by seq desc
                                  limit 50) m) h
          where c.is_exact or h.is_whole and (c.is_near or h.seen >= 10)
       )
       select count(*)::int as count,
              coalesce((select json_agg(json_build_object('name', p.id_type || ' ' || p.id_value, 'before', s.expected, 'counted', s.counted)
                                        order by s.is_exact desc, s.product_id)
                          from (select * from told order by is_exact desc, product_id limit $3::int) s
                          join product p on p.id = s.product_id), '[]') as examples
         from told
       ) told
