-- What is found by a text: products, facilities, events and resets.

-- name: find_facilities
-- Facilities by a part of their outside id or their name, the closest first: equal, id beginning with the text, containing it.
--   $1 text  what to look for, in lower case
--   $2 int   rows at most
-- One row a facility: facilityId text, name text or null, isExact boolean. Locks: none.
select facility_id as "facilityId", name, $1 in (lower(facility_id), coalesce(lower(name), '')) as "isExact"
  from facility
 where strpos(lower(facility_id), $1) > 0 or strpos(lower(name), $1) > 0
 order by $1 not in (lower(facility_id), coalesce(lower(name), '')), not starts_with(lower(facility_id), $1), facility_id
 limit $2::int

-- name: find_events
-- Events by their whole id, which several facilities may have used: one seek by key at each facility.
--   $1 text  the event id, as its source wrote it
--   $2 int   rows at most
-- One row an event: facilityId, eventId, type text, occurredAt timestamptz. Locks: none.
select f.facility_id as "facilityId", $1 as "eventId", e.type, e.occurred_at as "occurredAt"
  from facility f
 cross join lateral (
   (select 'shipment-acknowledged' as type, occurred_at from shipment_acknowledgement where facility_id = f.id and event_id = $1)
    union all
   (select type, occurred_at from movement where facility_id = f.id and event_id = $1 order by line limit 1)
    limit 1
 ) e
 where e.type not in ('correction', 'revert', 'merge')
 order by f.facility_id
 limit $2::int

-- name: find_resets
-- Resets by a part of their file's name or the beginning of their id, newest first.
--   $1 text  what to look for, in lower case
--   $2 int   rows at most
-- One row a reset: id uuid, file, state text, preview boolean, createdAt timestamptz. Locks: none.
select id, file, state, preview, created_at as "createdAt"
  from reset
 where strpos(lower(file), $1) > 0 or starts_with(id::text, $1)
 order by created_at desc, id desc
 limit $2::int

-- name: find_products
-- Finds products by any of their identifications, the closest first: equal, beginning with the text, containing it.
--   $1 text  what to look for, in lower case
--   $2 int   rows at most
-- One row a product: product int, idType, idValue text (its first name), matched text (the name that matched, as
-- "UPCA 0123"), isExact boolean. Locks: none.
select distinct on (rank, p.id_value, p.id_type, p.id)
       p.id as product, p.id_type as "idType", p.id_value as "idValue", i.id_type || ' ' || i.id_value as matched,
       k.rank = 0 as "isExact"
  from product_identification i
  join product p on p.id = i.product_id,
       lateral (select case when lower(i.id_value) = $1 then 0 when starts_with(lower(i.id_value), $1) then 1 else 2 end as rank) k
 where strpos(lower(i.id_value), $1) > 0
 order by rank, p.id_value, p.id_type, p.id, i.id_type = p.id_type and i.id_value = p.id_value desc
 limit $2::int
