-- The history of one product at one facility in a bounded number of points, oldest first: what was on hand after them, in
-- the order of recording. Where there are more movements than points, neighbours share one; corrections and reverts never do.
--   $1 int          facility.id
--   $2 int          product.id
--   $3 timestamptz  movements recorded since, null for all
--   $4 timestamptz  movements recorded until, null for all
--   $5 int          points at most; those of corrections and reverts come on top
-- One row a point: at timestamptz (recorded), onHand numeric after it; movements int, sold, returned, adjusted, shipped,
-- corrected numeric (their effects), absorbed numeric (quantities that had no effect), absorbedMovements int, resetId uuid (of
-- a correction or revert, or whose snapshot absorbed it) or null, before numeric (on hand before the first). Locks: none.
with later as (
  select coalesce(sum(m.effect), 0) as effect
    from movement m
   where $4::timestamptz is not null and m.facility_id = $1 and m.product_id = $2 and m.recorded_at > $4
), moved as (
  select m.*, l.on_hand - t.effect
              - coalesce(sum(m.effect) over (order by m.seq desc rows between unbounded preceding and 1 preceding), 0) as on_hand_after,
         m.type in ('correction', 'revert', 'merge') as is_reset,
         ((row_number() over (order by m.seq) - 1) * $5::int) / greatest(count(*) over (), $5::int) as place
    from movement m
    join level l on l.facility_id = m.facility_id and l.product_id = m.product_id,
         later t
   where m.facility_id = $1 and m.product_id = $2
     and m.recorded_at >= coalesce($3::timestamptz, '-infinity') and m.recorded_at <= coalesce($4::timestamptz, 'infinity')
), grouped as (
  select m.*, sum(case when is_reset then 1 else 0 end) over (order by seq) as after_resets
    from moved m
)
select max(recorded_at) as at, (array_agg(on_hand_after order by seq desc))[1] as "onHand",
       (array_agg(on_hand_after - effect order by seq))[1] as before, count(*)::int as movements,
       coalesce(sum(effect) filter (where type = 'sale'), 0) as sold,
       coalesce(sum(effect) filter (where type = 'return'), 0) as returned,
       coalesce(sum(effect) filter (where type = 'adjustment'), 0) as adjusted,
       coalesce(sum(effect) filter (where type in ('shipment', 'shipment-acknowledged')), 0) as shipped,
       coalesce(sum(effect) filter (where is_reset), 0) as corrected,
       coalesce(sum(quantity) filter (where absorbed), 0) as absorbed, (count(*) filter (where absorbed))::int as "absorbedMovements",
       (array_agg(reset_id order by seq desc) filter (where reset_id is not null))[1] as "resetId"
  from grouped
 group by place, after_resets, is_reset
 order by max(seq)
