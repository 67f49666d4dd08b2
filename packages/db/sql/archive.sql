-- The archive of the ledger: old movements in files, an opening row for each level in their place.

-- name: next_ledger_month
-- The first month, from a time on, of which the ledger has anything of a facility.
--   $1 int          facility.id
--   $2 timestamptz  from this time on, null for all
--   $3 timestamptz  until this time, itself not included
-- One row: start, "end" timestamptz (of the month, in UTC; null when there is none). Locks: none.
select month at time zone 'UTC' as start, (month + interval '1 month') at time zone 'UTC' as "end"
  from (select date_trunc('month', min(occurred_at) at time zone 'UTC') as month
          from movement
         where facility_id = $1::int and occurred_at >= coalesce($2::timestamptz, '-infinity') and occurred_at < $3::timestamptz) m

-- name: archivable_movements
-- The next movements of a facility that may go to a file, of one month. The facility's lock was taken exclusively.
--   $1 int          facility.id
--   $2 timestamptz  what happened or was recorded at or after this time stays
--   $3 int          rows at most
--   $4 timestamptz  the month's first moment
--   $5 timestamptz  the next month's
-- One row a movement, in the order of recording: "eventId" text, line int, "countsAt" timestamptz (when it happened; of a shipment when it
-- was acknowledged), record text (the whole row as JSON). Locks: none.
-- What a count, a revert, an acknowledgement, a merge or a sweep may still ask for stays: all of a level that has not been counted twice, what
-- counts after the count before the one in force, what the latest two counts wrote or absorbed, shipments without acknowledgement, what
-- has to do with names that are one, and events that are still being confirmed.
with due as (
  select m.event_id, m.line, m.seq, t.counts_at, m as record
    from facility f
    join movement m on m.facility_id = f.id and m.occurred_at >= $4::timestamptz and m.occurred_at < $5::timestamptz
    join level_in_force l on l.facility_id = m.facility_id and l.product_id = m.product_id
    join product p on p.id = m.product_id
    left join shipment s on m.type = 'shipment' and s.facility_id = m.facility_id and s.event_id = m.event_id,
         lateral (select case when m.type = 'shipment' then greatest(m.occurred_at, s.acknowledged_at) else m.occurred_at end as counts_at) t
   where f.id = $1::int and f.merged_into is null and p.merged_into is null
     and not exists (select from facility o where o.merged_into = f.id)
     and not exists (select from product o where o.merged_into = p.id)
     and m.type not in ('opening', 'merge') and m.merge_id is null and m.recorded_at < $2::timestamptz
     and l.prior_as_of is not null and t.counts_at < least($2, l.prior_as_of)
     and (m.type <> 'shipment' or s.acknowledged_at is not null)
     and coalesce(m.reset_id not in (l.reset_id, l.prior_reset_id), true)
     and m.event_id not like 'clock-%'
     and not exists (select from merged_line g where g.facility_id = m.facility_id and g.event_id = m.event_id and g.line = m.line)
     and not exists (select from accepted_event a where a.facility_id = f.facility_id and a.event_id = m.event_id)
   order by m.seq
   limit $3::int
)
select event_id as "eventId", line, counts_at as "countsAt", to_json(record)::text as record
  from due
 order by seq

-- name: next_archive_part
-- The number of the next file of a facility and month.
--   $1 int   facility.id
--   $2 text  month
-- One row: part int. Locks: none.
select coalesce(max(part), 0) + 1 as part from ledger_archive where facility_id = $1::int and month = $2::text

-- name: take_archived
-- Takes movements that are in a file out of the ledger, keeps their keys, and takes the opening rows of their levels, which
-- raise_openings writes anew in the same transaction. The facility's lock was taken exclusively.
--   $1 int     facility.id
--   $2 text[]  event ids
--   $3 int[]   lines
-- One row a product: product int, taken int (movements), effect numeric (of all that was taken), seq bigint, "occurredAt", "recordedAt" timestamptz
-- (the latest of them). Locks: movement keys, archived events.
with gone as (
  delete from movement m
   using unnest($2::text[], $3::int[]) as k (event_id, line)
   where m.facility_id = $1::int and m.event_id = k.event_id and m.line = k.line
  returning m.event_id, m.line, m.product_id, m.type, m.content, m.quantity, m.effect, m.seq, m.occurred_at, m.said_at, m.recorded_at, m.reason
), opened as (
  delete from movement m
   where m.facility_id = $1 and m.event_id = 'archive-opening' and m.line in (select product_id from gone)
  returning m.product_id, m.effect, m.seq, m.occurred_at, m.recorded_at
), keyed as (
  insert into archived_event as a (facility_id, key, content, lines, document, booked_at)
  select $1, g.key, (array_agg(g.content))[1], array_agg(g.line),
         bit_xor(document_digest(g.line, g.product_id, g.quantity)) filter (where g.reason = 'PRISM_DOCUMENT'),
         min(coalesce(g.said_at, g.occurred_at)) filter (where g.reason = 'PRISM_DOCUMENT')
    from (select *, substring(sha256(convert_to(event_id, 'UTF8')) for 16) as key from gone where content <> '') g
    left join archived_event k on k.facility_id = $1 and k.key = g.key
      -- One that was put back is still known, until all of the facility is back.
   where g.line <> all (coalesce(k.lines, '{}'))
   group by g.key
      on conflict (facility_id, key) do update
     set lines = a.lines || excluded.lines, document = a.document # excluded.document
)
select product_id as product, (count(*) filter (where not is_opening))::int as taken, sum(effect) as effect, max(seq) as seq,
       max(occurred_at) as "occurredAt", max(recorded_at) as "recordedAt"
  from (select product_id, effect, seq, occurred_at, recorded_at, false as is_opening from gone
         union all
        select product_id, effect, seq, occurred_at, recorded_at, true from opened) t
 group by product_id

