-- Sums what counts on top of the snapshot that a level rests on (R4), and what came late and was in its count already (R5).
--   $1 int          facility.id
--   $2 int          product.id
--   $3 timestamptz  as_of of the level, null when it rests on no snapshot: then everything counts
--   $4 timestamptz  when that snapshot was applied, null when that is not known
-- One row for each type and each of the two: what text, quantity numeric, movements int, firstAt, lastAt timestamptz (when
-- they occurred), isAbsorbed boolean. Locks: none.
select m.type as what, sum(m.quantity) as quantity, count(*)::int as movements, min(m.occurred_at) as "firstAt",
       max(m.occurred_at) as "lastAt", not t.counts as "isAbsorbed"
  from movement m
  left join shipment s on m.type = 'shipment' and s.facility_id = m.facility_id and s.event_id = m.event_id,
       lateral (select case when $3::timestamptz is null then true
                            when m.type = 'shipment' then coalesce(s.acknowledged_at > $3, true)
                            else m.occurred_at > $3
                        end as counts) t
 where m.facility_id = $1 and m.product_id = $2
   and m.type in ('sale', 'return', 'adjustment', 'shipment')
   and (t.counts or (m.absorbed and m.recorded_at >= coalesce($4::timestamptz, '-infinity')))
 group by m.type, t.counts
 order by "isAbsorbed", m.type
