-- What the one worker that has a channel does: which levels are due, how they are now, what became of them, how far the channel is.

-- name: take_lane
-- Takes a channel for one worker, if it may be worked on and no other one is at it, or goes on having it. Does not wait for the disk: a lane that
-- a crash of the database forgets is nobody's, and what counts is written under it by statements that do wait.
--   $1 int   channel.id
--   $2 uuid  the worker's token
--   $3 int   milliseconds for which it may be relied on
-- One row, or none: toldThrough, mode text, failures int (in a row, so far), hasMap boolean (the target's things were read), isResetDue (levels of
-- unknown outcome may be told absolutely), isCompareDue boolean. Locks: the channel.
with light as (select set_config('synchronous_commit', 'off', true)
)
update channel
   set lane_token = $2, lane_until = clock_timestamp() + make_interval(secs => $3::int / 1000.0)
  from light
 where id = $1 and mode in ('live', 'shadow') and paused_at is null and disabled_at is null
   and (next_try_at is null or next_try_at <= clock_timestamp())
   and (lane_token is null or lane_token = $2::uuid or lane_until < clock_timestamp())
returning told_through::text as "toldThrough", mode, failures, map_run_id is not null as "hasMap",
          reset_due_at is null or reset_due_at <= clock_timestamp() as "isResetDue",
          coalesce(compare_next_at <= clock_timestamp(), false) as "isCompareDue"

-- name: leave_lane
-- Gives a channel back. Does not wait for the disk, as taking it does not.
--   $1 int   channel.id
--   $2 uuid  the worker's token
-- No rows. Locks: the channel.
with light as (select set_config('synchronous_commit', 'off', true)
)
update channel set lane_token = null, lane_until = null from light where id = $1::int and lane_token = $2::uuid

-- name: changes_to_tell
-- The levels that changed after a number, oldest first, those that the channel is not told of with them: its number moves past them.
--   $1 bigint  the number
--   $2 text[]  facilities that the channel is told of, null for all
--   $3 int     rows at most
-- One row a level: facility, product int, sequence text, isTold boolean. Locks: none.
select m.facility_id as facility, m.product_id as product, m.sequence::text as sequence,
       $2::text[] is null or f.facility_id = any ($2) as "isTold"
  from (select facility_id, product_id, sequence from level_mark where sequence > $1::bigint order by sequence limit $3::int) m
  join facility f on f.id = m.facility_id
 order by m.sequence

-- name: levels_again
-- The levels that were set aside and are to be tried again.
--   $1 int     channel.id
--   $2 text[]  facilities that the channel is told of, null for all
--   $3 int     rows at most
-- One row a level: facility, product int. Locks: none.
select i.facility_id as facility, i.product_id as product
  from channel_item i
  join facility f on f.id = i.facility_id
 where i.channel_id = $1::int and i.again and ($2::text[] is null or f.facility_id = any ($2))
 order by i.facility_id, i.product_id
 limit $3::int

-- name: levels_of_products
-- The levels of products at the facilities that a channel is told of, in the order of their keys.
--   $1 int[]   product.id of each, no one twice
--   $2 text[]  facilities, null for all
-- One row a level: facility, product int. Locks: none.
select f.id as facility, p.product
  from facility f
 cross join unnest($1::int[]) as p (product)
  join level l on l.facility_id = f.id and l.product_id = p.product
 where $2::text[] is null or f.facility_id = any ($2)
 order by f.id, p.product

-- name: levels_of_run
-- The next levels of a resync or a compare, in the order of their keys.
--   $1 int     facility.id of the last one, 0 at the beginning
--   $2 int     product.id of the last one
--   $3 text[]  facilities that the channel is told of, null for all
--   $4 int     facility.id of the run, null for all
--   $5 int     rows at most
-- One row a level: facility, product int. Locks: none.
select l.facility_id as facility, l.product_id as product
  from level l
 where (l.facility_id, l.product_id) > ($1::int, $2::int)
   and ($3::text[] is null or l.facility_id in (select id from facility where facility_id = any ($3)))
   and ($4::int is null or l.facility_id = $4)
 order by l.facility_id, l.product_id
 limit $5::int

-- name: values_to_tell
-- The levels as they are now, with what the channel was told of them last: read when they are sent.
--   $1 int    channel.id
--   $2 int[]  facility.id of each
--   $3 int[]  product.id of each
--   $4 text   id type that the channel knows products by
-- One row a level that exists: facility, product int, facilityId, idType, idValue (null when the product has no such id) text; onHand text, asOf, updatedAt
-- timestamptz, sequence text; toldOnHand, toldSequence, target, problem, sentDelta text, all null before; again boolean; trace text (of the
-- newest change that was traced, or null). Each is looked up by itself: a join would read all that the channel was ever told, while nothing is known
-- of how much that is. Locks: none.
select g.facility, g.product, f.facility_id as "facilityId", $4::text as "idType", p.id_value as "idValue",
       l.on_hand::text as "onHand", l.as_of as "asOf", l.updated_at as "updatedAt", coalesce(m.sequence, 0)::text as sequence,
       i.told_on_hand::text as "toldOnHand", i.told_sequence::text as "toldSequence", i.target, i.problem, i.sent_delta::text as "sentDelta",
       coalesce(i.again, false) as again, m.trace
  from unnest($2::int[], $3::int[]) with ordinality as g (facility, product, ord)
  join level_in_force l on l.facility_id = g.facility and l.product_id = g.product
  join facility f on f.id = g.facility
  left join lateral (
    select m.sequence, m.trace from level_mark m where m.facility_id = g.facility and m.product_id = g.product
    offset 0) m on true
  left join lateral (
    select i.told_on_hand, i.told_sequence, i.target, i.problem, i.sent_delta, i.again
      from channel_item i
     where i.channel_id = $1::int and i.facility_id = g.facility and i.product_id = g.product
    offset 0) i on true
  left join lateral (
    select n.id_value from product_identification n
     where n.product_id = g.product and n.id_type = $4
     order by n.id_value limit 1) p on true
 order by g.ord

