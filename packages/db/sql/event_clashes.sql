-- Compares events with what the ledger has under their ids. What they change is compared product by product, whatever order and whatever
-- ids of a product they have.
--   $1 jsonb  an array of events: facilityId, eventId, type, lines (idType, idValue, quantity), ownId (an id under which it may be booked),
--             content (its digest, 32 hex digits)
-- One row an event, in their order: ord int (from 1), type text (null: the ledger has no movement of it), occurredAt, recordedAt
-- timestamptz, clockSkew boolean, lines jsonb (idType, idValue, quantity as text; or null), isSameStock, isSameContent, isOwnBooked boolean
-- (the ledger has an event of that id). Locks: none.
select a.ord::int as ord, b.type, b.occurred_at as "occurredAt", b.recorded_at as "recordedAt", b.clock_skew as "clockSkew", b.lines,
       coalesce(b.type = a.event ->> 'type' and b.stock = s.stock, false) as "isSameStock",
       coalesce(b.content = a.event ->> 'content', false) as "isSameContent",
       exists (select from movement o where o.facility_id = f.id and o.event_id = a.event ->> 'ownId') as "isOwnBooked"
  from jsonb_array_elements($1::jsonb) with ordinality as a (event, ord)
  left join facility f on f.facility_id = a.event ->> 'facilityId'
  left join lateral (
    select min(l.type) as type, min(l.occurred_at) as occurred_at, min(l.recorded_at) as recorded_at, bool_or(l.clock_skew) as clock_skew,
           min(l.content) as content,
           jsonb_agg(jsonb_build_object('idType', l.id_type, 'idValue', l.id_value, 'quantity', trim_scale(l.quantity)::text)
                     order by l.line) as lines,
           (select jsonb_object_agg(t.product, t.quantity)
              from (select m.product_id::text as product, sum(m.quantity) as quantity
                      from movement m
                     where m.facility_id = f.id and m.event_id = a.event ->> 'eventId'
                     group by m.product_id) t) as stock
      from (select m.type, m.occurred_at, m.recorded_at, m.clock_skew, m.line, m.quantity, encode(m.content, 'hex') as content, p.id_type,
                   p.id_value
              from movement m
              join product p on p.id = m.product_id
             where m.facility_id = f.id and m.event_id = a.event ->> 'eventId') l) b on true
  left join lateral (
    select jsonb_object_agg(t.product, t.quantity) as stock
      from (select coalesce(i.product_id::text, l."idType" || ' ' || l."idValue") as product, sum(l.quantity) as quantity
              from jsonb_to_recordset(a.event -> 'lines') as l ("idType" text, "idValue" text, quantity numeric)
              left join product_identification i on i.id_type = l."idType" and i.id_value = l."idValue"
             group by 1) t) s on true
 order by a.ord
