-- Separates the histories of two names again. What came from the merged name is taken out by lines that are its opposite, with the same type and
-- time, so that no later count finds any of it; what came under the merged name meanwhile goes to it, judged by the count that
-- it had. Counts that came meanwhile stay with the other name. The locks were taken by earlier statements of this transaction.
--   $1 uuid   merge id
--   $2 text   facility or product
--   $3 int    facility.id or product.id that had been merged
--   $4 int    into which
--   $5 int[]  the former and all that had been merged into it before
-- One row: levels int (of the name that is given back), units numeric (on hand there now), given int (lines that came meanwhile and go there).
-- Locks: movement keys, level rows, noted lines.
with removed as (
  select m.facility_id, m.event_id, m.line, m.product_id, m.seq, m.type, m.quantity, m.occurred_at, m.clock_skew, m.content, m.reason, null::int as named_id
    from movement m
   where $2::text = 'facility' and m.facility_id = $4::int and m.merge_id = $1::uuid and m.type in ('sale', 'return', 'adjustment')
     and m.product_id not in (select id from product where merged_into is not null)
   union all
  select m.facility_id, m.event_id, m.line, m.product_id, m.seq, m.type, m.quantity, m.occurred_at, m.clock_skew, m.content, m.reason, null
    from facility f
   cross join lateral (
      select o.* from movement o
       where o.facility_id = f.id and o.product_id = $4 and o.merge_id = $1 and o.type in ('sale', 'return', 'adjustment')
       order by o.seq
   ) m
   where $2 = 'product' and f.merged_into is null
   union all
  select m.facility_id, m.event_id, m.line, m.product_id, m.seq, m.type, m.quantity, m.occurred_at, m.clock_skew, m.content, m.reason, n.named_id
    from merged_line n
   cross join lateral (select o.* from movement o where o.facility_id = n.facility_id and o.event_id = n.event_id and o.line = n.line limit 1) m
   where n.kind = $2 and n.named_id = any ($5::int[]) and not n.given_back
     and case $2 when 'facility' then n.facility_id = $4 else m.product_id = $4 end
), former as (
  select l.facility_id, l.product_id, l.as_of, l.reset_id, case $2 when 'facility' then $4 else l.facility_id end as into_facility,
         case $2 when 'facility' then l.product_id else $4 end as into_product
    from level_in_force l
   where $2 = 'facility' and l.facility_id = $3::int
   union all
  select l.facility_id, l.product_id, l.as_of, l.reset_id, l.facility_id, $4
    from facility f
    join level_in_force l on l.facility_id = f.id and l.product_id = $3
   where $2 = 'product'
), touched as (
  select facility_id, product_id from removed
   union
  select facility_id, product_id from merged_level where merge_id = $1
), place as (
  select l.facility_id, l.product_id, l.on_hand, k.counted, k.as_of as kept_as_of, k.reset_id as kept_reset_id, k.prior_as_of, k.prior_reset_id, v.restores,
         case when v.restores then k.as_of else l.as_of end as in_force, case when v.restores then k.reset_id else l.reset_id end as in_force_reset_id
    from touched t
    join level_in_force l on l.facility_id = t.facility_id and l.product_id = t.product_id
    left join merged_level k on k.merge_id = $1 and k.facility_id = l.facility_id and k.product_id = l.product_id
    left join former o on o.into_facility = l.facility_id and o.into_product = l.product_id,
         lateral (select k.merge_id is not null and l.as_of = o.as_of and l.reset_id is not distinct from o.reset_id as restores) v
), own as (
  select p.facility_id, p.product_id,
         sum(m.quantity) filter (where case when p.kept_as_of is null then true
                                            when m.type = 'shipment' then coalesce(s.acknowledged_at > p.kept_as_of, true)
                                            else m.occurred_at > p.kept_as_of end) as counted
    from place p
   cross join lateral (
      select o.* from movement o
       where o.facility_id = p.facility_id and o.product_id = p.product_id and o.type in ('sale', 'return', 'adjustment', 'shipment')
       order by o.seq
   ) m
    left join shipment s on m.type = 'shipment' and s.facility_id = m.facility_id and s.event_id = m.event_id
   where p.restores and not exists (select from removed r where r.facility_id = m.facility_id and r.event_id = m.event_id and r.line = m.line)
   group by p.facility_id, p.product_id
), taken as (
  select r.*, p.in_force_reset_id, coalesce(r.occurred_at > p.in_force, true) as counts
    from removed r
    join place p using (facility_id, product_id)
), summed as (
  select facility_id, product_id, coalesce(sum(quantity) filter (where counts), 0) as counted
    from taken
   group by facility_id, product_id
), target as (
  select p.*, coalesce(s.counted, 0) as taken,
         case when p.restores then p.counted + coalesce(o.counted, 0) else p.on_hand - coalesce(s.counted, 0) end as after
    from place p
    left join summed s using (facility_id, product_id)
    left join own o using (facility_id, product_id)
), given as (
  select t.named_id, case $2 when 'facility' then $3 else t.facility_id end as facility_id, case $2 when 'facility' then t.product_id else $3 end as product_id,
         case when v.is_free then t.event_id else 'unmerge-' || $1 || '-given' end as event_id,
         case when v.is_free then t.line else row_number() over (partition by t.facility_id, v.is_free order by t.seq) end as line,
         t.type, t.quantity, t.occurred_at, t.clock_skew, t.content, t.reason, o.reset_id, coalesce(t.occurred_at > o.as_of, true) as counts
    from taken t
    left join former o on o.into_facility = t.facility_id and o.into_product = t.product_id,
         lateral (select $2 = 'facility' and not exists (select from movement m
                                                          where m.facility_id = $3 and m.event_id = t.event_id and m.line = t.line) as is_free) v
   where t.named_id is not null
), entered as (
  insert into movement (facility_id, event_id, line, product_id, type, quantity, effect, absorbed, reset_id, occurred_at, clock_skew, content,
                        reason, merge_id)
  select facility_id, 'unmerge-' || $1, row_number() over (partition by facility_id order by seq), product_id, type, -quantity,
         case when counts then -quantity else 0 end, not counts, case when not counts then in_force_reset_id end, occurred_at, clock_skew, content,
         reason, $1
    from taken
   union all
  select facility_id, event_id, line, product_id, type, quantity, case when counts then quantity else 0 end, not counts,
         case when not counts then reset_id end, occurred_at, clock_skew, content, reason, $1
    from given
), emptied as (
  select m.facility_id, m.product_id, -sum(m.effect) as change
    from movement m
   where $2 = 'facility' and m.facility_id = $3 and m.event_id = 'merge-' || $1 || '-level'
   group by m.facility_id, m.product_id
   union all
  select m.facility_id, m.product_id, -sum(m.effect)
    from former f
   cross join lateral (
      select o.* from movement o
       where o.facility_id = f.facility_id and o.event_id = 'merge-' || $1 || '-level' and o.product_id = $3
       order by o.line
   ) m
   where $2 = 'product'
   group by m.facility_id, m.product_id
), returned as (
  select o.facility_id, o.product_id, coalesce(w.change, 0) as change, coalesce(g.counted, 0) as given
    from former o
    left join emptied w on w.facility_id = o.facility_id and w.product_id = o.product_id
    left join (select facility_id, product_id, sum(quantity) filter (where counts) as counted from given group by facility_id, product_id) g
      on g.facility_id = o.facility_id and g.product_id = o.product_id
   union all
  select facility_id, product_id, 0, coalesce(sum(quantity) filter (where counts), 0)
    from given g
   where not exists (select from former o where o.facility_id = g.facility_id and o.product_id = g.product_id)
   group by facility_id, product_id
), shifted as (
  select facility_id, product_id, change, 'its stock is its own again' as reason from returned where change <> 0
   union all
  select facility_id, product_id, after - on_hand + taken, 'it rests on its own count again' from target where after - on_hand + taken <> 0
), written as (
  insert into movement (facility_id, event_id, line, product_id, type, quantity, effect, occurred_at, content, reason, merge_id)
  select facility_id, 'unmerge-' || $1 || '-level', row_number() over (partition by facility_id order by product_id), product_id, 'merge',
         change, change, clock_timestamp(), ''::bytea, reason, $1
    from shifted
), levelled as (
  update level l
     set on_hand = t.after, updated_at = clock_timestamp(),
         follows = case when t.restores then null else l.follows end,
         as_of = case when t.restores then t.kept_as_of else l.as_of end,
         reset_id = case when t.restores then t.kept_reset_id else l.reset_id end,
         prior_as_of = case when t.restores then t.prior_as_of else l.prior_as_of end,
         prior_reset_id = case when t.restores then t.prior_reset_id else l.prior_reset_id end
    from target t
   where l.facility_id = t.facility_id and l.product_id = t.product_id
), filled as (
  insert into level as l (facility_id, product_id, on_hand)
  select facility_id, product_id, change + given
    from returned
   order by facility_id, product_id
      on conflict (facility_id, product_id) do update
     set on_hand = l.on_hand + excluded.on_hand, updated_at = clock_timestamp()
), noted as (
  update merged_line n
     set given_back = true
   where n.kind = $2 and n.named_id = any ($5) and not n.given_back
     and exists (select from taken t where t.named_id is not null and t.facility_id = n.facility_id and t.event_id = n.event_id and t.line = n.line)
), noted_again as (
  insert into merged_line (kind, facility_id, event_id, line, named_id)
  select $2, facility_id, event_id, line, named_id
    from given
   where named_id <> $3
)
select count(*)::int as levels, coalesce(sum(r.change + r.given), 0) as units, (select count(*) from given)::int as given
  from returned r
