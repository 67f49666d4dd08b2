-- How late the events of each facility come after the time that their tills say.

-- name: record_clocks
-- Adds what one worker saw to the slots of ten minutes, and deletes what is older than a day.
--   $1 text[]         outside ids of the facilities, each slot of one once
--   $2 timestamptz[]  beginnings of the slots
--   $3 int[]          events
--   $4 int[]          those of them of which nothing counted
--   $5 bigint[]       the shortest lag from what the till said to the receipt, in ms; negative where it is ahead
--   $6 bigint[]       the longest
-- No rows. Locks: the slots' rows, ascending; of those to be deleted none that another one holds.
with seen as (
  select f.id, s.*
    from unnest($1::text[], $2::timestamptz[], $3::int[], $4::int[], $5::bigint[], $6::bigint[])
         as s (facility_id, slot, events, absorbed, lag_min_ms, lag_max_ms)
    join facility f on f.facility_id = s.facility_id
), forgotten as (
  delete from facility_clock
   where (facility_id, slot) in (select facility_id, slot from facility_clock
                                  where slot < clock_timestamp() - interval '1 day' for update skip locked)
)
insert into facility_clock as c (facility_id, slot, events, absorbed, lag_min_ms, lag_max_ms)
select id, slot, events, absorbed, lag_min_ms, lag_max_ms
  from seen
 order by id, slot
    on conflict (facility_id, slot) do update
   set events = c.events + excluded.events, absorbed = c.absorbed + excluded.absorbed,
       lag_min_ms = least(c.lag_min_ms, excluded.lag_min_ms), lag_max_ms = greatest(c.lag_max_ms, excluded.lag_max_ms)

-- name: clock_windows
-- Says of each facility how late its newest events came: of so many slots as have enough events, newest first, and of the last hours.
--   $1 timestamptz  now
--   $2 int          events that are enough
--   $3 int          hours that are looked at
--   $4 text         only this facility, by its outside id; null for all
-- One row a facility that sent something: "facilityId" text; events, absorbed int, "lagMinMs", "lagMaxMs" float8, since, "lastAt" timestamptz (of the
-- slots), "offsetMinutes" int (how its times are corrected now, 0 for not); and of all the hours "allEvents", "allAbsorbed", "allMinutes" int
-- (between its first and its last slot). Locks: none.
with slots as (
  select c.*, sum(c.events) over (partition by c.facility_id order by c.slot desc) - c.events as newer
    from facility_clock c
   where c.slot > $1::timestamptz - make_interval(hours => $3::int)
     and ($4::text is null or c.facility_id = (select id from facility where facility_id = $4))
)
select f.facility_id as "facilityId", (sum(s.events) filter (where w.is_newest))::int as events,
       (sum(s.absorbed) filter (where w.is_newest))::int as absorbed,
       (min(s.lag_min_ms) filter (where w.is_newest))::float8 as "lagMinMs", (max(s.lag_max_ms) filter (where w.is_newest))::float8 as "lagMaxMs",
       min(s.slot) filter (where w.is_newest) as since, max(s.slot) as "lastAt",
       coalesce((select o.minutes from time_offset o
                  where o.facility_id = f.id and o.from_at <= $1 order by o.from_at desc limit 1), 0) as "offsetMinutes",
       sum(s.events)::int as "allEvents", sum(s.absorbed)::int as "allAbsorbed",
       (extract(epoch from max(s.slot) - min(s.slot)) / 60)::int as "allMinutes"
  from slots s
  join facility f on f.id = s.facility_id,
       lateral (select s.newer < $2::int as is_newest) w
 group by f.id, f.facility_id
 order by f.facility_id
