-- Compares the products that a staged count lists for the first time at a facility with those that have stock there and that it does
-- not list: how many of both may be one under another id. To be asked after the reconciling statement, in its transaction; it reads
-- what that has written, of an applied count and of a preview alike.
--   $1 uuid  reset id
--   $2 int   facility.id
--   $3 int   examples at most
-- One row: fresh, gone int (how many of each), "byName" int (of like names: equal but for case, blanks, dashes, dots, slashes and leading
-- zeros, as in alike_products), "byCount" int (of the others: with a count that only one of the new and one of the missing has), examples
-- text[] ("SKU 007001 → SKU 7001 (10)"). Locks: none.
with listed as (
  select product_id, sum(quantity) as counted
    from snapshot_row
   where reset_id = $1::uuid and facility_id = $2::int
   group by product_id
), fresh as (
  select l.product_id, l.counted
    from listed l
    left join level v on v.facility_id = $2 and v.product_id = l.product_id
   where v.product_id is null or v.follows is null and v.as_of is null or v.follows = $1 and v.as_of is null
      or v.follows is null and v.reset_id = $1 and v.prior_reset_id is null
), gone as (
  select v.product_id, coalesce(c.before, v.on_hand) as counted
    from level v
    left join correction c on c.reset_id = $1 and c.facility_id = $2 and c.product_id = v.product_id
   where v.facility_id = $2 and coalesce(c.before, v.on_hand) > 0 and v.product_id not in (select product_id from listed)
), bare as (
  select n.is_fresh, n.product_id, i.id_type, i.id_value,
         ltrim(translate(i.id_value, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ -._/', 'abcdefghijklmnopqrstuvwxyz'), '0') as name
    from (select true as is_fresh, product_id from fresh union all select false, product_id from gone) n
    join product_identification i using (product_id)
), keyed as (
  select is_fresh, product_id,
         case when length(name) between 7 and 14 and translate(name, '0123456789', '') = '' then name else id_type || ' ' || name end as key
    from bare
   where name <> ''
), by_name as (
  select distinct on (g.product_id) g.product_id as gone, f.product_id as fresh
    from keyed g
    join keyed f on f.key = g.key and f.is_fresh
   where not g.is_fresh
   order by g.product_id, f.product_id
), by_count as (
  select g.product_id as gone, f.product_id as fresh
    from (select counted, min(product_id) as product_id
            from gone
           where product_id not in (select gone from by_name)
           group by counted
          having count(*) = 1) g
    join (select counted, min(product_id) as product_id
            from fresh
           where counted > 0 and product_id not in (select fresh from by_name)
           group by counted
          having count(*) = 1) f using (counted)
), shown as (
  select p.ord, o.id_type || ' ' || o.id_value || ' → ' || n.id_type || ' ' || n.id_value || ' (' || trim_scale(f.counted) || ')' as example
    from (select gone, fresh, 1 as ord from by_name union all select gone, fresh, 2 from by_count order by ord, gone limit $3::int) p
    join product o on o.id = p.gone
    join product n on n.id = p.fresh
    join fresh f on f.product_id = p.fresh
)
select (select count(*) from fresh)::int as fresh, (select count(*) from gone)::int as gone,
       (select least(count(distinct b.gone), count(distinct b.fresh)) from by_name b)::int as "byName",
       (select count(*) from by_count)::int as "byCount",
       (select coalesce(array_agg(example order by ord, example), '{}') from shown) as examples
