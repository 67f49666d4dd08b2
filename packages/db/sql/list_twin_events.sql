-- Lists pairs of events of other ids that are alike in all their lines and happened moments apart: perhaps one sale that was sent under two
-- numbers. Nobody can tell for certain, so this is for people.
--   $1 int  facility.id
--   $2 int  product.id
--   $3 int  movements looked at, the newest of the level
--   $4 int  seconds apart at most
--   $5 int  pairs at most
-- One row a pair, newest first: type text, quantity numeric (of the level's product), eventId text, occurredAt timestamptz of the one recorded first,
-- twinId text, twinOccurredAt timestamptz of the other. Locks: none.
with looked as (
  select m.event_id, m.line, m.seq, m.type, m.quantity, m.occurred_at
    from movement m
   where m.facility_id = $1::int and m.product_id = $2::int and m.type in ('sale', 'return', 'adjustment')
   order by m.seq desc
   limit $3::int
), near as (
  select a.type, a.quantity, a.event_id, a.occurred_at, b.event_id as twin_id, b.occurred_at as twin_at, b.seq
    from looked b
    join lateral (
      select o.* from looked o
       where o.seq < b.seq and o.event_id <> b.event_id and o.line = b.line and o.type = b.type and o.quantity = b.quantity
         and o.occurred_at between b.occurred_at - make_interval(secs => $4::int) and b.occurred_at + make_interval(secs => $4::int)
       order by o.seq desc
       limit 1) a on true
)
select n.type, n.quantity, n.event_id as "eventId", n.occurred_at as "occurredAt", n.twin_id as "twinId", n.twin_at as "twinOccurredAt"
  from near n,
       lateral (select array_agg(array[m.line, m.product_id]::numeric[] || m.quantity order by m.line) as lines
                  from movement m where m.facility_id = $1 and m.event_id = n.event_id) one,
       lateral (select array_agg(array[m.line, m.product_id]::numeric[] || m.quantity order by m.line) as lines
                  from movement m where m.facility_id = $1 and m.event_id = n.twin_id) other
 where one.lines = other.lines
 order by n.seq desc
 limit $5::int
