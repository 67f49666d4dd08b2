-- Levels as people look at them: listed and sought, one by itself, how it came to be, and what counts corrected of it.

-- name: list_levels
-- Lists the levels of one facility in the order of product.id.
--   $1 int  facility.id
--   $2 int  product.id after which to begin, 0 for the first
--   $3 int  rows at most
-- One row a level: product int, idType, idValue text, onHand numeric, asOf (or null), updatedAt timestamptz. Locks: none.
select l.product_id as product, p.id_type as "idType", p.id_value as "idValue", l.on_hand as "onHand", l.as_of as "asOf",
       l.updated_at as "updatedAt"
  from level_in_force l
  join product p on p.id = l.product_id
 where l.facility_id = $1 and l.product_id > $2 and p.merged_into is null
 order by l.product_id
 limit $3::int

-- name: levels_of_product
-- Lists where one product stands: its levels at all facilities, in the order of their outside ids.
--   $1 int  product.id
--   $2 int  rows at most
-- One row a facility that has had it: facilityId text, onHand numeric, asOf (or null), updatedAt timestamptz, and of
-- all facilities together facilities int, units numeric. Locks: none.
select f.facility_id as "facilityId", l.on_hand as "onHand", l.as_of as "asOf", l.updated_at as "updatedAt",
       (count(*) over ())::int as facilities, sum(l.on_hand) over () as units
  from facility f
  join level_in_force l on l.facility_id = f.id and l.product_id = $1
 order by f.facility_id
 limit $2::int

-- name: search_levels
-- Searches the levels of one facility by any of a product's identifications, the closest first: equal, beginning with the
-- text, containing it. Without a text all levels, in the order of their products' names.
--   $1 int   facility.id
--   $2 text  what to look for in lower case, '' for everything
--   $3 text  which levels: all, negative (on hand below zero), uncounted (no snapshot has counted it)
--   $4 int   rows to skip
--   $5 int   rows at most
-- One row a level: idType, idValue text (the product's first name), matched text (the name that matched, as "UPCA 0123",
-- null when it is that first name or nothing is looked for), onHand numeric, asOf (or null), updatedAt timestamptz.
-- Locks: none.
with found as (
  select i.product_id, min(case when lower(i.id_value) = $2 then 0 when starts_with(lower(i.id_value), $2) then 1 else 2 end) as rank
    from product_identification i
   where $2 <> '' and strpos(lower(i.id_value), $2) > 0
   group by i.product_id
), shown as (
  select l.product_id, p.id_type, p.id_value, coalesce(n.rank, 0) as rank, l.on_hand, l.as_of, l.updated_at
    from level_in_force l
    join product p on p.id = l.product_id
    left join found n on n.product_id = l.product_id
   where l.facility_id = $1 and ($2 = '' or n.product_id is not null) and p.merged_into is null
     and case $3 when 'negative' then l.on_hand < 0 when 'uncounted' then l.as_of is null else true end
   order by rank, p.id_value, p.id_type, l.product_id
  offset $4::int
   limit $5::int
)
select s.id_type as "idType", s.id_value as "idValue", s.on_hand as "onHand", s.as_of as "asOf", s.updated_at as "updatedAt",
       case when $2 <> '' and strpos(lower(s.id_value), $2) = 0
            then (select i.id_type || ' ' || i.id_value
                    from product_identification i
                   where i.product_id = s.product_id and strpos(lower(i.id_value), $2) > 0
                   order by i.id_type, i.id_value
                   limit 1)
        end as matched
  from shown s
 order by s.rank, s.id_value, s.id_type, s.product_id

-- name: read_level
-- One level, now or as the ledger knew it at a time: the sum of the effects that had been recorded by then.
--   $1 int          facility.id
--   $2 int          product.id
--   $3 timestamptz  the time, null for now
-- One row when the product was ever stocked there: onHand numeric; asOf, updatedAt timestamptz, null when there was nothing
-- yet. At a time, asOf is known for the latest two resets of a level and null before them;
-- "archivedIn" text: the file with what was recorded until then, where that is archived, else null. Locks: none.
select case when $3 is null then l.on_hand else coalesce(m.effect, 0) end as "onHand",
       case when $3 is null or latest.finished_at <= $3 then l.as_of
            when earlier.finished_at <= $3 then l.prior_as_of
        end as "asOf",
       case when $3 is null then l.updated_at else m.recorded_at end as "updatedAt",
       case when $3 is not null and exists (select from movement o
                                             where o.facility_id = l.facility_id and o.event_id = 'archive-opening'
                                               and o.line = l.product_id and o.recorded_at > $3)
            then (select a.file from ledger_archive a
                   where a.facility_id = l.facility_id and a.restored_at is null
                   order by a.month > to_char($3 at time zone 'UTC', 'YYYY-MM'), abs(left(a.month, 4)::int * 12 + right(a.month, 2)::int
                            - extract(year from $3 at time zone 'UTC') * 12 - extract(month from $3 at time zone 'UTC')), a.part
                   limit 1)
        end as "archivedIn"
  from level_in_force l
 cross join lateral (
    select sum(effect) as effect, max(recorded_at) as recorded_at
      from movement
     where facility_id = l.facility_id and product_id = l.product_id and recorded_at <= $3::timestamptz
 ) m
  left join facility_reset latest on latest.reset_id = l.reset_id and latest.facility_id = l.facility_id
  left join facility_reset earlier on earlier.reset_id = l.prior_reset_id and earlier.facility_id = l.facility_id
 where l.facility_id = $1 and l.product_id = $2

