-- Makes the ledger of facilities agree with what one snapshot counted there (R4, R6, R7), all of it in this one statement; or
-- only says what that would do. To apply, the facilities' locks were taken exclusively by an earlier statement of this
-- transaction, so nothing moves meanwhile. What was explained when one was held was deleted by an earlier statement.
--   $1 uuid         reset id
--   $2 int[]        facility.id of each; several small ones cost little more than one
--   $3 timestamptz  as_of of the file, for rows without their own
--   $4 int[]        facility.id of those of them where products with a level that the snapshot does not list are counted as 0 (ABSENT_ROWS=zero), unless a
--                   newer one is in force there; one whose row was rejected is listed, and stays as it was, or as a repair has counted it meanwhile
--   $5 int          borderline: movements within so many seconds of as_of are counted
--   $6 text         preview: write the explanations only; apply: write everything
--   $7 boolean      the file is a repair, no whole count: its levels carry its time themselves, the others go on following the count that
--                   it corrects; and all of its rows are stale once a newer count, or another one of the same time, is the facility's, or that count was reverted there
-- One row a facility: facility int; staged (rows found), listed (products), stale, corrected, absent, borderline int; units_before, units_after, late_sales, shipments, unexplained
-- numeric, over the levels that this snapshot is in force for; units_kept numeric, of the other levels; and for the guards, over the whole facility: stocked int
-- (products with stock), zeroed int (those of them that would have none), units_total numeric (on hand before), fresh int (listed products
-- that were never counted here), gone int (products with stock that are not listed), odd int (corrected products whose count is a fraction, or exactly a thousandth of what
-- was expected); archived_until timestamptz or null: a row older than that is stale.
-- A product counted at several locations is their sum, true at the earliest of their times: a sale between the two is
-- then taken off once more rather than sold twice.
-- A snapshot that is as new as the facility's newest becomes that, and the levels it lists follow it (`joins`) unless their
-- rows carry a time of their own. So of those that followed before only the corrected are written, and those that this
-- snapshot leaves as they were, which stop following at the time that was in force.
with newest as (
  select f.id as facility_id, f.archived_until, not $7 and coalesce(s.as_of <= $3, true) as is_newest,
         f.id = any ($4) and coalesce(s.as_of <= $3, true) as zeroes,
         $7 and (coalesce(s.as_of > $3 or s.as_of = $3 and s.reset_id <> (select repair_of from reset where id = $1), false)
                 or exists (select from reset r join facility_reset o on o.reset_id = r.repair_of
                             where r.id = $1 and o.facility_id = f.id and o.state = 'reverted')) as is_overtaken
    from facility f
    left join facility_snapshot s on s.facility_id = f.id and s.facility_id = any ($2)
   where f.id = any ($2)
), listed as (
  select s.facility_id, s.product_id, sum(s.quantity) as counted, min(s.as_of) as own_as_of, count(*) as rows
    from snapshot_row s
   where s.reset_id = $1 and s.facility_id = any ($2)
   group by s.facility_id, s.product_id
), rejected as (
  select coalesce(f.merged_into, f.id) as facility_id, coalesce(p.merged_into, p.id) as product_id
    from rejected_row r
    join facility f using (facility_id)
    join product p on p.id = r.product_id
   where r.reset_id = $1 and r.product_id is not null
     and r.facility_id = any (array(select facility_id from facility where id = any ($4) or merged_into = any ($4)))
), repair as (
  select id from reset where cardinality($4) > 0 and repair_of = $1
), compared as (
  select facility_id, product_id, c.rows, coalesce(c.counted, 0) as counted, coalesce(c.own_as_of, $3) as as_of, c.counted is not null as is_listed,
         l.on_hand is null as is_new, coalesce(l.on_hand, 0) as before, l.follows, l.as_of as in_force,
         l.reset_id as in_force_reset_id, l.prior_as_of, l.prior_reset_id, n.is_newest,
         (c.counted is not null or n.zeroes and (facility_id, product_id) not in (select facility_id, product_id from rejected)
                                       and coalesce(l.reset_id not in (select id from repair), true)) and coalesce(coalesce(c.own_as_of, $3) >= l.as_of, true)
         and not n.is_overtaken and coalesce(coalesce(c.own_as_of, $3) >= n.archived_until, true) as is_current
    from listed c
    full join (select * from level_in_force f where f.facility_id = any ($2) and f.product_id not in (select id from product where merged_into is not null)) l
         using (facility_id, product_id)
    join newest n using (facility_id)
), first_time as (
  select min(as_of) as as_of from compared where is_current
), since as (
  -- What the count cannot have: few movements against many rows, so they are sought first and then joined.
  select m.facility_id, m.product_id, coalesce(sum(m.quantity) filter (where m.type <> 'shipment'), 0) as late_sales,
         coalesce(sum(m.quantity) filter (where m.type = 'shipment'), 0) as shipments
    from (select facility_id, product_id, type, quantity, occurred_at as counts_after
            from movement
           where facility_id = any ($2) and occurred_at > (select as_of from first_time) and type in ('sale', 'return', 'adjustment')
           union all
          select s.facility_id, shipped.product_id, 'shipment', shipped.quantity, coalesce(s.acknowledged_at, 'infinity')
            from shipment s,
                 lateral (select o.product_id, o.quantity
                            from movement o
                           where o.facility_id = s.facility_id and o.event_id = s.event_id
                           order by o.line) shipped
           where s.facility_id = any ($2)
             and (s.acknowledged_at is null or s.acknowledged_at > (select as_of from first_time))) m
    join compared c on c.facility_id = m.facility_id and c.product_id = m.product_id and c.is_current and m.counts_after > c.as_of
   group by m.facility_id, m.product_id
), target as (
  select c.*, s.late_sales, s.shipments, t.after, t.after <> c.before as is_changed,
         c.is_current and c.as_of = $3 and c.is_newest as joins
    from compared c
    left join since s using (facility_id, product_id),
         lateral (select case when not c.is_current then c.before
                              when s.product_id is null then c.counted
                              else c.counted + s.late_sales + s.shipments
                          end as after) t
), summed as (
  select facility_id, coalesce(sum(rows), 0) as staged, count(*) filter (where is_listed) as listed, count(*) filter (where is_listed and is_current) as current_rows,
         count(*) filter (where is_current) as in_force, count(*) filter (where not is_listed) as absent,
         count(*) filter (where before > 0) as stocked, count(*) filter (where is_listed and in_force is null) as fresh,
         count(*) filter (where not is_listed and before > 0) as gone, sum(before) as units_total,
         coalesce(sum(before) filter (where not is_current), 0) as units_beside,
         count(*) filter (where is_changed) as corrected,
         count(*) filter (where is_changed and counted <> 0 and (counted <> trunc(counted) or counted * 1000 = before - coalesce(late_sales, 0) - coalesce(shipments, 0))) as odd,
         count(*) filter (where is_changed and before > 0 and after <= 0) as zeroed,
         coalesce(sum(after - before) filter (where is_changed), 0) as unexplained,
         min(as_of) filter (where is_current) as first_as_of, max(as_of) filter (where is_current) as last_as_of
    from target
   group by facility_id
), made_newest as (
  insert into facility_snapshot as s (facility_id, as_of, reset_id)
  select facility_id, $3, $1
    from newest join summed using (facility_id)
   where $6 = 'apply' and is_newest and in_force > 0
   order by facility_id
      on conflict (facility_id) do update
     set prior_as_of = s.as_of, prior_reset_id = s.reset_id, as_of = excluded.as_of, reset_id = excluded.reset_id
  returning facility_id
), written as materialized (
  select t.*
    from target t
    left join made_newest n on n.facility_id = t.facility_id
   where t.is_changed
      or case when t.joins then t.follows is null
              else t.is_current or (t.follows is not null and n.facility_id is not null)
          end
   order by t.facility_id, t.product_id
), moved as (
  insert into movement (facility_id, event_id, line, product_id, type, quantity, effect, reset_id,
                        occurred_at, content, reason)
  select facility_id, 'reset-' || $1, row_number() over (partition by facility_id order by product_id), product_id, 'correction',
         after - before, after - before, $1, as_of, ''::bytea, 'snapshot'
    from written
   where $6 = 'apply' and is_changed
), explained as (
  insert into correction (reset_id, facility_id, product_id, before, counted, late_sales, shipments, unexplained, after)
  select $1, facility_id, product_id, before, counted, coalesce(late_sales, 0), coalesce(shipments, 0), after - before, after
    from written
   where $6 in ('apply', 'preview') and is_changed
), opened as (
  -- Nobody else can open a level meanwhile, so these need no look for one that is there.
  insert into level (facility_id, product_id, on_hand, follows, as_of, reset_id)
  select facility_id, product_id, after, case when joins then $1 end, case when not joins then as_of end, case when not joins then $1 end
    from written
   where $6 = 'apply' and is_new
), told as (
  -- By its movement channels are told of a level that changes. One that is opened with nothing on hand has none.
  insert into level_change (facility_ids, product_ids)
  select array_agg(facility_id), array_agg(product_id)
    from written
   where $6 = 'apply' and is_new and not is_changed
  having count(*) > 0 and exists (select from channel where mode <> 'removed')
), levelled as (
  insert into level as l (facility_id, product_id, on_hand, follows, as_of, reset_id, prior_as_of, prior_reset_id)
  select facility_id, product_id, after, case when joins then $1 end,
         case when joins then null when is_current then as_of else in_force end,
         case when joins then null when is_current then $1 else in_force_reset_id end,
         case when joins then null when is_current then in_force else prior_as_of end,
         case when joins then null when is_current then in_force_reset_id else prior_reset_id end
    from written
   where $6 = 'apply' and not is_new
      on conflict (facility_id, product_id) do update
     set on_hand = excluded.on_hand,
         follows = case when excluded.follows is not null then coalesce(l.follows, excluded.follows) end,
         as_of = case when excluded.follows is not null then l.as_of else excluded.as_of end,
         reset_id = case when excluded.follows is not null then l.reset_id else excluded.reset_id end,
         prior_as_of = case when excluded.follows is not null then l.prior_as_of else excluded.prior_as_of end,
         prior_reset_id = case when excluded.follows is not null then l.prior_reset_id else excluded.prior_reset_id end,
         updated_at = case when excluded.on_hand <> l.on_hand then clock_timestamp() else l.updated_at end
), near as (
  select m.facility_id, count(*) as borderline
    from movement m
    join target t on t.facility_id = m.facility_id and t.product_id = m.product_id and t.is_current
                 and m.occurred_at between t.as_of - make_interval(secs => $5::int) and t.as_of + make_interval(secs => $5::int)
   where m.facility_id = any ($2) and m.type in ('sale', 'return', 'adjustment')
     and m.occurred_at between (select min(first_as_of) from summed) - make_interval(secs => $5::int)
                           and (select max(last_as_of) from summed) + make_interval(secs => $5::int)
   group by m.facility_id
), late as (
  select facility_id, sum(late_sales) as late_sales, sum(shipments) as shipments from since group by facility_id
)
select n.facility_id as facility, coalesce(s.staged, 0)::int as staged, coalesce(s.listed, 0)::int as listed,
       coalesce(s.listed - s.current_rows, 0)::int as stale, coalesce(s.corrected, 0)::int as corrected, coalesce(s.absent, 0)::int as absent,
       coalesce(b.borderline, 0)::int as borderline,
       coalesce(s.units_total - s.units_beside, 0) as units_before,
       coalesce(s.units_total - s.units_beside + s.unexplained, 0) as units_after,
       coalesce(s.units_beside, 0) as units_kept, coalesce(l.late_sales, 0) as late_sales, coalesce(l.shipments, 0) as shipments,
       coalesce(s.unexplained, 0) as unexplained, coalesce(s.zeroed, 0)::int as zeroed, coalesce(s.stocked, 0)::int as stocked,
       coalesce(s.fresh, 0)::int as fresh, coalesce(s.gone, 0)::int as gone, coalesce(s.odd, 0)::int as odd, coalesce(s.units_total, 0) as units_total, n.archived_until
  from newest n
  left join summed s on s.facility_id = n.facility_id
  left join near b on b.facility_id = n.facility_id
  left join late l on l.facility_id = n.facility_id
