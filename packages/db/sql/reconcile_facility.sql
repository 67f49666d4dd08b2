-- Makes one facility's ledger agree with what its snapshot counted (R4, R6, R7), all of it in this one statement; or
-- only says what that would do. To apply, the facility's lock was taken exclusively by an earlier statement of this
-- transaction, so nothing moves meanwhile.
--   $1 uuid         reset id
--   $2 int          facility.id
--   $3 timestamptz  as_of of the file, for rows without their own
--   $4 boolean      ABSENT_ROWS=zero: products with a level that the snapshot does not list are counted as 0
--   $5 int          borderline: movements within so many seconds of as_of are counted
--   $6 text         preview: write the explanations only; apply: write everything
-- One row: listed, stale, corrected, absent, borderline int; units_before, units_after, late_sales, shipments, unexplained
-- numeric, over the levels that this snapshot is in force for; and for the guards, over the whole facility: stocked int
-- (products with stock), zeroed int (those of them that would have none), units_total numeric (on hand before).
-- A product counted at several locations is their sum, true at the earliest of their times: a sale between the two is
-- then taken off once more rather than sold twice.
with listed as (
  select s.product_id, sum(s.quantity) as counted, coalesce(min(s.as_of), $3) as as_of
    from snapshot_row s
   where s.reset_id = $1 and s.facility_id = $2
   group by s.product_id
), counted as (
  select product_id, counted, as_of, true as is_listed
    from listed
   union all
  select l.product_id, 0, $3, false
    from level l
   where $4 and l.facility_id = $2
     and not exists (select from listed where listed.product_id = l.product_id)
), compared as (
  select c.*, coalesce(l.on_hand, 0) as before, l.as_of as prior_as_of, l.reset_id as prior_reset_id,
         coalesce(c.as_of >= l.as_of, true) as is_current
    from counted c
    left join level l on l.facility_id = $2 and l.product_id = c.product_id
), current as (
  select * from compared where is_current
), late as (
  select m.product_id, sum(m.quantity) as quantity
    from movement m
    join current c using (product_id)
   where m.facility_id = $2
     and m.occurred_at > (select min(as_of) from current)
     and m.occurred_at > c.as_of
     and m.type in ('sale', 'return', 'adjustment')
   group by m.product_id
), shipped as (
  select m.product_id, sum(m.quantity) as quantity
    from movement m
    join current c using (product_id)
   where m.facility_id = $2
     and m.type = 'shipment'
     and (m.acknowledged_at is null or m.acknowledged_at > c.as_of)
   group by m.product_id
), target as (
  select c.*, coalesce(l.quantity, 0) as late_sales, coalesce(s.quantity, 0) as shipments,
         c.counted + coalesce(l.quantity, 0) + coalesce(s.quantity, 0) as after
    from current c
    left join late l using (product_id)
    left join shipped s using (product_id)
), moved as (
  insert into movement (facility_id, event_id, line, product_id, type, quantity, effect, reset_id,
                        occurred_at, content, reason)
  select $2, 'reset-' || $1, row_number() over (order by product_id), product_id, 'correction',
         after - before, after - before, $1, as_of, ''::bytea, 'snapshot'
    from target
   where $6 = 'apply' and after <> before
   order by product_id
), explained as (
  insert into correction (reset_id, facility_id, product_id, before, counted, late_sales, shipments, unexplained, after)
  select $1, $2, product_id, before, counted, late_sales, shipments, after - before, after
    from target
   where $6 in ('apply', 'preview') and after <> before
      on conflict (reset_id, facility_id, product_id) do update
     set before = excluded.before, counted = excluded.counted, late_sales = excluded.late_sales,
         shipments = excluded.shipments, unexplained = excluded.unexplained, after = excluded.after
), levelled as (
  insert into level as l (facility_id, product_id, on_hand, as_of, reset_id)
  select $2, product_id, after, as_of, $1
    from target
   where $6 = 'apply'
   order by product_id
      on conflict (facility_id, product_id) do update
     set on_hand = excluded.on_hand,
         as_of = excluded.as_of,
         reset_id = excluded.reset_id,
         prior_as_of = l.as_of,
         prior_reset_id = l.reset_id,
         updated_at = clock_timestamp()
), summed as (
  select count(*) filter (where is_listed) as current_rows, count(*) filter (where after <> before) as corrected,
         coalesce(sum(before), 0) as units_before, coalesce(sum(after), 0) as units_after,
         coalesce(sum(late_sales), 0) as late_sales, coalesce(sum(shipments), 0) as shipments,
         coalesce(sum(after - before), 0) as unexplained,
         count(*) filter (where before > 0 and after <= 0) as zeroed, min(as_of) as first_as_of, max(as_of) as last_as_of
    from target
)
select (select count(*) from listed)::int as listed,
       ((select count(*) from listed) - s.current_rows)::int as stale,
       s.corrected::int as corrected,
       (select count(*) from level l
         where l.facility_id = $2
           and not exists (select from listed where listed.product_id = l.product_id))::int as absent,
       (select count(*) from movement m
         where m.facility_id = $2
           and m.occurred_at between s.first_as_of - make_interval(secs => $5::int) and s.last_as_of + make_interval(secs => $5::int)
           and m.type in ('sale', 'return', 'adjustment')
           and exists (select from target t
                        where t.product_id = m.product_id
                          and m.occurred_at between t.as_of - make_interval(secs => $5::int)
                                                and t.as_of + make_interval(secs => $5::int)))::int as borderline,
       s.units_before, s.units_after, s.late_sales, s.shipments, s.unexplained, s.zeroed::int as zeroed,
       w.stocked::int as stocked, w.units_total
  from summed s,
       lateral (select count(*) filter (where on_hand > 0) as stocked, coalesce(sum(on_hand), 0) as units_total
                  from level where facility_id = $2) w