-- name: settle_levels
-- Keeps what became of levels that were told: the target confirmed them, or they are set aside. Only for the worker that has the channel,
-- and never an older number over a newer one. A delta that was sent is kept as long as nobody knows what became of it.
--   $1 int        channel.id
--   $2 uuid       the worker's token
--   $3 int[]      facility.id of each
--   $4 int[]      product.id of each
--   $5 numeric[]  the number that stands in the target if it was confirmed
--   $6 bigint[]   its number
--   $7 text[]     why it is set aside, null when it was confirmed
--   $8 text[]     the same in words
--   $9 text[]     the target's id of it, null where it has none
--   $10 int       milliseconds for which the worker may be relied on from now
--   $11 boolean[] it is told again at once: what was confirmed is not its number any more
-- One row: held boolean, false when the worker does not have the channel any more: nothing was kept. Locks: the channel, then its items
-- in the order of their keys.
with lane as (
  select id from channel where id = $1 and lane_token = $2::uuid and lane_until > clock_timestamp() for update
), given as (
  select g.*
    from unnest($3::int[], $4::int[], $5::numeric[], $6::bigint[], $7::text[], $8::text[], $9::text[], $11::boolean[])
      as g (facility_id, product_id, number, sequence, problem, message, target, again)
   order by g.facility_id, g.product_id
), settled as (
  insert into channel_item as i (channel_id, facility_id, product_id, told_on_hand, told_sequence, told_at, target, problem, message,
                                 problem_since, attempts, again)
  select lane.id, g.facility_id, g.product_id, case when g.problem is null then g.number end,
         case when g.problem is null then g.sequence end, case when g.problem is null then clock_timestamp() end,
         g.target, g.problem, g.message, case when g.problem is not null then clock_timestamp() end,
         case when g.problem is not null then 1 else 0 end, g.again
    from lane, given g
      on conflict (channel_id, facility_id, product_id) do update
     set told_on_hand = coalesce(excluded.told_on_hand, i.told_on_hand),
         told_sequence = coalesce(excluded.told_sequence, i.told_sequence),
         told_at = coalesce(excluded.told_at, i.told_at),
         target = coalesce(excluded.target, i.target), problem = excluded.problem, message = excluded.message,
         problem_since = case when excluded.problem is null then null when i.problem = excluded.problem then i.problem_since else clock_timestamp() end,
         attempts = case when excluded.problem is null then 0 else i.attempts + 1 end, again = excluded.again,
         sent_delta = case when excluded.problem = 'UNKNOWN_OUTCOME' then i.sent_delta end
   where excluded.problem is not null or coalesce(i.told_sequence <= excluded.told_sequence, true)
  returning i.problem
), counted as (
  update channel c
     set published = c.published + n.confirmed,
         last_published_at = case when n.confirmed > 0 then clock_timestamp() else c.last_published_at end,
         lane_until = clock_timestamp() + make_interval(secs => $10::int / 1000.0)
    from (select count(*) filter (where problem is null) as confirmed from settled) n
   where c.id in (select id from lane)
)
select exists (select from lane) as held

-- name: move_channel
-- Moves a channel's number on: every level up to it was told or is set aside. Only for the worker that has the channel. What was wrong
-- with the target is over then. Does not wait for the disk: after a crash of the database what its items say was told is not told again.
--   $1 int     channel.id
--   $2 uuid    the worker's token
--   $3 bigint  the number
-- One row, or none when the worker does not have the channel any more: isBehind boolean. Locks: the channel.
with light as (select set_config('synchronous_commit', 'off', true)
)
update channel c
   set told_through = greatest(c.told_through, $3::bigint),
       behind_since = (select m.changed_at from level_mark m where m.sequence > greatest(c.told_through, $3::bigint) order by m.sequence limit 1),
       failures = 0, failing_since = null, next_try_at = null
  from light
 where c.id = $1 and c.lane_token = $2::uuid and c.lane_until > clock_timestamp()
returning c.behind_since is not null as "isBehind"

-- name: note_failure
-- Keeps that a target could not be reached, or did not take anything.
--   $1 int      channel.id
--   $2 uuid     the worker's token
--   $3 text     why, in words
--   $4 int      milliseconds until the next try
--   $5 boolean  the target wants no more: the channel is disabled
--   $6 boolean  it only asked to be slower: no failure
-- One row, or none when the worker does not have the channel any more: failures int. Locks: the channel.
update channel c
   set failures = c.failures + case when $6::boolean then 0 else 1 end,
       failing_since = case when $6 then c.failing_since else coalesce(c.failing_since, clock_timestamp()) end,
       next_try_at = clock_timestamp() + make_interval(secs => $4::int / 1000.0),
       last_error = $3::text, last_error_at = clock_timestamp(), disabled_at = case when $5::boolean then clock_timestamp() end
 where c.id = $1::int and c.lane_token = $2::uuid
returning c.failures
