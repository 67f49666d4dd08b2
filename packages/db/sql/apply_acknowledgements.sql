-- Records acknowledgements of shipments, and gives back what a shipment still takes from a level whose snapshot already
-- had it: acknowledged at or before as_of means that the count includes it (R4, R5), in whatever order the news came (R3).
-- The facility and shipment locks were taken by an earlier statement of this transaction.
--   $1 int[]          facility.id of each acknowledgement
--   $2 text[]         its event id
--   $3 text[]         the shipment's event id
--   $4 timestamptz[]  occurred at, after R9
--   $5 boolean[]      clock skew
--   $6 text[]         content digest, 32 hex digits
-- One row an acknowledgement: ord bigint (from 1), outcome text: applied | duplicate | reused | raced (also when its facility was merged
-- meanwhile).
-- Locks: acknowledgement keys, shipment rows, movement keys, level rows.
with input as (
  select t.*
    from unnest($1::int[], $2::text[], $3::text[], $4::timestamptz[], $5::boolean[], $6::text[])
         with ordinality as t (facility_id, event_id, shipment_event_id, occurred_at, clock_skew, content, ord)
), known as (
  select i.ord, bool_or(k.content <> i.content) as is_reused
    from input i
    join lateral (
      select encode(a.content, 'hex') as content
        from shipment_acknowledgement a
       where (a.facility_id, a.event_id) = (i.facility_id, i.event_id)
       union all
      (select encode(m.content, 'hex')
         from movement m
        where m.facility_id = i.facility_id and m.event_id = i.event_id
        order by m.line)
    ) k on true
   group by i.ord
), inserted as (
  insert into shipment_acknowledgement (facility_id, event_id, shipment_event_id, occurred_at, clock_skew, content)
  select facility_id, event_id, shipment_event_id, occurred_at, clock_skew, decode(content, 'hex')
    from input
   where ord not in (select ord from known)
     and not exists (select from facility f where f.merged_into is not null and f.id = any ($1::int[]))
   order by facility_id, event_id
      on conflict (facility_id, event_id) do nothing
  returning facility_id, event_id, shipment_event_id, occurred_at, clock_skew, content
), earliest as (
  select distinct on (facility_id, shipment_event_id) *
    from inserted
   order by facility_id, shipment_event_id, occurred_at, event_id
), shipped as (
  select m.facility_id, m.event_id, m.line, m.product_id, m.quantity,
         s.acknowledged_at as acknowledged_before, l.as_of, l.reset_id,
         e.event_id as acknowledged_by, e.occurred_at, e.clock_skew, e.content
    from earliest e
    join shipment s on s.facility_id = e.facility_id and s.event_id = e.shipment_event_id
    join lateral (
      select o.*
        from movement o
       where o.facility_id = e.facility_id and o.event_id = e.shipment_event_id and o.type = 'shipment'
       order by o.line
    ) m on true
    left join level_in_force l on l.facility_id = m.facility_id and l.product_id = m.product_id
   where s.acknowledged_at is null or s.acknowledged_at > e.occurred_at
), noted as (
  update shipment s
     set acknowledged_at = e.occurred_at
    from earliest e
   where (s.facility_id, s.event_id) = (e.facility_id, e.shipment_event_id)
     and (s.acknowledged_at is null or s.acknowledged_at > e.occurred_at)
), given_back as (
  insert into movement (facility_id, event_id, line, product_id, type, quantity, effect, reset_id,
                        occurred_at, clock_skew, content, reason)
  select facility_id, acknowledged_by, line, product_id, 'shipment-acknowledged', -quantity, -quantity, reset_id,
         occurred_at, clock_skew, content, 'the snapshot in force already counted this shipment'
    from shipped
   where occurred_at <= as_of and (acknowledged_before is null or acknowledged_before > as_of)
   order by facility_id, acknowledged_by, line
  returning facility_id, product_id, effect
), levelled as (
  insert into level as l (facility_id, product_id, on_hand)
  select facility_id, product_id, sum(effect)
    from given_back
   group by facility_id, product_id
   order by facility_id, product_id
      on conflict (facility_id, product_id) do update
     set on_hand = l.on_hand + excluded.on_hand,
         updated_at = clock_timestamp()
)
select i.ord,
       case when k.is_reused then 'reused'
            when k.ord is not null then 'duplicate'
            when n.event_id is null then 'raced'
            else 'applied'
        end as outcome
  from input i
  left join known k using (ord)
  left join inserted n using (facility_id, event_id)
 order by i.ord
