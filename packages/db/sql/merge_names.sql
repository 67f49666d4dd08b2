-- Two names made one, and separated again: who is meant, what stands in the way, and where each name leads.

-- name: facility_side
-- Finds a facility that is to be made one with another.
--   $1 text  outside id
-- One row, none where there is no such facility: id int, "facilityId" text, "mergedInto" text (of the one that it is one with, or null).
-- Locks: none.
select f.id, f.facility_id as "facilityId", i.facility_id as "mergedInto"
  from facility f
  left join facility i on i.id = f.merged_into
 where f.facility_id = $1::text

-- name: product_side
-- Finds the product that an identification named first: of one that was merged itself, not the one that it reaches now.
--   $1 text  id type
--   $2 text  id value
-- One row, none where it reaches none: id int, "idType", "idValue" text (of its first identification), "mergedInto" text or null.
-- Locks: none.
select p.id, p.id_type as "idType", p.id_value as "idValue", i.id_type || ' ' || i.id_value as "mergedInto"
  from product_identification n
  join product p on p.id = coalesce(n.named_id, n.product_id)
  left join product i on i.id = p.merged_into
 where n.id_type = $1::text and n.id_value = $2::text

-- name: merge_obstacles
-- Says what stands in the way of making two names one: what is being read was looked up under the names as they were.
--   $1 text  facility or product
--   $2 int   facility.id or product.id of the name that shall lead to the other one
-- One row: "openFile" text (of a reset that has not ended, and may have it), "heldFile" text (of a held part that has it), or null; pending int (shipments
-- of the product that are not acknowledged). Locks: none.
select (select r.file
          from reset r
         where r.finished_at is null
           and (r.state = 'staging'
                or exists (select from facility_reset p
                            where p.reset_id = r.id and p.finished_at is null and ($1::text = 'product' or p.facility_id = $2::int)))
         order by r.created_at
         limit 1) as "openFile",
       case $1
         when 'facility'
         then (select r.file from facility_reset f join reset r on r.id = f.reset_id where f.facility_id = $2 and f.state = 'held' limit 1)
         else (select r.file from held_row h join reset r on r.id = h.reset_id where h.product_id = $2 limit 1)
       end as "heldFile",
       case when $1 = 'product' then (
         select count(*)::int
           from facility f
           join shipment s on s.facility_id = f.id and s.acknowledged_at is null
           join movement m on m.facility_id = s.facility_id and m.event_id = s.event_id and m.product_id = $2 and m.type = 'shipment')
         else 0 end as pending

-- name: facilities_of_products
-- Lists the facilities that have a level of one of two products.
--   $1 int[]  product.id of both
-- One row a facility, ascending: id int. Locks: none.
select f.id
  from facility f
 where f.merged_into is null
   and exists (select from level l where l.facility_id = f.id and l.product_id = any ($1::int[]))
 order by f.id

-- name: prepare_preview
-- Settings for a preview in the same transaction.
--   $1 text  enable_nestloop, on or off
--   $2 text  milliseconds that the statement after this one may take
-- One row, of no use. Locks: none.
select set_config('enable_nestloop', $1::text, true), set_config('statement_timeout', $2::text, true), set_config('jit', 'off', true)

-- name: lock_product_names
-- Waits until no batch of movements is under way, and keeps others from beginning: each has looked its products up.
-- One row, of no use. Locks: the names of products (exclusive), until the transaction ends.
select pg_advisory_xact_lock(7006, 0)

-- name: point_facility
-- Lets the id of a facility, and those that led to it, lead to another one. No count is expected to list it, and its silence is no alarm.
--   $1 int  facility.id that is merged
--   $2 int  facility.id into which
-- No rows. Locks: the rows written.
update facility
   set merged_into = $2::int, retired_at = coalesce(retired_at, clock_timestamp())
 where id = $1::int or merged_into = $1

-- name: point_product
-- Lets the identifications of a product lead to another one, and keeps whose they were.
--   $1 int  product.id that is merged
--   $2 int  product.id into which
-- No rows. Locks: the rows written.
with pointed as (
  update product set merged_into = $2::int where id = $1::int or merged_into = $1
)
update product_identification
   set product_id = $2, named_id = coalesce(named_id, product_id)
 where product_id = $1

-- name: unpoint_facility
-- Gives a facility, and those that led to it, their ids back.
--   $1 int          facility.id that had been merged
--   $2 int[]        that and those that had been merged into it before
--   $3 timestamptz  since when it had been retired, null when it was not
-- No rows. Locks: the rows written.
update facility
   set merged_into = case when id <> $1::int then $1 end, retired_at = case when id = $1 then $3::timestamptz else retired_at end
 where id = any ($2::int[])

-- name: unpoint_product
-- Gives a product its identifications back, those of products merged into it before among them.
--   $1 int    product.id that had been merged
--   $2 int[]  that and those that had been merged into it before
--   $3 int    product.id into which
-- No rows. Locks: the rows written.
with unpointed as (
  update product set merged_into = case when id <> $1::int then $1 end where id = any ($2::int[])
)
update product_identification
   set product_id = $1, named_id = nullif(named_id, $1)
 where product_id = $3::int and named_id = any ($2)

-- name: record_merge
-- Notes that two names are one.
--   $1 uuid   merge id
--   $2 text   facility or product
--   $3 int    facility.id or product.id that is merged
--   $4 int    into which
--   $5 text   reason
--   $6 text   who
--   $7 jsonb  what it changed
-- No rows. Locks: the row's key.
insert into name_merge (id, kind, from_id, into_id, reason, who, figures, retired_at)
values ($1::uuid, $2::text, $3::int, $4::int, $5::text, $6::text, $7::jsonb,
        case when $2 = 'facility' then (select retired_at from facility where id = $3) end)

