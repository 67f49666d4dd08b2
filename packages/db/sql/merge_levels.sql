-- Enters the history of one name under another, and sets the levels to what they would be had it been one name from the start: of each
-- two levels the newer count is in force, and what both sold since then counts (R4, R5). The locks were taken by earlier statements of
-- this transaction. What happened is entered with its own type and time, so that later counts and reverts find it as any other; of
-- a facility under its own event id where that is free, so that a resend is known (R2).
--   $1 uuid  merge id
--   $2 text  facility or product
--   $3 int   facility.id or product.id that is merged
--   $4 int   into which
--   $5 bool  false: only say what it would do
-- One row: levels int (of the merged name), "unitsFrom", "unitsInto" (on hand of both before, at those levels), "unitsAfter" numeric, counted int
-- (levels that take the count of the merged name, which is newer), movements int (entered), twins int (left out: the same line of the
-- same event stands there already), largest json (the ten levels that change most: facilityId, idType, idValue, "from", "into", "after").
-- Locks: movement keys, level rows.
with pair as (
  select l.facility_id as from_facility, l.product_id as from_product, $4::int as into_facility, l.product_id as into_product,
         l.on_hand, l.as_of, l.reset_id, l.prior_as_of, l.prior_reset_id,
         l.product_id in (select id from product where merged_into is not null) as is_void
    from level_in_force l
   where $2::text = 'facility' and l.facility_id = $3::int
   union all
  select l.facility_id, l.product_id, l.facility_id, $4, l.on_hand, l.as_of, l.reset_id, l.prior_as_of, l.prior_reset_id, false
    from facility f
    join level_in_force l on l.facility_id = f.id and l.product_id = $3
   where $2 = 'product' and f.merged_into is null
), judged as (
  select p.*, b.on_hand as into_on_hand, b.as_of as into_as_of, b.reset_id as into_reset_id, b.prior_as_of as into_prior_as_of,
         b.prior_reset_id as into_prior_reset_id, v.adopts,
         case when v.adopts then p.as_of else b.as_of end as in_force,
         case when v.adopts then p.reset_id else b.reset_id end as in_force_reset_id
    from pair p
    left join level_in_force b on b.facility_id = p.into_facility and b.product_id = p.into_product,
         lateral (select not p.is_void and p.as_of is not null and (b.as_of is null or p.as_of > b.as_of) as adopts) v
), happened as (
  -- Of a facility in one go, of a product by key, facility by facility: no other part of the ledger is read.
  select m.*
    from movement m
   where $2 = 'facility' and m.facility_id = $3 and m.type in ('sale', 'return', 'adjustment', 'shipment')
   union all
  select m.*
    from pair p
   cross join lateral (
      select o.* from movement o
       where o.facility_id = p.from_facility and o.product_id = p.from_product and o.type in ('sale', 'return', 'adjustment', 'shipment')
       order by o.seq
   ) m
   where $2 = 'product'
), happened_there as (
  select m.*
    from movement m
   where $2 = 'facility' and m.facility_id = $4 and m.type in ('sale', 'return', 'adjustment', 'shipment')
   union all
  select m.*
    from pair p
   cross join lateral (
      select o.* from movement o
       where o.facility_id = p.into_facility and o.product_id = p.into_product and o.type in ('sale', 'return', 'adjustment', 'shipment')
       order by o.seq
   ) m
   where $2 = 'product'
), moved as (
  -- An acknowledged shipment counts like a sale at that time. That of a product is entered as one: its event has one shipment already.
  select j.into_facility, j.into_product, m.event_id, m.line, m.seq, m.quantity, m.clock_skew, m.content, m.reason, j.in_force_reset_id,
         case when $2 = 'product' and m.type = 'shipment' then 'sale' else m.type end as type,
         case when $2 = 'product' and m.type = 'shipment' then s.acknowledged_at else m.occurred_at end as occurred_at,
         n.event_id is null and $2 = 'facility' as is_free,
         n.event_id is not null and n.product_id = m.product_id and n.type = m.type and n.quantity = m.quantity and n.occurred_at = m.occurred_at
           and not coalesce(n.merge_id in (select id from name_merge where undone_at is not null), false)
           and not exists (select from merged_line g
                            where g.kind = $2 and g.facility_id = n.facility_id and g.event_id = n.event_id and g.line = n.line and g.given_back) as is_twin,
         not j.is_void and case when j.in_force is null then true
                                when m.type = 'shipment' then coalesce(s.acknowledged_at > j.in_force, true)
                                else m.occurred_at > j.in_force
                            end as counts
    from judged j
    join happened m on m.facility_id = j.from_facility and m.product_id = j.from_product
    left join shipment s on m.type = 'shipment' and s.facility_id = m.facility_id and s.event_id = m.event_id
    left join (select * from movement where $2 = 'facility' and facility_id = $4) n on n.event_id = m.event_id and n.line = m.line
), summed as (
  select into_facility, into_product, sum(quantity) filter (where counts) as all_counted,
         sum(quantity) filter (where counts and not is_twin) as entered
    from moved
   group by into_facility, into_product
), own as (
  select j.into_facility, j.into_product, sum(m.quantity) filter (where t.is_since) as counted, sum(m.quantity) filter (where t.was_since) as counted_before
    from judged j
    join happened_there m on m.facility_id = j.into_facility and m.product_id = j.into_product
    left join shipment s on m.type = 'shipment' and s.facility_id = m.facility_id and s.event_id = m.event_id,
         lateral (select case when m.type = 'shipment' then coalesce(s.acknowledged_at > j.in_force, true)
                              else m.occurred_at > j.in_force end as is_since,
                         case when j.into_as_of is null then true
                              when m.type = 'shipment' then coalesce(s.acknowledged_at > j.into_as_of, true)
                              else m.occurred_at > j.into_as_of end as was_since) t
   where j.adopts
   group by j.into_facility, j.into_product
), target as (
  select j.*, coalesce(s.entered, 0) as entered, coalesce(o.counted_before, 0) as counted_before,
         case when j.adopts then j.on_hand - coalesce(s.all_counted, 0) + coalesce(s.entered, 0) + coalesce(o.counted, 0)
              else coalesce(j.into_on_hand, 0) + coalesce(s.entered, 0)
          end as after
    from judged j
    left join summed s using (into_facility, into_product)
    left join own o using (into_facility, into_product)
), entered as (
  insert into movement (facility_id, event_id, line, product_id, type, quantity, effect, absorbed, reset_id, occurred_at, clock_skew, content,
                        reason, merge_id)
  select into_facility, case when is_free then event_id else 'merge-' || $1::uuid end,
         case when is_free then line else row_number() over (partition by into_facility, is_free order by seq) end,
         into_product, type, quantity, case when counts then quantity else 0 end, not counts, case when not counts then in_force_reset_id end,
         occurred_at, clock_skew, content, reason, $1
    from moved
   where $5::bool and not is_twin
), shifted as (
  select from_facility as facility_id, from_product as product_id, -on_hand as change, 'its stock stands under the other name' as reason
    from target
   where on_hand <> 0
   union all
  select into_facility, into_product, after - coalesce(into_on_hand, 0) - entered, 'the count of the other name is newer'
    from target
   where after <> coalesce(into_on_hand, 0) + entered
), written as (
  insert into movement (facility_id, event_id, line, product_id, type, quantity, effect, occurred_at, content, reason, merge_id)
  select facility_id, 'merge-' || $1 || '-level', row_number() over (partition by facility_id order by product_id), product_id, 'merge',
         change, change, clock_timestamp(), ''::bytea, reason, $1
    from shifted
   where $5
), emptied as (
  -- That of a product follows no count from now on: what it rested on stays with it, for an undoing.
  update level l
     set on_hand = 0, updated_at = clock_timestamp(),
         follows = case when $2 = 'product' then null else l.follows end,
         as_of = case when $2 = 'product' then t.as_of else l.as_of end,
         reset_id = case when $2 = 'product' then t.reset_id else l.reset_id end,
         prior_as_of = case when $2 = 'product' then t.prior_as_of else l.prior_as_of end,
         prior_reset_id = case when $2 = 'product' then t.prior_reset_id else l.prior_reset_id end
    from target t
   where $5 and l.facility_id = t.from_facility and l.product_id = t.from_product
), levelled as (
  insert into level as l (facility_id, product_id, on_hand, as_of, reset_id)
  select into_facility, into_product, after, case when adopts then in_force end, case when adopts then in_force_reset_id end
    from target
   where $5
   order by into_facility, into_product
      on conflict (facility_id, product_id) do update
     set on_hand = excluded.on_hand, updated_at = clock_timestamp(),
         follows = case when excluded.as_of is null then l.follows end,
         as_of = coalesce(excluded.as_of, l.as_of),
         reset_id = case when excluded.as_of is null then l.reset_id else excluded.reset_id end,
         prior_as_of = case when excluded.as_of is null then l.prior_as_of end,
         prior_reset_id = case when excluded.as_of is null then l.prior_reset_id end
), kept as (
  insert into merged_level (merge_id, facility_id, product_id, counted, as_of, reset_id, prior_as_of, prior_reset_id)
  select $1, into_facility, into_product, coalesce(into_on_hand, 0) - counted_before, into_as_of, into_reset_id, into_prior_as_of,
         into_prior_reset_id
    from target
   where $5 and adopts
), acknowledged as (
  insert into shipment_acknowledgement (facility_id, event_id, shipment_event_id, occurred_at, recorded_at, clock_skew, content)
  select $4, event_id, shipment_event_id, occurred_at, recorded_at, clock_skew, content
    from shipment_acknowledgement
   where $5 and $2 = 'facility' and facility_id = $3
      on conflict do nothing
), shipped as (
  insert into shipment (facility_id, event_id, acknowledged_at)
  select $4, event_id, acknowledged_at
    from shipment
   where $5 and $2 = 'facility' and facility_id = $3
      on conflict do nothing
)
select count(*)::int as levels, coalesce(sum(on_hand), 0) as "unitsFrom", coalesce(sum(into_on_hand), 0) as "unitsInto",
       coalesce(sum(after), 0) as "unitsAfter", (count(*) filter (where adopts))::int as counted,
       (select count(*) from moved where not is_twin)::int as movements, (select count(*) from moved where is_twin)::int as twins,
       (select coalesce(json_agg(json_build_object('facilityId', f.facility_id, 'idType', p.id_type, 'idValue', p.id_value, 'from', x.on_hand,
                                          'into', coalesce(x.into_on_hand, 0), 'after', x.after)), '[]'::json)
          from (select * from target where not is_void order by abs(after - coalesce(into_on_hand, 0)) desc, into_facility, into_product limit 10) x
          join facility f on f.id = x.into_facility
          join product p on p.id = x.into_product) as largest
  from target