-- name: raise_openings
-- Writes the opening rows of levels, whose former ones were taken by an earlier statement of this transaction.
--   $1 int            facility.id
--   $2 int[]          product.id
--   $3 numeric[]      effect
--   $4 bigint[]       seq
--   $5 timestamptz[]  occurred at
--   $6 timestamptz[]  recorded at
-- No rows. Locks: movement keys.
insert into movement (facility_id, event_id, line, product_id, seq, type, quantity, effect, occurred_at, recorded_at, content, reason)
select $1::int, 'archive-opening', product_id, product_id, seq, 'opening', effect, effect, occurred_at, recorded_at, ''::bytea, 'archived'
  from unnest($2::int[], $3::numeric[], $4::bigint[], $5::timestamptz[], $6::timestamptz[])
       as t (product_id, effect, seq, occurred_at, recorded_at)
 order by product_id

-- name: record_archive
-- Notes a file whose movements this transaction has taken out of the ledger.
--   $1 int          facility.id
--   $2 text         month
--   $3 int          part
--   $4 text         file, below the archive's folder
--   $5 text         SHA-256 of the file, hex
--   $6 int          rows
--   $7 numeric      sum of their effects
--   $8 timestamptz  the latest of when they count: a count older than this is stale
-- No rows. Locks: the facility's row.
with noted as (
  insert into ledger_archive (facility_id, month, part, file, sha256, rows, effect)
  values ($1::int, $2::text, $3::int, $4::text, $5::text, $6::int, $7::numeric)
)
update facility set archived_until = greatest(archived_until, $8::timestamptz) where id = $1

-- name: list_archives
-- Lists the files whose movements are not in the ledger, newest first, as a restore takes them.
--   $1 int  facility.id, null for all
-- One row a file: facility int, "facilityId", month text, part int, file, sha256 text, rows int, effect numeric. Locks: none.
select a.facility_id as facility, f.facility_id as "facilityId", a.month, a.part, a.file, a.sha256, a.rows, a.effect
  from ledger_archive a
  join facility f on f.id = a.facility_id
 where a.restored_at is null and ($1::int is null or a.facility_id = $1)
 order by a.facility_id, a.archived_at desc, a.month desc, a.part desc

-- name: put_back
-- Puts the movements of a file back as they were, and marks the file restored. The facility's lock was taken exclusively.
--   $1 int    facility.id
--   $2 text   month
--   $3 int    part
--   $4 jsonb  the rows
-- One row a product when the file had not been restored meanwhile: product int, effect numeric (the opening row's without it), seq bigint,
-- "occurredAt", "recordedAt" timestamptz (of the opening row), put int (rows put back, of all products). Locks: the file's row, movement keys.
with marked as (
  update ledger_archive set restored_at = clock_timestamp()
   where facility_id = $1::int and month = $2::text and part = $3::int and restored_at is null
  returning facility_id
), back as (
  insert into movement
  select r.* from marked, jsonb_populate_recordset(null::movement, $4::jsonb) r
  returning product_id, effect
), summed as (
  select product_id, sum(effect) as effect, count(*) as put from back group by product_id
), opened as (
  delete from movement m
   using summed s
   where m.facility_id = $1 and m.event_id = 'archive-opening' and m.line = s.product_id
  returning m.product_id, m.effect - s.effect as effect, m.seq, m.occurred_at, m.recorded_at
)
select product_id as product, effect, seq, occurred_at as "occurredAt", recorded_at as "recordedAt",
       (select sum(put) from summed)::int as put
  from opened

-- name: end_archive
-- Ends the archive of a facility that has all of its movements again. Its lock was taken exclusively.
--   $1 int  facility.id
-- One row when it ended: unequal int (opening rows that were not 0: the caller rolls back). Locks: the facility's row, movement keys.
with ended as (
  update facility set archived_until = null
   where id = $1::int and not exists (select from ledger_archive where facility_id = $1 and restored_at is null)
  returning id
), forgotten as (
  delete from archived_event using ended where facility_id = ended.id
), opened as (
  delete from movement m using ended where m.facility_id = ended.id and m.event_id = 'archive-opening' and m.type = 'opening'
  returning m.effect
)
select (select count(*) from opened where effect <> 0)::int as unequal from ended

-- name: archived_lines
-- What of events is archived. Asked only for facilities that have an archive.
--   $1 int[]   facility.id
--   $2 text[]  event ids
-- One row an event that is: ord bigint (from 1), content text (32 hex digits), lines int[]. Locks: none.
select i.ord, encode(a.content, 'hex') as content, a.lines
  from unnest($1::int[], $2::text[]) with ordinality as i (facility_id, event_id, ord)
  join lateral (
    select e.content, e.lines from archived_event e
     where e.facility_id = i.facility_id and e.key = substring(sha256(convert_to(i.event_id, 'UTF8')) for 16)
     limit 1
  ) a on true

-- name: has_archive
-- Whether a name has movements in an archive: then it is made one with no other.
--   $1 text   facility or product
--   $2 int[]  facility.id or product.id
-- One row: found boolean. Locks: none.
select exists (select from facility f
                where f.archived_until is not null
                  and case $1::text when 'facility' then f.id = any ($2::int[])
                           else exists (select from unnest($2) as p (id)
                                          join movement m on m.facility_id = f.id and m.event_id = 'archive-opening' and m.line = p.id)
                       end) as found

-- name: archiving_facilities
-- Lists the facilities that may have something to archive.
-- One row each: id int, "facilityId" text. Locks: none.
select id, facility_id as "facilityId" from facility where merged_into is null order by id
