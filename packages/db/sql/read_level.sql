-- One level, now or as the ledger knew it at a time: the sum of the effects that had been recorded by then.
--   $1 int          facility.id
--   $2 int          product.id
--   $3 timestamptz  the time, null for now
-- One row when the product was ever stocked there: onHand numeric; asOf, updatedAt timestamptz, null when there was nothing
-- yet. At a time, asOf is known for the latest two resets of a level and null before them. Locks: none.
select case when $3 is null then l.on_hand else coalesce(m.effect, 0) end as "onHand",
       case when $3 is null or latest.finished_at <= $3 then l.as_of
            when earlier.finished_at <= $3 then l.prior_as_of
        end as "asOf",
       case when $3 is null then l.updated_at else m.recorded_at end as "updatedAt"
  from level_in_force l
 cross join lateral (
    select sum(effect) as effect, max(recorded_at) as recorded_at
      from movement
     where facility_id = l.facility_id and product_id = l.product_id and recorded_at <= $3::timestamptz
 ) m
  left join facility_reset latest on latest.reset_id = l.reset_id and latest.facility_id = l.facility_id
  left join facility_reset earlier on earlier.reset_id = l.prior_reset_id and earlier.facility_id = l.facility_id
 where l.facility_id = $1 and l.product_id = $2
