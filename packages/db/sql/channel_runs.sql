-- Resyncs, compares and map readings of channels: walks over all levels that a channel is told of, or over all things that its target has.

-- name: begin_channel_run
-- Begins a run, or finds the one of its kind and facility that is under way.
--   $1 uuid    id of the run
--   $2 int     channel.id
--   $3 text    resync | compare | map
--   $4 int     facility.id, null for all
--   $5 text[]  facilities that the channel is told of, null for all
--   $6 text    who asked for it
-- One row: id uuid, already boolean. Locks: the channel, so that one is begun once.
with lane as (
  select id from channel where id = $2 for update
), running as (
  select r.id from channel_run r, lane
   where r.channel_id = lane.id and r.state = 'running' and r.kind = $3 and r.facility_id is not distinct from $4::int
), begun as (
  insert into channel_run (id, channel_id, kind, facility_id, total, started_by)
  select $1, lane.id, $3::text, $4,
         case when $3 = 'map' then (select map_items from channel where id = $2)
              else (select count(*) from level l
                     where ($4 is null or l.facility_id = $4)
                       and ($5::text[] is null or l.facility_id in (select f.id from facility f where f.facility_id = any ($5)))) end,
         $6::text
    from lane
   where not exists (select from running)
  returning id
)
select id, false as already from begun
union all
select id, true from running

-- name: running_channel_run
-- The run of a channel that is worked on: a map before a resync, a resync before a compare, the oldest of a kind.
--   $1 int  channel.id
-- One row, or none: id uuid, kind text, facility int (null for all), atFacility, atProduct int, pageAfter text (of a map, null at its beginning), done,
-- total int, counts jsonb, isAfterMap boolean (it was begun after the map in force was). Locks: none.
select r.id, r.kind, r.facility_id as facility, r.at_facility as "atFacility", r.at_product as "atProduct", r.page_after as "pageAfter",
       r.done, r.total, r.counts, coalesce(m.started_at < r.started_at, true) as "isAfterMap"
  from channel_run r
  join channel c on c.id = r.channel_id
  left join channel_run m on m.id = c.map_run_id
 where r.channel_id = $1::int and r.state = 'running'
 order by case r.kind when 'map' then 0 when 'resync' then 1 else 2 end, r.started_at, r.id
 limit 1

-- name: move_channel_run
-- Moves a run on past the levels that were looked at, or ends it.
--   $1 uuid     id of the run
--   $2 int      facility.id of the last level
--   $3 int      product.id of the last level
--   $4 int      levels looked at
--   $5 jsonb    what they were, by class: added to what was counted before
--   $6 boolean  there are no more
-- No rows. Locks: the run.
update channel_run r
   set at_facility = $2::int, at_product = $3::int, done = r.done + $4::int,
       counts = r.counts || coalesce((select jsonb_object_agg(n.key, n.value::int + coalesce((r.counts ->> n.key)::int, 0))
                                        from jsonb_each_text($5::jsonb) n), '{}'),
       state = case when $6::boolean then 'completed' else r.state end,
       finished_at = case when $6 then clock_timestamp() else r.finished_at end
 where r.id = $1::uuid and r.state = 'running'
