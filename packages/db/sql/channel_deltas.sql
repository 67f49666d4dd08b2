-- Of channels that are told how much a number changed: what was sent and is not answered, and what becomes of it.

-- name: note_deltas
-- Keeps the deltas that are about to be sent, or forgets those that did not leave. Only for the worker that has the channel.
--   $1 int        channel.id
--   $2 uuid       the worker's token
--   $3 int[]      facility.id of each
--   $4 int[]      product.id of each
--   $5 numeric[]  its delta, null when none is under way
-- One row: held boolean, false when the worker does not have the channel any more, or a delta of one of them is open: then nothing may be sent.
-- Locks: the channel, then its items in the order of their keys.
with lane as (
  select id from channel where id = $1 and lane_token = $2::uuid and lane_until > clock_timestamp() for update
), given as (
  select g.* from unnest($3::int[], $4::int[], $5::numeric[]) as g (facility_id, product_id, delta) order by g.facility_id, g.product_id
), noted as (
  insert into channel_item as i (channel_id, facility_id, product_id, sent_delta)
  select lane.id, g.facility_id, g.product_id, g.delta from lane, given g
      on conflict (channel_id, facility_id, product_id) do update
     set sent_delta = excluded.sent_delta
   where i.problem is distinct from 'UNKNOWN_OUTCOME' and (i.sent_delta is null or excluded.sent_delta is null)
  returning 1
)
select (select count(*) from noted) = cardinality($3) as held

-- name: doubt_deltas
-- Sets aside the levels whose delta another worker sent, or was about to, before it lost the channel: nobody knows what became of them.
--   $1 int   channel.id
--   $2 uuid  the token of the worker that has it now
--   $3 text  what to say of them
-- One row: levels int. Locks: the channel, then the items.
with lane as (
  select id from channel where id = $1::int and lane_token = $2::uuid and lane_until > clock_timestamp() for update
), doubted as (
  update channel_item i
     set problem = 'UNKNOWN_OUTCOME', message = $3::text, problem_since = clock_timestamp(), attempts = i.attempts + 1, again = false
    from lane
   where i.channel_id = lane.id and i.sent_delta is not null and i.problem is distinct from 'UNKNOWN_OUTCOME'
  returning 1
)
select count(*)::int as levels from doubted

-- name: levels_unknown
-- The levels of unknown outcome, those first that were tried less often.
--   $1 int     channel.id
--   $2 text[]  facilities that the channel is told of, null for all
--   $3 int     rows at most
-- One row a level: facility, product int. Locks: none.
select i.facility_id as facility, i.product_id as product
  from channel_item i
  join facility f on f.id = i.facility_id
 where i.channel_id = $1::int and i.problem = 'UNKNOWN_OUTCOME' and ($2::text[] is null or f.facility_id = any ($2))
 order by i.attempts, i.facility_id, i.product_id
 limit $3::int

-- name: put_off_reset
-- Keeps when levels of unknown outcome may be told absolutely again.
--   $1 int   channel.id
--   $2 uuid  the token of the worker that has it
--   $3 int   milliseconds from now
-- No rows. Locks: the channel.
update channel set reset_due_at = clock_timestamp() + make_interval(secs => $3::int / 1000.0) where id = $1::int and lane_token = $2::uuid
