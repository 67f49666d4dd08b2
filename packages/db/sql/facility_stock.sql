-- Sums up what stands at one facility, and says what it rests on.
--   $1 int  facility.id
-- One row: products, in_stock, negative, uncounted int (no snapshot has counted them), units numeric, snapshot_as_of
-- timestamptz (of the latest applied reset) and last_event_at timestamptz (when it occurred), null when there is none.
-- Locks: none.
select count(*)::int as products, (count(*) filter (where l.on_hand > 0))::int as in_stock,
       (count(*) filter (where l.on_hand < 0))::int as negative, (count(*) filter (where l.as_of is null))::int as uncounted,
       coalesce(sum(l.on_hand), 0) as units,
       (select max(r.as_of)
          from facility_reset s
          join reset r on r.id = s.reset_id
         where s.facility_id = $1 and s.state = 'applied' and not r.preview) as snapshot_as_of,
       (select m.occurred_at
          from movement m
         where m.facility_id = $1 and m.type not in ('correction', 'revert')
         order by m.occurred_at desc
         limit 1) as last_event_at
  from level_in_force l
 where l.facility_id = $1
