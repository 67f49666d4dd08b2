-- Events by what is known of them, and what became of them.

-- name: list_event
-- What became of one event: its movements.
--   $1 int   facility.id
--   $2 text  event id
-- One row a movement, by line: type text, line int, idType, idValue text, quantity, effect numeric, absorbed boolean,
-- occurredAt, recordedAt timestamptz, clockSkew boolean, resetId uuid, acknowledgedAt, "saidAt" timestamptz, reason text (the
-- last four may be null). Locks: none.
select m.type, m.line, p.id_type as "idType", p.id_value as "idValue", m.quantity, m.effect, m.absorbed,
       m.occurred_at as "occurredAt", m.recorded_at as "recordedAt", m.clock_skew as "clockSkew", m.reset_id as "resetId",
       s.acknowledged_at as "acknowledgedAt", m.said_at as "saidAt", m.reason
  from movement m
  join product p on p.id = m.product_id
  left join shipment s on s.facility_id = m.facility_id and s.event_id = m.event_id
 where m.facility_id = $1 and m.event_id = $2
 order by m.line

-- name: events_in_ledger
-- How much of each event is in the ledger already.
--   $1 text[]  outside ids of facilities
--   $2 text[]  event ids
--   $3 text[]  content digests, 32 hex digits
-- One row an event, in their order: ord bigint (from 1), same int (lines there with this content, or 1 for an
-- acknowledgement that is there), other int (with another content). Locks: none.
select i.ord, count(k.content) filter (where k.content = i.content)::int as same,
       count(k.content) filter (where k.content <> i.content)::int as other
  from unnest($1::text[], $2::text[], $3::text[]) with ordinality as i (facility_id, event_id, content, ord)
  left join facility f on f.facility_id = i.facility_id
  left join lateral (
    -- In the order of the key, so that the key is what they are sought by.
    (select encode(m.content, 'hex') as content
       from movement m
      where m.facility_id = coalesce(f.merged_into, f.id) and m.event_id = i.event_id
      order by m.line)
     union all
    select encode(a.content, 'hex')
      from shipment_acknowledgement a
     where a.facility_id = coalesce(f.merged_into, f.id) and a.event_id = i.event_id
     union all
    (select encode(e.content, 'hex')
       from archived_event e, unnest(e.lines)
      where f.archived_until is not null and e.facility_id = f.id and e.key = substring(sha256(convert_to(i.event_id, 'UTF8')) for 16))
  ) k on true
 group by i.ord
 order by i.ord

-- name: resets_in_ledger
-- How many facilities of each reset have been applied; of a single facility of it, whether that one has.
--   $1 uuid[]  resets
--   $2 text[]  outside ids of facilities, null for the whole reset
-- One row each, in their order: ord bigint (from 1), facilities int, applied int. Locks: none.
select i.ord, count(r.reset_id)::int as facilities, count(r.reset_id) filter (where r.state = 'applied')::int as applied
  from unnest($1::uuid[], $2::text[]) with ordinality as i (reset_id, facility_id, ord)
  left join facility f on f.facility_id = i.facility_id
  left join facility_reset r on r.reset_id = i.reset_id and (i.facility_id is null or r.facility_id = f.id)
 group by i.ord
 order by i.ord

-- name: accepted_event_state
-- Says whether an event stands in the inbox (ACCEPT_INTO=inbox).
--   $1 text  the facility's outside id
--   $2 text  the event's id
-- One row, none when it does not: "rejectedCode" text (null while it is still to be applied). Locks: none.
select rejected_code as "rejectedCode"
  from accepted_event
 where facility_id = $1::text and event_id = $2::text
 order by rejected_code nulls first
 limit 1

-- name: read_acknowledgement
-- What an event acknowledges, when it is a shipment-acknowledged.
--   $1 int   facility.id
--   $2 text  event id
-- One row or none: shipmentEventId text, occurredAt, recordedAt timestamptz, clockSkew boolean. Locks: none.
select shipment_event_id as "shipmentEventId", occurred_at as "occurredAt", recorded_at as "recordedAt", clock_skew as "clockSkew"
  from shipment_acknowledgement
 where facility_id = $1 and event_id = $2

-- name: list_twin_events
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
