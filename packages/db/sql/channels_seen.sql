-- What operators, and the targets that ask themselves, see of channels and do to them.

-- name: list_channel_problems
-- Lists the levels that a channel has set aside, in the order of their keys.
--   $1 int   channel.id
--   $2 text  only with this code, null for all
--   $3 int   facility.id after which to begin, 0 for the first
--   $4 int   product.id after which to begin
--   $5 int   rows at most
-- One row a level: facility, product int, facilityId, idType, idValue, code, message text, since timestamptz, attempts int, onHand numeric (null when
-- there is no level any more), toldOnHand numeric (null before the first time), again boolean (it is tried again soon). Locks: none.
select i.facility_id as facility, i.product_id as product, f.facility_id as "facilityId", p.id_type as "idType", p.id_value as "idValue",
       i.problem as code, i.message, i.problem_since as since, i.attempts, l.on_hand as "onHand", i.told_on_hand as "toldOnHand", i.again
  from channel_item i
  join facility f on f.id = i.facility_id
  join product p on p.id = i.product_id
  left join level l on l.facility_id = i.facility_id and l.product_id = i.product_id
 where i.channel_id = $1::int and i.problem is not null and ($2::text is null or i.problem = $2)
   and (i.facility_id, i.product_id) > ($3::int, $4::int)
 order by i.facility_id, i.product_id
 limit $5::int

-- name: count_channel_problems
-- Counts the levels that a channel has set aside, by code.
--   $1 int  channel.id
-- One row a code: code text, levels int, message text (of one of them), since timestamptz (of the oldest). Locks: none.
select problem as code, count(*)::int as levels, min(message) as message, min(problem_since) as since
  from channel_item
 where channel_id = $1::int and problem is not null
 group by problem
 order by count(*) desc, problem

-- name: pause_channel
-- Pauses a channel, or lets it go on; what was wrong with its target is tried at once then.
--   $1 int   channel.id
--   $2 text  who pauses it, null to let it go on
-- No rows. Locks: the channel.
update channel
   set paused_at = case when $2::text is not null then coalesce(paused_at, clock_timestamp()) end,
       paused_by = case when $2 is not null then coalesce(paused_by, $2) end,
       disabled_at = case when $2 is not null then disabled_at end, next_try_at = case when $2 is not null then next_try_at end
 where id = $1::int

-- name: try_again
-- Has the levels that a channel has set aside tried again, but those of which it is not known whether the target took them: they are settled.
--   $1 int   channel.id
--   $2 text  only with this code, null for all
-- One row: levels int. Locks: the items.
with again as (
  update channel_item set again = true
   where channel_id = $1::int and problem is not null and problem <> 'UNKNOWN_OUTCOME' and ($2::text is null or problem = $2)
  returning 1
)
select count(*)::int as levels from again

-- name: settle_unknown
-- Settles one level of which it was not known whether the target took it. Taken or not, it is told what is on hand now.
--   $1 int      channel.id
--   $2 text     facility's outside id
--   $3 int      product.id
--   $4 boolean  the target took it
-- One row when there was such a level, else none: isSettled boolean. Locks: the item.
update channel_item i
   set told_on_hand = case when $4::boolean and i.sent_delta is not null then coalesce(i.told_on_hand, 0) + i.sent_delta else i.told_on_hand end,
       sent_delta = null, problem = null, message = null, problem_since = null, attempts = 0, again = true
 where i.channel_id = $1::int and i.facility_id = (select f.id from facility f where f.facility_id = $2::text) and i.product_id = $3::int
   and i.problem = 'UNKNOWN_OUTCOME'
returning true as "isSettled"

-- name: levels_of_ids
-- The numbers of levels that are named by their ids; what is not known is left out.
--   $1 text[]  facility's outside id of each
--   $2 text[]  id type of each
--   $3 text[]  id value of each
-- One row a level: facility, product int. Locks: none.
select distinct f.id as facility, p.product_id as product
  from unnest($1::text[], $2::text[], $3::text[]) as g (facility_id, id_type, id_value)
  join facility f on f.facility_id = g.facility_id
  join product_identification p on p.id_type = g.id_type and p.id_value = g.id_value

-- name: newest_mark
-- The newest number that a level has.
-- One row: sequence text. Locks: none.
select coalesce(max(sequence), 0)::text as sequence from level_mark

-- name: note_feed
-- Keeps that a target has asked, and how many levels it was given. What it asks for behind a number follows what it has.
--   $1 int     channel.id
--   $2 bigint  the number; null while it is given all levels
--   $3 int     levels
-- No rows. Locks: the channel.
update channel c
   set told_through = greatest(c.told_through, $2::bigint), published = c.published + $3::int, last_published_at = clock_timestamp(),
       behind_since = case when $2 is null then c.behind_since
                           else (select m.changed_at from level_mark m where m.sequence > $2 order by m.sequence limit 1) end
 where c.id = $1::int and ($3 > 0 or c.told_through < $2 or c.last_published_at is null or c.last_published_at < clock_timestamp() - interval '5 seconds')

-- name: channels_of_level
-- What each channel was told of one level.
--   $1 int  facility.id
--   $2 int  product.id
-- One row a channel of the settings, by name: channel, kind text, toldOnHand numeric, toldAt timestamptz, code, message text, since timestamptz, null what
-- does not apply; isWaiting boolean, the level has changed since. Locks: none.
select c.name as channel, c.kind, i.told_on_hand as "toldOnHand", i.told_at as "toldAt", i.problem as code, i.message, i.problem_since as since,
       coalesce(m.sequence > c.told_through, false) as "isWaiting"
  from channel c
  join facility f on f.id = $1::int
  left join channel_item i on i.channel_id = c.id and i.facility_id = f.id and i.product_id = $2::int
  left join level_mark m on m.facility_id = f.id and m.product_id = $2
 where c.mode <> 'removed' and (c.settings -> 'facilities' = '"*"' or c.settings -> 'facilities' ? f.facility_id)
 order by c.name

-- name: channels_of_product
-- What each channel was told of a product, store by store.
--   $1 int  product.id
--   $2 int  rows at most
-- One row a store that has it and a channel that is told of that store, by channel and store: facilityId, channel, kind text, onHand numeric, toldOnHand
-- numeric, toldAt timestamptz, code, message text, since timestamptz, null what does not apply; isWaiting boolean, the level has changed since. Locks: none.
select f.facility_id as "facilityId", c.name as channel, c.kind, l.on_hand as "onHand", i.told_on_hand as "toldOnHand", i.told_at as "toldAt",
       i.problem as code, i.message, i.problem_since as since, coalesce(m.sequence > c.told_through, false) as "isWaiting"
  from facility f
  join level_in_force l on l.facility_id = f.id and l.product_id = $1::int
  join channel c on c.mode <> 'removed' and (c.settings -> 'facilities' = '"*"' or c.settings -> 'facilities' ? f.facility_id)
  left join channel_item i on i.channel_id = c.id and i.facility_id = f.id and i.product_id = l.product_id
  left join level_mark m on m.facility_id = f.id and m.product_id = l.product_id
 where f.merged_into is null
 order by c.name, f.facility_id
 limit $2::int
