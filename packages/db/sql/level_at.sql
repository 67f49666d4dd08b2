-- One level as the ledger knew it at a time: the sum of the effects that had been recorded by then.
--   $1 int          facility.id
--   $2 int          product.id
--   $3 timestamptz  the time
-- One row when the level exists now, else none: on_hand numeric; as_of, updated_at timestamptz, null when there was
-- nothing yet. as_of is known for the latest two resets of a level and null before them. Locks: none.
select coalesce(sum(m.effect), 0) as on_hand,
       max(m.recorded_at) as updated_at,
       case when latest.finished_at <= $3 then l.as_of
            when earlier.finished_at <= $3 then l.prior_as_of
        end as as_of
  from level_in_force l
  left join movement m
    on m.facility_id = l.facility_id and m.product_id = l.product_id and m.recorded_at <= $3
  left join facility_reset latest on latest.reset_id = l.reset_id and latest.facility_id = l.facility_id
  left join facility_reset earlier on earlier.reset_id = l.prior_reset_id and earlier.facility_id = l.facility_id
 where l.facility_id = $1 and l.product_id = $2
 group by l.as_of, l.prior_as_of, latest.finished_at, earlier.finished_at
