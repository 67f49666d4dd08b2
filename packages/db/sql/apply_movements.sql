-- Applies a batch of event lines to the ledger and the levels (R1, R2, R3, R5, R10), and says what became of each.
-- The facilities' locks were taken by an earlier statement of this transaction, so as_of cannot move under it.
--   $1  int[]          facility.id of each line
--   $2  text[]         event id
--   $3  int[]          line
--   $4  text[]         id type
--   $5  text[]         id value
--   $6  text[]         movement type
--   $7  numeric[]      signed quantity
--   $8  timestamptz[]  occurred at, after R9
--   $9  boolean[]      clock skew
--   $10 text[]         content digest, 32 hex digits
--   $11 text[]         reason or null
--   $12 timestamptz[]  what the till said, where the facility's time offset has corrected that, or null; empty where it has none
--   $13 int[]         those of the facilities whose archive was looked at for these events
-- One row: outcomes text, a letter for each input line, in order: a applied | s absorbed (the snapshot has it) | d duplicate |
-- r reused | u unknown product | c raced (another transaction wrote this event, or merged or first archived its facility, meanwhile: roll back and run again).
-- No (facility, event) may stand in the batch with two contents. Locks: movement keys, shipment keys, then level rows, each ascending.
-- The plan is made once, often while the tables are small, or when few event ids (those of counts) stand for most of the
-- ledger. So what a line needs is sought line by line, by key: LIMIT and ORDER BY keep the planner from turning a search into
-- a join, lock_facilities.sql keeps it from reading tables whole, and of the indexes only the key has an event's lines in order.
with input as (
  select t.*
    from unnest($1::int[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::numeric[],
                $8::timestamptz[], $9::boolean[], $10::text[], $11::text[], $12::timestamptz[])
         with ordinality as t (facility_id, event_id, line, id_type, id_value, type, quantity,
                               occurred_at, clock_skew, content, reason, said_at, ord)
), merged as (
  select exists (select from facility f where f.merged_into is not null and f.id = any ($1::int[]))
         or exists (select from facility f where f.archived_until is not null and f.id = any ($1) and f.id <> all ($13::int[])) as is_merged
), known as (
  select e.facility_id, e.event_id, k.line, k.content
    from (select distinct facility_id, event_id from input) e
    join lateral (
      (select m.line, encode(m.content, 'hex') as content
         from movement m
        where m.facility_id = e.facility_id and m.event_id = e.event_id
        order by m.line)
       union all
      select 0, encode(a.content, 'hex')
        from shipment_acknowledgement a
       where a.facility_id = e.facility_id and a.event_id = e.event_id
    ) k on true
), reused as (
  select distinct i.facility_id, i.event_id
    from input i
    join known k using (facility_id, event_id)
   where k.content <> i.content
), resolved as (
  select i.*, p.product_id,
         (i.facility_id, i.event_id) in (select facility_id, event_id from reused) as is_reused,
         (i.facility_id, i.event_id, i.line) in (select facility_id, event_id, line from known) as is_known
    from input i
    left join lateral (
      select p.product_id from product_identification p where p.id_type = i.id_type and p.id_value = i.id_value limit 1
    ) p on true
), judged as (
  select r.*, l.reset_id,
         case when l.as_of is null then false
              when r.type = 'shipment' then coalesce(a.acknowledged_at <= l.as_of, false)
              else r.occurred_at <= l.as_of
          end as is_absorbed
    from resolved r
    left join lateral (
      select f.as_of, f.reset_id from level_in_force f where f.facility_id = r.facility_id and f.product_id = r.product_id limit 1
    ) l on true
    left join lateral (
      select min(s.occurred_at) as acknowledged_at
        from shipment_acknowledgement s
       where r.type = 'shipment' and s.facility_id = r.facility_id and s.shipment_event_id = r.event_id
    ) a on r.type = 'shipment'
   where r.product_id is not null and not r.is_reused and not r.is_known and not (select is_merged from merged)
), inserted as (
  insert into movement (facility_id, event_id, line, product_id, type, quantity, effect, absorbed, reset_id,
                        occurred_at, clock_skew, content, reason, said_at)
  select facility_id, event_id, line, product_id, type, quantity, case when is_absorbed then 0 else quantity end,
         is_absorbed, case when is_absorbed then reset_id end,
         occurred_at, clock_skew, decode(content, 'hex'), reason, said_at
    from judged
   order by facility_id, event_id, line
      on conflict (facility_id, event_id, line) do nothing
  returning facility_id, event_id, line, product_id, type, effect, absorbed
), shipped as (
  insert into shipment (facility_id, event_id, acknowledged_at)
  select i.facility_id, i.event_id,
         (select min(s.occurred_at)
            from shipment_acknowledgement s
           where s.facility_id = i.facility_id and s.shipment_event_id = i.event_id)
    from (select distinct facility_id, event_id from inserted where type = 'shipment') i
   order by i.facility_id, i.event_id
      on conflict (facility_id, event_id) do nothing
), summed as (
  select facility_id, product_id, sum(effect) as effect
    from inserted
   group by facility_id, product_id
), levelled as (
  insert into level as l (facility_id, product_id, on_hand)
  select facility_id, product_id, effect
    from summed
   order by facility_id, product_id
      on conflict (facility_id, product_id) do update
     set on_hand = l.on_hand + excluded.on_hand,
         updated_at = clock_timestamp()
   where excluded.on_hand <> 0
)
select string_agg(case when (select is_merged from merged) then 'c'
                       when r.is_reused then 'r'
                       when r.is_known then 'd'
                       when r.product_id is null then 'u'
                       when i.event_id is null then 'c'
                       when i.absorbed then 's'
                       else 'a'
                   end, '' order by r.ord) as outcomes
  from resolved r
  left join inserted i using (facility_id, event_id, line)
