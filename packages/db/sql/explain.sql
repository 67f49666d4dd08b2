-- Why a level is what it is: the count that it rests on, what came since, and what came late.

-- name: explain_level
-- One level with the snapshot it rests on.
--   $1 int  facility.id
--   $2 int  product.id
-- One row when there is a level: onHand numeric; resetId uuid, file text, asOf timestamptz, asOfFrom text, appliedAt
-- timestamptz, requestedBy, approvedBy text of that snapshot, else null; correction json of it (before, counted, lateSales,
-- shipments, unexplained, after), null when there was nothing to correct. Locks: none.
select l.on_hand as "onHand", l.reset_id as "resetId", r.file, l.as_of as "asOf", r.as_of_from as "asOfFrom",
       s.finished_at as "appliedAt", r.requested_by as "requestedBy", s.decided_by as "approvedBy",
       case when c.counted is not null
            then json_build_object('before', c.before, 'counted', c.counted, 'lateSales', c.late_sales,
                                   'shipments', c.shipments, 'unexplained', c.unexplained, 'after', c.after)
        end as correction
  from level_in_force l
  left join reset r on r.id = l.reset_id
  left join facility_reset s on s.reset_id = l.reset_id and s.facility_id = l.facility_id
  left join correction c
    on c.reset_id = l.reset_id and c.facility_id = l.facility_id and c.product_id = l.product_id
 where l.facility_id = $1 and l.product_id = $2

-- name: explain_since
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

-- name: list_pending_shipments
-- Lists the shipments of one product at one facility that the count of a snapshot does not have, newest first.
--   $1 int          facility.id
--   $2 int          product.id
--   $3 timestamptz  as_of of the level, null when it rests on no snapshot
--   $4 int          rows at most
-- One row a shipment: eventId text, quantity numeric, occurredAt timestamptz, acknowledgedAt timestamptz (later than $3)
-- or null. Locks: none.
select m.event_id as "eventId", m.quantity, m.occurred_at as "occurredAt", s.acknowledged_at as "acknowledgedAt"
  from movement m
  join shipment s on s.facility_id = m.facility_id and s.event_id = m.event_id
 where m.facility_id = $1 and m.product_id = $2 and m.type = 'shipment'
   and (s.acknowledged_at is null or s.acknowledged_at > $3::timestamptz)
 order by m.occurred_at desc, m.event_id
 limit $4::int

-- name: late_of_reset
-- Counts what came late and was absorbed by a reset's snapshot: a revert applies it again (R12), unless the snapshot before
-- had it, too.
--   $1 uuid    reset id
--   $2 text[]  outside ids of the facilities
-- One row: movements int, units numeric (their quantities). Locks: none.
select count(*)::int as movements, coalesce(sum(m.quantity), 0) as units
  from movement m
 where m.facility_id = any (select id from facility where facility_id = any ($2::text[])) and m.absorbed and m.reset_id = $1

-- name: borderline_since
-- Counts the movements that came after a reset was applied and occurred close to the time of its count: what was under way when the
-- count was taken, such as a sale whose sender does not say when it happened.
--   $1 uuid  reset id
--   $2 int   so many seconds from the time of the count
-- One row: movements int. Locks: none.
select count(*)::int as movements
  from reset r
  join facility_reset f on f.reset_id = r.id and f.state = 'applied'
 cross join lateral (
   select from movement m
    where m.facility_id = f.facility_id and m.occurred_at between r.as_of - make_interval(secs => $2::int) and r.as_of + make_interval(secs => $2::int)
      and m.type in ('sale', 'return', 'adjustment') and m.recorded_at > f.finished_at
 ) late
 where r.id = $1::uuid
