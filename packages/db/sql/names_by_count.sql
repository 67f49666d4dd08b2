-- Names that may be one by their counts, whatever they are: what the newest counts have in place of what they no longer have.

-- name: replaced_facilities
-- Lists stores that may have got another id: one was first counted in the last 7 days, the other was counted within the 3 days before and no
-- more since, and nearly all that this one still has the other has as many of.
--   $1 timestamptz  now
--   $2 int          pairs at most
-- One row a pair: id, "otherId" int, "facilityId", "otherFacilityId" text, since, "countedAt" timestamptz (their newest counts), "unitsOfA",
-- "unitsOfB" numeric. Locks: none.
with fresh as (
  select s.facility_id, s.as_of, c.first_at
    from facility_snapshot s
    join facility f on f.id = s.facility_id and f.retired_at is null
   cross join lateral (
     select min(r.as_of) as first_at
       from facility_reset p
       join reset r on r.id = p.reset_id
      where p.facility_id = s.facility_id and p.state in ('applied', 'stale')) c
   where s.as_of > $1::timestamptz - interval '7 days' and c.first_at > $1 - interval '7 days'
), paired as (
  select g.facility_id as gone, g.as_of as gone_at, f.facility_id as fresh, f.as_of
    from fresh f
    join facility_snapshot g on g.as_of < f.first_at - interval '1 hour' and g.as_of > f.first_at - interval '3 days'
    join facility o on o.id = g.facility_id and o.retired_at is null and o.merged_into is null
   limit $2::int
)
select a.id, b.id as "otherId", a.facility_id as "facilityId", b.facility_id as "otherFacilityId", p.gone_at as since, p.as_of as "countedAt",
       c.units as "unitsOfA", c.others as "unitsOfB"
  from paired p
  join facility a on a.id = p.gone
  join facility b on b.id = p.fresh
 cross join lateral (
   select count(*) as products, count(*) filter (where f.on_hand = g.on_hand) as alike, count(distinct g.on_hand) as counts,
          sum(g.on_hand) as units, sum(f.on_hand) as others
     from level g
     left join level f on f.facility_id = p.fresh and f.product_id = g.product_id
    where g.facility_id = p.gone and g.on_hand > 0) c
 where c.products >= 10 and c.counts >= 3 and 10 * c.alike >= 8 * c.products
 order by a.id, b.id

-- name: products_counted_alike
-- Lists products of any ids that may be one by their counts: at three stores or more, and at nearly all where the one still has stock, the
-- newest count has the other for the first time, with just as many, and the one no more. Where several would do it is none.
--   $1 timestamptz  now
--   $2 int          levels looked at, at most
-- One row a pair of ids, as of alike_products. Locks: none.
with recent as materialized (
  select id, as_of from reset where as_of > $1::timestamptz - interval '3 days' and not preview and repair_of is null
), fresh as materialized (
  select l.facility_id, l.product_id, l.on_hand, coalesce(r.as_of, l.as_of) as counted_at
    from level l
    left join recent r on r.id = l.follows
   where l.on_hand > 0
     and case when l.follows is null then l.prior_as_of is null and l.as_of > $1 - interval '3 days' else r.id is not null and l.as_of is null end
   limit $2::int
), gone as materialized (
  select l.facility_id, l.product_id, l.on_hand, l.as_of
    from level l
    join facility_snapshot s on s.facility_id = l.facility_id and l.as_of < s.as_of
   where l.follows is null and l.on_hand > 0 and s.as_of > $1 - interval '3 days' and exists (select from fresh)
   limit $2
), matched as (
  select g.product_id as gone, f.product_id as fresh, count(*) as stores,
         count(*) over (partition by g.product_id) as ways, count(*) over (partition by f.product_id) as ways_back
    from gone g
    join fresh f on f.facility_id = g.facility_id and f.on_hand = g.on_hand and f.counted_at > g.as_of
   group by 1, 2
  having count(*) >= 3
)
select g.id as "productId", g.id_type as "idType", g.id_value as "idValue", f.id as "otherId", f.id_type as "otherType", f.id_value as "otherValue"
  from matched m
  join product g on g.id = m.gone
  join product f on f.id = m.fresh
 where m.ways = 1 and m.ways_back = 1
   and 10 * m.stores >= 9 * (select count(*) from gone o where o.product_id = m.gone)
 order by g.id
