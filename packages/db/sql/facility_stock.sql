-- Sums up what stands at one facility, and says what it rests on.
--   $1 int  facility.id
-- One row: products, inStock, negative, uncounted int (no snapshot has counted them), units numeric, snapshotAsOf
-- timestamptz (of the latest applied reset) and lastEventAt timestamptz (when it occurred), null when there is none.
-- Locks: none.
select count(*)::int as products, (count(*) filter (where l.on_hand > 0))::int as "inStock",
       (count(*) filter (where l.on_hand < 0))::int as negative, (count(*) filter (where l.as_of is null))::int as uncounted,
       coalesce(sum(l.on_hand), 0) as units,
       (select max(r.as_of)
          from facility_reset s
          join reset r on r.id = s.reset_id
         where s.facility_id = $1 and s.state = 'applied' and not r.preview) as "snapshotAsOf",
       (select m.occurred_at
          from movement m
         where m.facility_id = $1 and m.type not in ('correction', 'revert', 'merge')
         order by m.occurred_at desc
         limit 1) as "lastEventAt"
  from level_in_force l
 where l.facility_id = $1 and l.product_id not in (select id from product where merged_into is not null)
