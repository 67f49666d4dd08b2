-- Resyncs and compares of channels: walks over all levels that a channel is told of.

-- name: begin_channel_run
-- Begins a run, or finds the one of its kind and facility that is under way.
--   $1 uuid    id of the run
--   $2 int     channel.id
--   $3 text    resync | compare
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
         (select count(*) from level l
           where ($4 is null or l.facility_id = $4)
             and ($5::text[] is null or l.facility_id in (select f.id from facility f where f.facility_id = any ($5)))),
         $6::text
    from lane
   where not exists (select from running)
  returning id
)
select id, false as already from begun
union all
select id, true from running

-- name: running_channel_run
-- The oldest run of a channel that is under way.
--   $1 int  channel.id
-- One row, or none: id uuid, kind text, facility int (null for all), atFacility, atProduct, done, total int, counts jsonb. Locks: none.
select id, kind, facility_id as facility, at_facility as "atFacility", at_product as "atProduct", done, total, counts
  from channel_run
 where channel_id = $1::int and state = 'running'
 order by started_at, id
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
