-- Undoing a reset (R12).

-- name: revertible_parts
-- Lists the parts of a reset, as far as they are asked for.
--   $1 uuid    reset id
--   $2 text[]  outside ids of the facilities; null for all
-- One row a part, in the order of facility.id: facility int (facility.id), "facilityId", state text, "mergedInto" text (of the facility
-- that it is one with by now, or null). Locks: none.
select f.id as facility, f.facility_id as "facilityId", r.state, (select i.facility_id from facility i where i.id = f.merged_into) as "mergedInto"
  from facility_reset r
  join facility f on f.id = r.facility_id
 where r.reset_id = $1::uuid and ($2::text[] is null or f.facility_id = any ($2))
 order by f.id

-- name: later_reset
-- Finds the newest reset that was applied to a facility after this one was, also where it has been reverted since, unless it is a
-- repair of this one: a repair that was reverted leaves this one as it was.
--   $1 uuid  reset id
--   $2 int   facility.id
-- One row, or none: id uuid, file text. Locks: none.
select r.id, r.file
  from facility_reset mine
  join facility_reset f on f.facility_id = mine.facility_id and f.reset_id <> mine.reset_id
   and f.state in ('applied', 'reverted')
   and coalesce(f.decided_at, f.finished_at) > coalesce(mine.decided_at, mine.finished_at)
  join reset r on r.id = f.reset_id
 where mine.reset_id = $1::uuid and mine.facility_id = $2::int and mine.state = 'applied'
   and not (f.state = 'reverted' and coalesce(r.repair_of = $1, false))
 order by f.finished_at desc
 limit 1

-- name: revert_facility
-- Undoes one facility's part of a reset (R12): the opposite of its corrections, the as_of its levels had before, and the
-- effect of what this reset alone had absorbed. The facility's lock was taken exclusively by an earlier statement.
--   $1 uuid  reset id
--   $2 int   facility.id
-- One row: levels int (levels whose as_of went back), corrected int (of them changed on hand), units numeric (net change).
-- Levels that followed this snapshot and the one before it go back with the facility's row, those that began to follow with
-- this one to the time that they carried themselves.
-- What was absorbed because of its till's clock and has been booked since (book_absorbed) counts by that booking.
-- What a shipment's acknowledgement gave back because of this snapshot is taken again, unless the snapshot before had it too.
with affected as (
  select l.product_id, l.follows, l.prior_as_of, l.prior_reset_id
    from level_in_force l
   where l.facility_id = $2 and l.reset_id = $1
), corrected as (
  select m.product_id, sum(m.effect) as effect
    from movement m
   where m.facility_id = $2 and m.event_id = 'reset-' || $1
   group by m.product_id
), absorbed as (
  select m.product_id, sum(m.quantity) as quantity
    from movement m
    join affected a using (product_id)
    left join shipment s on s.facility_id = m.facility_id and s.event_id = m.event_id
   where m.facility_id = $2 and m.reset_id = $1 and m.absorbed
     and case when a.prior_as_of is null then true
              when m.type = 'shipment' then s.acknowledged_at is null or s.acknowledged_at > a.prior_as_of
              else m.occurred_at > a.prior_as_of
          end
     and not exists (select from movement b
                      where b.facility_id = m.facility_id and b.event_id = 'clock-' || m.event_id and b.line = m.line)
   group by m.product_id
), given_back as (
  select m.product_id, sum(m.effect) as effect
    from movement m
    join affected a using (product_id)
   where m.facility_id = $2 and m.reset_id = $1 and m.type = 'shipment-acknowledged'
     and (a.prior_as_of is null or m.occurred_at > a.prior_as_of)
   group by m.product_id
), target as (
  select a.*, coalesce(b.quantity, 0) - coalesce(c.effect, 0) - coalesce(g.effect, 0) as change
    from affected a
    left join corrected c using (product_id)
    left join absorbed b using (product_id)
    left join given_back g using (product_id)
), moved as (
  insert into movement (facility_id, event_id, line, product_id, type, quantity, effect, reset_id,
                        occurred_at, content, reason)
  select $2, 'revert-' || $1, row_number() over (order by product_id), product_id, 'revert', change, change, $1,
         clock_timestamp(), ''::bytea, 'the reset was reverted'
    from target
   where change <> 0
   order by product_id
), levelled as (
  update level l
     set on_hand = l.on_hand + t.change,
         follows = case when l.follows <> $1 then l.follows end,
         as_of = case when l.follows is null then t.prior_as_of else l.as_of end,
         reset_id = case when l.follows is null then t.prior_reset_id else l.reset_id end,
         prior_as_of = null, prior_reset_id = null,
         updated_at = case when t.change <> 0 then clock_timestamp() else l.updated_at end
    from target t
   where l.facility_id = $2 and l.product_id = t.product_id
     and (t.change <> 0 or l.follows is null or l.follows = $1)
), made_newest as (
  update facility_snapshot
     set as_of = prior_as_of, reset_id = prior_reset_id, prior_as_of = null, prior_reset_id = null
   where facility_id = $2 and reset_id = $1
)
select count(*)::int as levels, (count(*) filter (where change <> 0))::int as corrected, coalesce(sum(change), 0) as units
  from target
