-- Lines of Prism documents, known over all facilities: which facility owns one, and whether a document is the one that is booked.

-- name: claim_document_lines
-- Makes each line the one facility's that it is booked at first, before it is booked (R2). All lines of an event become its
-- facility's, or none: none of an event that has a line of another facility, or whose id is in the ledger with other content.
--   $1 int[]   facility.id of each line
--   $2 text[]  event id
--   $3 int[]   line
--   $4 text[]  content digest of its event, 32 hex digits
--   $5 text[]  id type
--   $6 text[]  id value
-- One row a line that another facility owns and that is not booked here, or whose product has no stock by the catalogue, and one with
-- nulls when there is none: wanted int, claimed int (fewer: another transaction took one meanwhile, roll back and run again), facility
-- int, "eventId" text, line int, owner text (outside id of the other facility that has it), "leftOut" text (else: the product's kind; as
-- it was when the line was claimed). No (event, line) may stand in the call twice.
-- Locks: the keys of new lines, ascending; behind the facilities', before the movements'.
with input as (
  select t.*
    from unnest($1::int[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[])
         as t (facility_id, event_id, line, content, id_type, id_value)
), archived as (
  select e.facility_id, e.event_id, a.content, a.lines
    from (select distinct facility_id, event_id from input) e
    join facility f on f.id = e.facility_id and f.archived_until is not null
    join lateral (
      select a.content, a.lines from archived_event a
       where a.facility_id = e.facility_id and a.key = substring(sha256(convert_to(e.event_id, 'UTF8')) for 16)
       limit 1
    ) a on true
), owned as (
  select i.*, d.owner, coalesce(d.left_out, k.kind) as left_out
    from input i
    left join lateral (
      select d.facility_id as owner, d.left_out from document_line d where d.event_id = i.event_id and d.line = i.line limit 1
    ) d on true
    left join lateral (
      select k.kind
        from product_identification p
        join product_kind k on k.product_id = p.product_id
       where p.id_type = i.id_type and p.id_value = i.id_value and k.kind in ('package', 'gift-card', 'non-inventory')
         -- Asked once: most catalogues say nothing of the kind.
         and (select exists (select from product_kind))
       limit 1
    ) k on true
), moved as (
  select o.facility_id, o.event_id, o.line, o.owner
    from owned o
   where o.owner <> o.facility_id
     and not exists (select from movement m
                      where m.facility_id = o.facility_id and m.event_id = o.event_id and m.line = o.line)
     and not exists (select from archived a
                      where a.facility_id = o.facility_id and a.event_id = o.event_id and o.line = any (a.lines))
), reused as (
  select e.facility_id, e.event_id
    from (select distinct facility_id, event_id, content from input) e
   where exists (select from movement m
                  where m.facility_id = e.facility_id and m.event_id = e.event_id
                    and m.content <> decode(e.content, 'hex'))
      or exists (select from archived a
                  where a.facility_id = e.facility_id and a.event_id = e.event_id and a.content <> decode(e.content, 'hex'))
), wanted as (
  select o.event_id, o.line, o.facility_id, o.left_out
    from owned o
   where o.owner is null
     and (o.facility_id, o.event_id) not in (select facility_id, event_id from moved)
     and (o.facility_id, o.event_id) not in (select facility_id, event_id from reused)
), claimed as (
  insert into document_line (event_id, line, facility_id, left_out)
  select event_id, line, facility_id, left_out
    from wanted
   order by event_id, line
      on conflict (event_id, line) do nothing
  returning event_id
), told as (
  select facility_id, event_id, line, owner, null as left_out from moved
   union all
  select o.facility_id, o.event_id, o.line, null, o.left_out
    from owned o
   where o.left_out is not null
     and (o.facility_id, o.event_id) not in (select facility_id, event_id from moved)
     and not exists (select from movement m
                      where m.facility_id = o.facility_id and m.event_id = o.event_id and m.line = o.line)
     and not exists (select from archived a
                      where a.facility_id = o.facility_id and a.event_id = o.event_id and o.line = any (a.lines))
)
select (select count(*) from wanted)::int as wanted, (select count(*) from claimed)::int as claimed,
       t.facility_id as facility, t.event_id as "eventId", t.line, f.facility_id as owner, t.left_out as "leftOut"
  from (select) one
  left join told t on true
  left join facility f on f.id = t.owner
 order by t.event_id, t.line

-- name: left_out_lines
-- Lines of a document that were left out, because the catalogue says that their products have no stock.
--   $1 int   facility.id
--   $2 text  event id
-- One row a line, in order: line int, kind text. Locks: none.
select line, left_out as kind
  from document_line
 where event_id = $2 and facility_id = $1 and left_out is not null
 order by line

-- name: booked_documents
-- What the ledger and its archive have of documents that were sent again with another content digest.
--   $1 int[]      facility.id of each line
--   $2 text[]     event id
--   $3 int[]      line
--   $4 text[]     id type
--   $5 text[]     id value
--   $6 numeric[]  signed quantity
-- One row an event that is there: facility int, "eventId" text, content text (32 hex digits), "occurredAt" timestamptz, "isSame"
-- boolean (the lines there are those sent: as many, of the same products, by as much; lines of unknown products aside). Locks: none.
with input as (
  select t.*, p.product_id
    from unnest($1::int[], $2::text[], $3::int[], $4::text[], $5::text[], $6::numeric[])
         as t (facility_id, event_id, line, id_type, id_value, quantity)
    left join lateral (
      select p.product_id from product_identification p where p.id_type = t.id_type and p.id_value = t.id_value limit 1
    ) p on true
), sent as (
  select facility_id, event_id, coalesce(bit_xor(document_digest(line, product_id, quantity)) filter (where product_id is not null), 0) as document
    from input
   group by facility_id, event_id
)
select e.facility_id as facility, e.event_id as "eventId", encode(coalesce(a.content, m.content), 'hex') as content,
       least(a.booked_at, m.occurred_at) as "occurredAt", coalesce(a.document, 0) # coalesce(m.document, 0) = e.document as "isSame"
  from sent e
  left join lateral (
    select a.content, a.lines, a.document, a.booked_at
      from archived_event a
      join facility f on f.id = a.facility_id and f.archived_until is not null
     where a.facility_id = e.facility_id and a.key = substring(sha256(convert_to(e.event_id, 'UTF8')) for 16)
     limit 1
  ) a on true
 cross join lateral (
    select (array_agg(k.content))[1] as content, min(coalesce(k.said_at, k.occurred_at)) as occurred_at,
           bit_xor(document_digest(k.line, k.product_id, k.quantity)) filter (where k.line <> all (coalesce(a.lines, '{}'))) as document
      from (select * from movement m where m.facility_id = e.facility_id and m.event_id = e.event_id order by m.line) k
  ) m
 where a.content is not null or m.content is not null
