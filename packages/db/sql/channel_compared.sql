-- What comparing with a channel's target found.

-- name: note_compared
-- Adds levels that were compared to those of the hour, and has those differ no more that can be told in the usual way.
--   $1 int    channel.id
--   $2 int    levels looked at
--   $3 jsonb  what they were, by class
-- No rows. Locks: the hour's row.
with old as (
  delete from channel_compared where channel_id = $1::int and hour < clock_timestamp() - interval '2 days'
)
insert into channel_compared as h (channel_id, hour, levels, counts)
select $1, date_trunc('hour', clock_timestamp()), $2::int, $3::jsonb
    on conflict (channel_id, hour) do update
   set levels = h.levels + excluded.levels,
       counts = h.counts || (select coalesce(jsonb_object_agg(n.key, n.value::int + coalesce((h.counts ->> n.key)::int, 0)), '{}')
                               from jsonb_each_text(excluded.counts) n)

-- name: tell_differing_again
-- Has levels told again whose target has another number than it was told, unless they are set aside or have changed since.
--   $1 int       channel.id
--   $2 int[]     facility.id of each
--   $3 int[]     product.id of each
--   $4 bigint[]  the number by which each was told when it was compared
-- One row: levels int. Locks: the items.
with again as (
  update channel_item i set again = true
    from unnest($2::int[], $3::int[], $4::bigint[]) as g (facility_id, product_id, sequence)
   where i.channel_id = $1::int and i.facility_id = g.facility_id and i.product_id = g.product_id and i.problem is null
     and i.told_sequence = g.sequence
  returning 1
)
select count(*)::int as levels from again

-- name: comparing_place
-- Where the comparing of a share of the levels goes on, with how many there are for one round of all of them: they are counted at its beginning.
--   $1 int     channel.id
--   $2 text[]  facilities that the channel is told of, null for all
-- One row: atFacility, atProduct, total int. Locks: the channel.
update channel c
   set compare_total = case when c.compare_at_facility > 0 or c.compare_at_product > 0 then c.compare_total
                            else (select count(*) from level l
                                   where $2::text[] is null or l.facility_id in (select f.id from facility f where f.facility_id = any ($2))) end
 where c.id = $1::int
returning c.compare_at_facility as "atFacility", c.compare_at_product as "atProduct", c.compare_total as total

-- name: move_comparing
-- Moves the comparing of a share of the levels on. It may be late for an hour at most: what it misses beyond that it does not make up for.
--   $1 int  channel.id
--   $2 int  facility.id of the last level that was compared, 0 to begin with the first one again
--   $3 int  product.id of it
--   $4 bigint  milliseconds from the time at which it was due to the next one
-- No rows. Locks: the channel.
update channel c
   set compare_at_facility = $2::int, compare_at_product = $3::int,
       compare_next_at = greatest(c.compare_next_at, clock_timestamp() - interval '1 hour') + make_interval(secs => $4::bigint / 1000.0)
 where c.id = $1::int and c.compare_next_at is not null
