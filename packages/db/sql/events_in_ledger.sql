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
