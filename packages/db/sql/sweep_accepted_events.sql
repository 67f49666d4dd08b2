-- Looks after accepted events that are due: those that the ledger has are done and go, those whose id the ledger has with
-- other content, or a document's lines at another facility, are rejected and stay on record, and the others are returned, to be
-- queued again. Of a Prism document the lines are what is compared: its time may be written later.
--   $1 int      how many to look at
--   $2 boolean  UNKNOWN_PRODUCT=skip: lines of unknown products are done
-- One row an event to be queued again: payload jsonb, client text, due bigint (how many were looked at); one row with
-- nulls when there is none. They come back later and later, at most an hour apart.
-- Locks: the rows looked at; what another worker is looking at is passed over.
with due as (
  select *
    from accepted_event
   where sweep_at <= clock_timestamp()
   order by sweep_at
   limit $1::int
     for update skip locked
), archived as (
  select d.id, a.lines,
         a.content = d.content
           or d.payload ->> 'reason' = 'PRISM_DOCUMENT'
              and a.document = (select bit_xor(document_digest((l.line ->> 'line')::int, p.product_id, (l.line ->> 'quantity')::numeric))
                                  from jsonb_array_elements(d.payload -> 'lines') as l (line)
                                  join product_identification p on p.id_type = l.line ->> 'idType' and p.id_value = l.line ->> 'idValue'
                                 where (l.line ->> 'line')::int = any (a.lines)) as is_same
    from due d
    join facility f on f.facility_id = d.facility_id and f.archived_until is not null
    join archived_event a on a.facility_id = f.id and a.key = substring(sha256(convert_to(d.event_id, 'UTF8')) for 16)
), judged as (
  select d.id,
         exists (select from movement m join facility f on m.facility_id = coalesce(f.merged_into, f.id)
                  where f.facility_id = d.facility_id and m.event_id = d.event_id and m.content <> d.content
                    and not (d.payload ->> 'reason' = 'PRISM_DOCUMENT'
                             and exists (select from jsonb_array_elements(d.payload -> 'lines') as l (line)
                                          where (l.line ->> 'line')::int = m.line
                                            and (l.line ->> 'quantity')::numeric = m.quantity)))
           or exists (select from shipment_acknowledgement a join facility f on a.facility_id = coalesce(f.merged_into, f.id)
                       where f.facility_id = d.facility_id and a.event_id = d.event_id and a.content <> d.content)
           or exists (select from archived a where a.id = d.id and a.is_same is not true)
           as is_reused,
         case when d.payload ->> 'type' = 'shipment-acknowledged'
              then exists (select from shipment_acknowledgement a join facility f on a.facility_id = coalesce(f.merged_into, f.id)
                            where f.facility_id = d.facility_id and a.event_id = d.event_id and a.content = d.content)
              else not exists (
                select from jsonb_array_elements(d.payload -> 'lines') as l (line)
                 where not exists (select from movement m join facility f on m.facility_id = coalesce(f.merged_into, f.id)
                                    where f.facility_id = d.facility_id and m.event_id = d.event_id
                                      and m.line = (l.line ->> 'line')::int
                                      and (m.content = d.content
                                           or (d.payload ->> 'reason' = 'PRISM_DOCUMENT'
                                               and m.quantity = (l.line ->> 'quantity')::numeric)))
                   and not exists (select from archived a
                                    where a.id = d.id and a.is_same and (l.line ->> 'line')::int = any (a.lines))
                   and not exists (select from document_line o join facility f on o.facility_id = coalesce(f.merged_into, f.id)
                                    where o.event_id = d.event_id and o.line = (l.line ->> 'line')::int
                                      and o.left_out is not null and f.facility_id = d.facility_id
                                      and d.payload ->> 'reason' = 'PRISM_DOCUMENT')
                   and not ($2 and not exists (select from product_identification p
                                                where p.id_type = l.line ->> 'idType'
                                                  and p.id_value = l.line ->> 'idValue')))
          end as is_done,
         d.payload ->> 'reason' = 'PRISM_DOCUMENT'
           and exists (select from jsonb_array_elements(d.payload -> 'lines') as l (line)
                         join document_line o on o.event_id = d.event_id and o.line = (l.line ->> 'line')::int
                         join facility f on o.facility_id = coalesce(f.merged_into, f.id)
                        where f.facility_id <> d.facility_id) as is_moved
    from due d
), done as (
  delete from accepted_event a using judged j where a.id = j.id and j.is_done
), rejected as (
  update accepted_event a
     set sweep_at = null, rejected_code = case when j.is_reused then 'EVENT_ID_REUSED' else 'DOCUMENT_MOVED' end
    from judged j
   where a.id = j.id and (j.is_reused or j.is_moved) and not j.is_done
), again as (
  update accepted_event a
     set sweeps = a.sweeps + 1,
         sweep_at = clock_timestamp() + least(interval '10 seconds' * power(2, least(a.sweeps, 12)), interval '1 hour')
    from judged j
   where a.id = j.id and not j.is_done and not j.is_reused and j.is_moved is not true
  returning a.payload, a.client
)
select a.payload, a.client, d.due
  from (select count(*) as due from due) d
  left join again a on true
