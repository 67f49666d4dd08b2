-- The map of a channel: what its target has, by the ids that we know it by. A reading is kept beside the map in force until it is at its end.

-- name: keep_map_page
-- Keeps a page of a map that is being read. Only for the worker that has the channel.
--   $1 int     channel.id
--   $2 uuid    the worker's token
--   $3 uuid    the run that reads it
--   $4 text[]  the id that we know each thing by
--   $5 text[]  the target's id of each
--   $6 text[]  why it can be told nothing, null where it can
--   $7 text    where the next page begins
--   $8 int     things that the page had
-- One row: held boolean, false when the worker does not have the channel any more: nothing was kept. Locks: the channel, then the run.
with lane as (
  select id from channel where id = $1 and lane_token = $2::uuid and lane_until > clock_timestamp() for update
), moved as (
  update channel_run r set page_after = $7::text, done = r.done + $8::int
    from lane
   where r.id = $3::uuid and r.channel_id = lane.id and r.state = 'running'
  returning r.id
), kept as (
  insert into channel_target as t (channel_id, run_id, id_value, target, problem)
  select lane.id, moved.id, g.id_value, g.target, min(g.problem)
    from lane, moved, unnest($4::text[], $5::text[], $6::text[]) as g (id_value, target, problem)
   group by lane.id, moved.id, g.id_value, g.target
      on conflict (channel_id, run_id, id_value, target) do update set problem = excluded.problem
)
select exists (select from moved) as held

-- name: begin_map_anew
-- Has a map that is being read begin at its first page again.
--   $1 int   channel.id
--   $2 uuid  the worker's token
--   $3 uuid  the run that reads it
-- No rows. Locks: the run, then what it has read.
with moved as (
  update channel_run r set page_after = null, done = 0
    from channel c
   where r.id = $3::uuid and c.id = r.channel_id and c.id = $1::int and c.lane_token = $2::uuid
  returning r.id, r.channel_id
)
delete from channel_target t using moved where t.channel_id = moved.channel_id and t.run_id = moved.id

-- name: try_mapped_again
-- Has levels tried again of which a map that was just read says something else than the one before: the reason why they were set aside is gone or another one, or what they
-- were told to is. Whoever is told next of them finds the new map.
--   $1 int   channel.id
--   $2 uuid  the run that read it
--   $3 text  id type that the channel knows products by
-- One row: levels int. Locks: the items.
with found as (
  select n.product_id, case when count(distinct t.target) > 1 then 'DUPLICATE_TARGET' else min(t.problem) end as problem, min(t.target) as target
    from channel_target t
    join product_identification n on n.id_type = $3::text and n.id_value = t.id_value
   where t.channel_id = $1::int and t.run_id = $2::uuid
   group by n.product_id
), again as (
  update channel_item i set again = true
    from channel_item o
    left join found m on m.product_id = o.product_id
   where o.channel_id = $1 and i.channel_id = o.channel_id and i.facility_id = o.facility_id and i.product_id = o.product_id and not o.again
     and case when o.problem in ('UNMAPPED_PRODUCT', 'DUPLICATE_TARGET', 'UNTRACKED', 'BUNDLE')
              then o.problem is distinct from case when m.product_id is null then 'UNMAPPED_PRODUCT' else m.problem end
              else o.problem is null and o.told_sequence is not null
                   and (m.product_id is null or m.problem is not null or o.target is distinct from m.target) end
  returning 1
)
select count(*)::int as levels from again

-- name: finish_map
-- Puts a map in force that was read to its end. Only for the worker that has the channel.
--   $1 int   channel.id
--   $2 uuid  the worker's token
--   $3 uuid  the run that read it
-- One row: held boolean, false when the worker does not have the channel any more: the map of before stays. Locks: the channel, then the run.
with lane as (
  select id from channel where id = $1 and lane_token = $2::uuid and lane_until > clock_timestamp() for update
), ended as (
  update channel_run r set state = 'completed', finished_at = clock_timestamp(), total = r.done
    from lane
   where r.id = $3::uuid and r.channel_id = lane.id and r.state = 'running'
  returning r.id, r.done
), swapped as (
  update channel c set map_run_id = ended.id, map_items = ended.done, map_error = null, map_failing_since = null
    from ended
   where c.id in (select id from lane)
)
select exists (select from ended) as held

-- name: fail_map
-- Keeps that a map could not be read. The map of before stays in force, and the reading goes on where it was.
--   $1 int   channel.id
--   $2 uuid  the worker's token
--   $3 text  why, in words
-- No rows. Locks: the channel.
update channel set map_error = $3::text, map_failing_since = coalesce(map_failing_since, clock_timestamp())
 where id = $1::int and lane_token = $2::uuid

-- name: forget_maps
-- Forgets what was read for maps that are neither in force nor being read.
--   $1 int  channel.id
--   $2 int  things at most
-- One row: things int, those that were forgotten. Locks: the things.
with old as (
  select t.ctid
    from channel c
    join channel_run r on r.channel_id = c.id and r.kind = 'map' and r.state <> 'running' and r.id is distinct from c.map_run_id
    join channel_target t on t.channel_id = c.id and t.run_id = r.id
   where c.id = $1::int
   limit $2::int
), gone as (
  delete from channel_target t using old where t.ctid = old.ctid returning 1
)
select count(*)::int as things from gone

-- name: mapped_products
-- What the map in force has of products.
--   $1 int    channel.id
--   $2 int[]  product.id of each, no one twice
--   $3 text   id type that the channel knows products by
-- One row a product that it has: product int, idValue, target text (of one of them), targets int (more than one cannot be told apart), problem text or null.
-- Each is looked up by itself, also while nothing is known of how many things the map has. Locks: none.
select n.product_id as product, min(n.id_value) as "idValue", min(t.target) as target, count(distinct t.target)::int as targets, min(t.problem) as problem
  from unnest($2::int[]) as g (product)
  join product_identification n on n.product_id = g.product and n.id_type = $3::text
 cross join lateral (
    select t.target, t.problem from channel_target t
     where t.channel_id = $1::int and t.run_id = (select map_run_id from channel where id = $1) and t.id_value = n.id_value
    offset 0) t
 group by n.product_id

-- name: maps_due
-- The channels whose newest reading of the map began a day ago or before.
-- One row a channel: id int. Locks: none.
select c.id
  from channel c
 where c.mode in ('live', 'shadow') and 'items' = any (c.abilities) and c.map_run_id is not null
   and not exists (select from channel_run r
                    where r.channel_id = c.id and r.kind = 'map' and (r.state = 'running' or r.started_at > clock_timestamp() - interval '1 day'))