-- name: record_unmerge
-- Notes that two names that were one are two again.
--   $1 uuid  merge id
--   $2 text  who
--   $3 text  reason
-- One row where it was in force: id uuid. Locks: the row.
update name_merge
   set undone_at = clock_timestamp(), undone_by = $2::text, undone_because = $3::text
 where id = $1::uuid and undone_at is null
returning id

-- name: read_merge
-- One merge with all that an undoing needs.
--   $1 uuid  merge id
-- One row, or none: id uuid, kind text, "fromId", "intoId" int, "retiredAt", "undoneAt" timestamptz or null, "intoMerged" bool (what it was
-- merged into has been merged itself since), "laterKind" bool (names of the other kind were made one since and still are), shipments bool (shipments
-- or their acknowledgements came along), members int[] (what was merged, and what had been merged into that before). Locks: none.
with recursive chosen as (
  select * from name_merge where id = $1::uuid
), members as (
  select c.kind, c.from_id as id from chosen c
   union
  select m.kind, n.from_id
    from members m
    join name_merge n on n.kind = m.kind and n.into_id = m.id and n.undone_at is null
)
select c.id, c.kind, c.from_id as "fromId", c.into_id as "intoId", c.retired_at as "retiredAt", c.undone_at as "undoneAt",
       exists (select from name_merge n where n.kind = c.kind and n.from_id = c.into_id and n.undone_at is null) as "intoMerged",
       exists (select from name_merge n where n.kind <> c.kind and n.merged_at > c.merged_at and n.undone_at is null) as "laterKind",
       case c.kind
         when 'facility'
         then exists (select from shipment s where s.facility_id = any ((select array_agg(id) from members)::int[]))
           or exists (select from shipment_acknowledgement a where a.facility_id = any ((select array_agg(id) from members)::int[]))
         else false
       end
         or exists (select from merged_line n
                     where n.kind = c.kind and n.named_id in (select id from members) and not n.given_back
                       and (n.line = 0 or exists (select from movement m
                                                   where m.facility_id = n.facility_id and m.event_id = n.event_id and m.line = n.line
                                                     and m.type = 'shipment'))) as shipments,
       (select array_agg(id order by id) from members) as members
  from chosen c

-- name: list_merges
-- Lists the names that were made one, the newest first.
--   $1 text         facility or product, null for both
--   $2 timestamptz  the time before which to begin, null for the newest
--   $3 int          rows at most
--   $4 int          facility.id or product.id that they have to do with, null for all; then $1 is not null
-- One row a merge: id uuid, kind text; "fromFacility", "intoFacility", "fromType", "fromValue", "intoType", "intoValue" text, those of its kind,
-- else null; reason, who text, figures jsonb, "mergedAt" timestamptz; "undoneAt" timestamptz, "undoneBy", "undoneBecause" text or null.
-- Locks: none.
select n.id, n.kind, f.facility_id as "fromFacility", g.facility_id as "intoFacility", p.id_type as "fromType", p.id_value as "fromValue",
       q.id_type as "intoType", q.id_value as "intoValue", n.reason, n.who, n.figures, n.merged_at as "mergedAt", n.undone_at as "undoneAt",
       n.undone_by as "undoneBy", n.undone_because as "undoneBecause"
  from name_merge n
  left join facility f on n.kind = 'facility' and f.id = n.from_id
  left join facility g on n.kind = 'facility' and g.id = n.into_id
  left join product p on n.kind = 'product' and p.id = n.from_id
  left join product q on n.kind = 'product' and q.id = n.into_id
 where ($1::text is null or n.kind = $1) and ($2::timestamptz is null or n.merged_at < $2)
   and ($4::int is null or $4 in (n.from_id, n.into_id))
 order by n.merged_at desc, n.id
 limit $3::int

-- name: note_merged_lines
-- Notes the lines of a batch that named a facility or a product that is merged, so that an undoing can give them back.
--   $1 int[]   facility.id under which each line counts
--   $2 int[]   facility.id that it named
--   $3 text[]  event id
--   $4 int[]   line; 0 is an acknowledgement
--   $5 text[]  id type
--   $6 text[]  id value
-- One row: stale int (lines of which the facility was merged otherwise meanwhile: roll back and run again). Locks: the rows written.
with input as (
  select *
    from unnest($1::int[], $2::int[], $3::text[], $4::int[], $5::text[], $6::text[]) as t (facility_id, named_id, event_id, line, id_type, id_value)
), of_stores as (
  insert into merged_line (kind, facility_id, event_id, line, named_id)
  select 'facility', facility_id, event_id, line, named_id
    from input
   where named_id <> facility_id
   order by facility_id, event_id, line
      on conflict do nothing
), of_products as (
  insert into merged_line (kind, facility_id, event_id, line, named_id)
  select 'product', i.facility_id, i.event_id, i.line, p.named_id
    from input i
    join product_identification p using (id_type, id_value)
   where p.named_id is not null
   order by i.facility_id, i.event_id, i.line
      on conflict do nothing
)
select count(*)::int as stale
  from input i
  join facility f on f.id = i.named_id
 where i.named_id <> i.facility_id and f.merged_into is distinct from i.facility_id

-- name: count_merged
-- Says how many of facilities or products are merged.
--   $1 text   facility or product
--   $2 int[]  facility.id or product.id of each
-- One row: merged int. Locks: none.
select case $1::text
         when 'facility' then (select count(*)::int from facility where id = any ($2::int[]) and merged_into is not null)
         else (select count(*)::int from product where id = any ($2) and merged_into is not null)
       end as merged