-- name: level_history
-- The history of one product at one facility in a bounded number of points, oldest first: what was on hand after them, in
-- the order of recording. Where there are more movements than points, neighbours share one; corrections and reverts never do.
--   $1 int          facility.id
--   $2 int          product.id
--   $3 timestamptz  movements recorded since, null for all
--   $4 timestamptz  movements recorded until, null for all
--   $5 int          points at most; those of corrections and reverts come on top
-- One row a point: at timestamptz (recorded), onHand numeric after it; movements int, sold, returned, adjusted, shipped,
-- corrected numeric (their effects), absorbed numeric (quantities that had no effect), absorbedMovements int, resetId uuid (of
-- a correction or revert, or whose snapshot absorbed it) or null, before numeric (on hand before the first). Locks: none.
with later as (
  select coalesce(sum(m.effect), 0) as effect
    from movement m
   where $4::timestamptz is not null and m.facility_id = $1 and m.product_id = $2 and m.recorded_at > $4
), moved as (
  select m.*, l.on_hand - t.effect
              - coalesce(sum(m.effect) over (order by m.seq desc rows between unbounded preceding and 1 preceding), 0) as on_hand_after,
         m.type in ('correction', 'revert', 'merge') as is_reset,
         ((row_number() over (order by m.seq) - 1) * $5::int) / greatest(count(*) over (), $5::int) as place
    from movement m
    join level l on l.facility_id = m.facility_id and l.product_id = m.product_id,
         later t
   where m.facility_id = $1 and m.product_id = $2
     and m.recorded_at >= coalesce($3::timestamptz, '-infinity') and m.recorded_at <= coalesce($4::timestamptz, 'infinity')
), grouped as (
  select m.*, sum(case when is_reset then 1 else 0 end) over (order by seq) as after_resets
    from moved m
)
select max(recorded_at) as at, (array_agg(on_hand_after order by seq desc))[1] as "onHand",
       (array_agg(on_hand_after - effect order by seq))[1] as before, count(*)::int as movements,
       coalesce(sum(effect) filter (where type = 'sale'), 0) as sold,
       coalesce(sum(effect) filter (where type = 'return'), 0) as returned,
       coalesce(sum(effect) filter (where type = 'adjustment'), 0) as adjusted,
       coalesce(sum(effect) filter (where type in ('shipment', 'shipment-acknowledged')), 0) as shipped,
       coalesce(sum(effect) filter (where is_reset), 0) as corrected,
       coalesce(sum(quantity) filter (where absorbed), 0) as absorbed, (count(*) filter (where absorbed))::int as "absorbedMovements",
       (array_agg(reset_id order by seq desc) filter (where reset_id is not null))[1] as "resetId"
  from grouped
 group by place, after_resets, is_reset
 order by max(seq)

-- name: list_ledger
-- Lists the movements of one product at one facility, newest first, each with what was on hand after it.
--   $1 int      facility.id
--   $2 int      product.id
--   $3 bigint   seq before which to begin, null for the newest
--   $4 numeric  on hand just before that seq, null for the newest: so a page costs its own rows however deep it lies
--   $5 int      rows at most
-- One row a movement: seq bigint, type, eventId text, line int, quantity, effect numeric, absorbed boolean, occurredAt,
-- recordedAt timestamptz, resetId uuid or null, onHandAfter numeric. Locks: none.
with page as (
  select m.*
    from movement m
   where m.facility_id = $1 and m.product_id = $2 and m.seq < coalesce($3::bigint, 9223372036854775807)
   order by m.seq desc
   limit $5::int
)
select seq, type, event_id as "eventId", line, quantity, effect, absorbed, occurred_at as "occurredAt",
       recorded_at as "recordedAt", reset_id as "resetId",
       coalesce($4::numeric, (select l.on_hand from level l where l.facility_id = $1 and l.product_id = $2), 0)
         - coalesce(sum(effect) over (order by seq desc rows between unbounded preceding and 1 preceding), 0)
         as "onHandAfter"
  from page
 order by seq desc

-- name: list_level_corrections
-- Lists the corrections of one product at one facility, newest reset first, previews aside. Those of a held facility say
-- what approving it would have done at the time it was held.
--   $1 int  facility.id
--   $2 int  product.id
--   $3 int  rows at most
-- One row a correction: resetId uuid, file, state text (applied, held or reverted), decidedBy text or null, asOf, at
-- timestamptz, before, counted, lateSales, shipments, unexplained, after numeric. Locks: none.
select c.reset_id as "resetId", r.file, s.state, s.decided_by as "decidedBy", r.as_of as "asOf", s.finished_at as at,
       c.before, c.counted, c.late_sales as "lateSales", c.shipments, c.unexplained, c.after
  from facility_reset s
  join correction c on c.reset_id = s.reset_id and c.facility_id = s.facility_id
  join reset r on r.id = s.reset_id
 where s.facility_id = $1 and c.product_id = $2 and not r.preview and s.state in ('applied', 'held', 'reverted')
 order by r.created_at desc, r.id desc
 limit $3::int
