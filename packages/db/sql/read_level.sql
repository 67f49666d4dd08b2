-- One level, now or as the ledger knew it at a time: the sum of the effects that had been recorded by then.
--   $1 int          facility.id
--   $2 int          product.id
--   $3 timestamptz  the time, null for now
-- One row when the product was ever stocked there: onHand numeric; asOf, updatedAt timestamptz, null when there was nothing
-- yet. At a time, asOf is known for the latest two resets of a level and null before them;
-- "archivedIn" text: the file with what was recorded until then, where that is archived, else null. Locks: none.
select case when $3 is null then l.on_hand else coalesce(m.effect, 0) end as "onHand",
       case when $3 is null or latest.finished_at <= $3 then l.as_of
            when earlier.finished_at <= $3 then l.prior_as_of
        end as "asOf",
       case when $3 is null then l.updated_at else m.recorded_at end as "updatedAt",
       case when $3 is not null and exists (select from movement o
                                             where o.facility_id = l.facility_id and o.event_id = 'archive-opening'
                                               and o.line = l.product_id and o.recorded_at > $3)
            then (select a.file from ledger_archive a
                   where a.facility_id = l.facility_id and a.restored_at is null
                   order by a.month > to_char($3 at time zone 'UTC', 'YYYY-MM'), abs(left(a.month, 4)::int * 12 + right(a.month, 2)::int
                            - extract(year from $3 at time zone 'UTC') * 12 - extract(month from $3 at time zone 'UTC')), a.part
                   limit 1)
        end as "archivedIn"
  from level_in_force l
 cross join lateral (
    select sum(effect) as effect, max(recorded_at) as recorded_at
      from movement
     where facility_id = l.facility_id and product_id = l.product_id and recorded_at <= $3::timestamptz
 ) m
  left join facility_reset latest on latest.reset_id = l.reset_id and latest.facility_id = l.facility_id
  left join facility_reset earlier on earlier.reset_id = l.prior_reset_id and earlier.facility_id = l.facility_id
 where l.facility_id = $1 and l.product_id = $2
