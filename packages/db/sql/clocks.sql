-- How late the events of each facility come after the time that their tills say.

-- name: record_clocks
-- Adds what one worker saw to the slots of ten minutes, and deletes what is older than a day.
--   $1 text[]         outside ids of the facilities, each slot of one once
--   $2 timestamptz[]  beginnings of the slots
--   $3 int[]          events
--   $4 int[]          those of them of which nothing counted
--   $5 bigint[]       the shortest lag from what the till said to the receipt, in ms; negative where it is ahead
--   $6 bigint[]       the longest
--   $7 int[]          those that are minutes off and more
--   $8 int[]          those of them that are off by one number of half hours
--   $9 int[]          which
-- No rows. Locks: the slots' rows, ascending; of those to be deleted none that another one holds.
with seen as (
  select f.id, s.*
    from unnest($1::text[], $2::timestamptz[], $3::int[], $4::int[], $5::bigint[], $6::bigint[], $7::int[], $8::int[], $9::int[])
         as s (facility_id, slot, events, absorbed, lag_min_ms, lag_max_ms, late_events, zone_events, zone_half_hours)
    join facility f on f.facility_id = s.facility_id
), forgotten as (
  delete from facility_clock
   where (facility_id, slot) in (select facility_id, slot from facility_clock
                                  where slot < clock_timestamp() - interval '1 day' for update skip locked)
)
insert into facility_clock as c (facility_id, slot, events, absorbed, lag_min_ms, lag_max_ms, late_events, zone_events, zone_half_hours)
select id, slot, events, absorbed, lag_min_ms, lag_max_ms, late_events, zone_events, zone_half_hours
  from seen
 order by id, slot
    on conflict (facility_id, slot) do update
   set events = c.events + excluded.events, absorbed = c.absorbed + excluded.absorbed,
       lag_min_ms = least(c.lag_min_ms, excluded.lag_min_ms), lag_max_ms = greatest(c.lag_max_ms, excluded.lag_max_ms),
       late_events = c.late_events + excluded.late_events,
       zone_events = case when c.zone_half_hours = excluded.zone_half_hours then c.zone_events + excluded.zone_events
                          else greatest(c.zone_events, excluded.zone_events) end,
       zone_half_hours = case when excluded.zone_events > c.zone_events then excluded.zone_half_hours else c.zone_half_hours end

-- name: clock_windows
-- Says of each facility how late its newest events came: of so many slots as have enough events, newest first, and of the last hours.
--   $1 timestamptz  now
--   $2 int          events that are enough
--   $3 int          hours that are looked at
--   $4 text         only this facility, by its outside id; null for all
-- One row a facility that sent something: "facilityId" text; events, absorbed int, "lagMinMs", "lagMaxMs" float8, since, "lastAt" timestamptz (of the
-- slots), "offsetMinutes" int (how its times are corrected now, 0 for not); and of all the hours "allEvents", "allAbsorbed", "allMinutes" int
-- (between its first and its last slot), "lateEvents" int (minutes off and more), "zoneEvents", "zoneSlots", "zoneHalfHours" int (off by the number of
-- half hours that most of those are, in how many slots, and which). Locks: none.
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
       (extract(epoch from max(s.slot) - min(s.slot)) / 60)::int as "allMinutes", sum(s.late_events)::int as "lateEvents",
       coalesce(z.events, 0) as "zoneEvents", coalesce(z.slots, 0) as "zoneSlots", coalesce(z.zone_half_hours, 0) as "zoneHalfHours"
  from slots s
  join facility f on f.id = s.facility_id
  left join (select distinct on (facility_id) facility_id, zone_half_hours, sum(zone_events)::int as events, count(*)::int as slots
               from slots
              where zone_events > 0
              group by facility_id, zone_half_hours
              order by facility_id, sum(zone_events) desc, zone_half_hours) z on z.facility_id = s.facility_id,
       lateral (select s.newer < $2::int as is_newest) w
 group by f.id, f.facility_id, z.events, z.slots, z.zone_half_hours
 order by f.facility_id
