-- Sums what counts on top of the snapshot that a level rests on (R4), and what came late and was in its count already (R5).
--   $1 int          facility.id
--   $2 int          product.id
--   $3 timestamptz  as_of of the level, null when it rests on no snapshot: then everything counts
--   $4 timestamptz  when that snapshot was applied, null when that is not known
-- One row for each type and each of the two: type text, is_absorbed boolean, movements int, quantity numeric, first_at,
-- last_at timestamptz (when they occurred). Locks: none.
select m.type, not t.counts as is_absorbed, count(*)::int as movements, sum(m.quantity) as quantity,
       min(m.occurred_at) as first_at, max(m.occurred_at) as last_at
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
 order by is_absorbed, m.type
