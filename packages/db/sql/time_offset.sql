-- Time offsets: a facility's tills say times that are wrong by a known number of minutes.

-- name: set_time_offset
-- Sets by how much the times that a facility's tills say are corrected, for what is received from a time on.
--   $1 int          facility.id
--   $2 timestamptz  from this time of receipt on
--   $3 int          minutes to add to what the till says; 0 ends an earlier offset
--   $4 text         who says so
-- No rows. Locks: the offset's row. The facility's lock was taken exclusively by an earlier statement, so no event of it is half-way.
insert into time_offset as o (facility_id, from_at, minutes, set_by)
values ($1::int, $2::timestamptz, $3::int, $4::text)
    on conflict (facility_id, from_at) do update
   set minutes = excluded.minutes, set_by = excluded.set_by, set_at = clock_timestamp()

-- name: list_time_offsets
-- Lists the time offsets of a facility, newest first.
--   $1 int  facility.id
--   $2 int  rows at most
-- One row each: "from", "setAt" timestamptz, minutes int, "setBy" text. Locks: none.
select from_at as "from", minutes, set_by as "setBy", set_at as "setAt"
  from time_offset
 where facility_id = $1::int
 order by from_at desc
 limit $2::int

-- name: book_absorbed
-- Books what a facility's counts absorbed only because its tills said a time that was too early, or says what that would be. With
-- the minutes added such a movement occurred after the count that its level rests on, so it should have counted (R5). The ledger is
-- only added to: the movement stays, and one of the same type and quantity, at the time corrected, counts in its place. Its event id is
-- the first one's with "clock-" before it, so that each is booked once, and a revert of the count (revert_facility) leaves the first one out.
--   $1 int          facility.id
--   $2 timestamptz  of what was recorded from this time on
--   $3 int          minutes to add to what the till said
--   $4 text         preview: nothing is written; apply: the facility's lock was taken exclusively by an earlier statement
--   $5 int          products listed at most
-- One row a product, those that change most first: "idType", "idValue" text, movements int, quantity numeric (change of on hand);
-- and the same in each of all products: "firstAt", "lastAt" timestamptz (said by the tills), "allMovements", "allProducts" int, "allUnits" numeric.
-- Locks: movement keys, then level rows, each ascending.
with wrong as (
  select m.event_id, m.line, m.product_id, m.type, m.quantity, m.occurred_at as said_at, t.happened_at
    from movement m
    join level_in_force l on l.facility_id = m.facility_id and l.product_id = m.product_id,
         lateral (select least(m.occurred_at + make_interval(mins => $3::int), m.recorded_at) as happened_at) t
   where m.facility_id = $1::int and m.absorbed and m.said_at is null and m.type in ('sale', 'return', 'adjustment')
     and m.recorded_at >= $2::timestamptz and m.occurred_at >= $2::timestamptz - interval '31 days'
     and m.occurred_at <= l.as_of and t.happened_at > l.as_of
     and not exists (select from movement b
                      where b.facility_id = m.facility_id and b.event_id = 'clock-' || m.event_id and b.line = m.line)
), booked as (
  insert into movement (facility_id, event_id, line, product_id, type, quantity, effect, occurred_at, said_at, content, reason)
  select $1, 'clock-' || event_id, line, product_id, type, quantity, quantity, happened_at, said_at, ''::bytea,
         'absorbed before the time of its till was corrected'
    from wrong
   where $4::text = 'apply'
   order by event_id, line
), summed as (
  select product_id, count(*)::int as movements, sum(quantity) as quantity, min(said_at) as first_at, max(said_at) as last_at
    from wrong
   group by product_id
), levelled as (
  insert into level as l (facility_id, product_id, on_hand)
  select $1, product_id, quantity
    from summed
   where $4 = 'apply'
   order by product_id
      on conflict (facility_id, product_id) do update
     set on_hand = l.on_hand + excluded.on_hand, updated_at = clock_timestamp()
   where excluded.on_hand <> 0
)
select p.id_type as "idType", p.id_value as "idValue", s.movements, s.quantity,
       min(s.first_at) over () as "firstAt", max(s.last_at) over () as "lastAt",
       (sum(s.movements) over ())::int as "allMovements", (count(*) over ())::int as "allProducts", sum(s.quantity) over () as "allUnits"
  from summed s
  join product p on p.id = s.product_id
 order by abs(s.quantity) desc, p.id
 limit $5::int
