-- The channels on record: which levels have changed for them, what they are, and which of them a worker has to be woken for.

-- name: try_marks
-- Takes the numbering for this transaction, if no other worker has it.
--   $1 int  the first key of the lock (Locks.marks)
-- One row: mine bool. Locks: the marks (exclusive, try).
select pg_try_advisory_xact_lock($1::int, 0) as mine

-- name: note_trace
-- Says which trace the changes of this transaction are part of.
--   $1 text  as traceparent has it
-- One row, without meaning. Locks: none.
select set_config('inventory_sync.trace', $1::text, true)

-- name: spread_level_changes
-- Gives each level that has changed a number of its own, in place of the one it had: the order in which channels are told. The trace of its
-- newest traced change goes with it. Runs under
-- the lock `marks`, so numbers become visible in their order.
--   $1 int  changes (transactions of the ledger) at most
--   $2 int  levels that they have together at most, unless the first one has more
-- One row: marked int; isMore boolean, others are left. Locks: the changes taken, then the marks in the order of their keys, then channels
-- that fall behind.
with oldest as (
  select o.id
    from (select id, sum(cardinality(facility_ids)) over (order by id) - cardinality(facility_ids) as levels_before
            from (select id, facility_ids from level_change order by id limit $1::int) f) o
   where o.levels_before < $2::int
), taken as (
  delete from level_change c using oldest where c.id = oldest.id
  returning c.id, c.facility_ids, c.product_ids, c.changed_at, c.trace
), changed as (
  select u.facility_id, u.product_id, min(t.changed_at) as changed_at,
         substr(max(case when t.trace is not null then to_char(t.id, 'fm0000000000000000000') || t.trace end), 20) as trace
    from taken t, unnest(t.facility_ids, t.product_ids) as u (facility_id, product_id)
   group by u.facility_id, u.product_id
   order by u.facility_id, u.product_id
), marked as (
  insert into level_mark as m (facility_id, product_id, sequence, changed_at, trace)
  select facility_id, product_id, nextval('level_mark_sequence_seq'), changed_at, trace
    from changed
      on conflict (facility_id, product_id) do update
     set sequence = excluded.sequence, changed_at = excluded.changed_at, trace = excluded.trace
  returning m.changed_at
), behind as (
  update channel
     set behind_since = (select min(changed_at) from marked)
   where behind_since is null and mode <> 'removed' and exists (select from marked)
)
select (select count(*) from marked)::int as marked,
       exists (select from level_change c where c.id not in (select id from taken)) as "isMore"

-- name: keep_channels
-- Makes the channels on record those of the settings. One that is new, or is told other levels than before, or in another place, or was
-- not in the settings for a while, begins at what changes from now on, and has to be told all its levels once (a resync); one that was a
-- shadow and is live now, too.
-- Of one that tells another place, what the place before was told and had is forgotten.
--   $1 jsonb  all channels: an array of name, kind, mode, scope, place, settings
-- A row for each that has to be told all: id int, name text. Locks: the channels, in the order of their names.
with given as (
  select name, kind, mode, scope, place, settings
    from jsonb_to_recordset($1::jsonb) as n (name text, kind text, mode text, scope text, place text, settings jsonb)
   order by name
), moved as (
  select c.id from channel c join given g using (name) where c.kind <> g.kind or c.place <> g.place
), forgotten as (
  delete from channel_item where channel_id in (select id from moved)
), stopped as (
  update channel_run set state = 'stopped', finished_at = clock_timestamp()
   where state = 'running' and channel_id in (select id from moved)
), uncompared as (
  delete from channel_compared where channel_id in (select id from moved)
), removed as (
  update channel set mode = 'removed', lane_token = null, lane_until = null, map_run_id = null
   where mode <> 'removed' and name not in (select name from given)
  returning id
), unmapped as (
  delete from channel_target where channel_id in (select id from moved union all select id from removed)
), other as (
  insert into channel as c (name, kind, mode, scope, place, settings, told_through)
  select name, kind, mode, scope, place, settings, (select coalesce(max(sequence), 0) from level_mark)
    from given
      on conflict (name) do update
     set kind = excluded.kind, mode = excluded.mode, scope = excluded.scope, place = excluded.place, settings = excluded.settings,
         disabled_at = null, failures = 0, failing_since = null, next_try_at = null,
         map_run_id = case when c.id in (select id from moved) then null else c.map_run_id end, map_error = null, map_failing_since = null
   where c.scope <> excluded.scope or c.kind <> excluded.kind or c.mode = 'removed'
  returning c.id, c.name
), again as (
  update channel c set mode = g.mode
    from given g
    join channel before on before.name = g.name
   where c.id = before.id and c.mode <> g.mode and c.mode <> 'removed' and c.scope = g.scope and c.kind = g.kind
  returning c.id, c.name, before.mode = 'shadow' and g.mode = 'live' as is_begun
)
select id, name from other
union all
select id, name from again where is_begun

-- name: list_channels
-- Lists the channels of the settings, or one of them.
--   $1 int   where to stop counting what waits
--   $2 text  the name of the one; null: all
-- One row a channel, by name: id int, name, kind, mode, scope text, toldThrough text, behindSince, pausedAt timestamptz, pausedBy text, disabledAt timestamptz,
-- failures int, failingSince, nextTryAt timestamptz, lastError text, lastErrorAt, lastPublishedAt timestamptz, published text; closedReason text, closedSince timestamptz (why a
-- worker cannot open it), otherVersion text, otherVersionSince timestamptz (the target answers by another version of its API); settings jsonb; abilities text[]; problems, problemsSince timestamptz (of the oldest),
-- unknown int (levels set aside, and of them those of which it is not known whether the target took them); pending int (levels that wait, counted up
-- to the limit), pendingSince timestamptz; run jsonb (id, kind, done, total, counts of the run that is worked on, or null); mapItems int, mapReadAt timestamptz, mapError text,
-- mapFailingSince timestamptz (of the map in force, and of the reading that failed last); comparedLevels int, comparedCounts jsonb, driftSince timestamptz
-- (what was compared in the last 24 hours, by class, and the first hour in which theirsChanged was found), compareTotal int (levels there are to compare);
-- lastCompare jsonb (finishedAt, levels, counts of the compare that ended last, or null). Locks: none.
select c.id, c.name, c.kind, c.mode, c.scope, c.settings, c.abilities, c.told_through::text as "toldThrough", c.behind_since as "behindSince", c.paused_at as "pausedAt",
       c.paused_by as "pausedBy", c.disabled_at as "disabledAt", c.failures, c.failing_since as "failingSince",
       c.next_try_at as "nextTryAt", c.last_error as "lastError", c.last_error_at as "lastErrorAt",
       c.last_published_at as "lastPublishedAt", c.published::text as published, c.closed_reason as "closedReason",
       c.closed_since as "closedSince", c.other_version as "otherVersion", c.other_version_since as "otherVersionSince",
       coalesce(p.problems, 0)::int as problems, p.since as "problemsSince", coalesce(p.unknown, 0)::int as unknown, w.pending::int as pending,
       case when w.pending > 0 then coalesce(c.behind_since, w.since) end as "pendingSince", r.run,
       c.map_items as "mapItems", m.finished_at as "mapReadAt", c.map_error as "mapError", c.map_failing_since as "mapFailingSince",
       coalesce(d.levels, 0)::int as "comparedLevels", coalesce(d.counts, '{}') as "comparedCounts", d.since as "driftSince",
       c.compare_total as "compareTotal", e.ended as "lastCompare"
  from channel c
  left join lateral (
    select count(*) as pending, min(m.changed_at) as since
      from (select m.changed_at
              from level_mark m
              join facility f on f.id = m.facility_id
             where m.sequence > c.told_through and c.mode <> 'off'
               and (c.settings -> 'facilities' = '"*"' or c.settings -> 'facilities' ? f.facility_id)
             limit $1::int) m) w on true
  left join lateral (
    select jsonb_build_object('id', n.id, 'kind', n.kind, 'done', n.done, 'total', n.total, 'counts', n.counts) as run
      from channel_run n
     where n.channel_id = c.id and n.state = 'running'
     order by case n.kind when 'map' then 0 when 'resync' then 1 else 2 end, n.started_at, n.id
     limit 1) r on true
  left join lateral (
    select count(*) as problems, min(i.problem_since) as since, count(*) filter (where i.problem = 'UNKNOWN_OUTCOME') as unknown
      from channel_item i
     where i.channel_id = c.id and i.problem is not null) p on true
  left join channel_run m on m.id = c.map_run_id
  left join lateral (
    select sum(h.levels) as levels, min(h.hour) filter (where (h.counts ->> 'theirsChanged')::int > 0) as since,
           (select jsonb_object_agg(k.key, k.levels)
              from (select n.key, sum(n.value::int)::int as levels
                      from channel_compared o, jsonb_each_text(o.counts) n
                     where o.channel_id = c.id and o.hour > clock_timestamp() - interval '25 hours' group by n.key) k) as counts
      from channel_compared h
     where h.channel_id = c.id and h.hour > clock_timestamp() - interval '25 hours') d on true
  left join lateral (
    select jsonb_build_object('finishedAt', to_char(n.finished_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'levels', n.done,
                              'counts', n.counts) as ended
      from channel_run n
     where n.channel_id = c.id and n.kind = 'compare' and n.state = 'completed'
     order by n.finished_at desc
     limit 1) e on true
 where c.mode <> 'removed' and ($2::text is null or c.name = $2)
 order by c.name

-- name: channel_named
-- A channel of the settings, without what has to be counted.
--   $1 text  its name
-- At most one row: id int, kind, mode, scope text, settings jsonb, abilities text[]. Locks: none.
select c.id, c.kind, c.mode, c.scope, c.settings, c.abilities
  from channel c
 where c.name = $1 and c.mode <> 'removed'

-- name: channels_to_wake
-- The channels that have something to tell and that no worker works on.
-- One row a channel: name, newest text (the newest number there is). Locks: none.
select c.name, coalesce((select max(m.sequence) from level_mark m), 0)::text as newest
  from channel c
 where c.mode in ('live', 'shadow') and c.kind <> 'feed' and c.paused_at is null and c.disabled_at is null
   and (c.next_try_at is null or c.next_try_at <= clock_timestamp())
   and (c.lane_until is null or c.lane_until < clock_timestamp())
   and (exists (select from level_mark m where m.sequence > c.told_through)
        or exists (select from channel_run r where r.channel_id = c.id and r.state = 'running')
        or c.compare_next_at <= clock_timestamp()
        or exists (select from channel_item i join facility f on f.id = i.facility_id
                    where i.channel_id = c.id and i.again and c.mode = 'live'
                      and (c.settings -> 'facilities' = '"*"' or c.settings -> 'facilities' ? f.facility_id))
        or ('reset' = any (c.abilities) and c.mode = 'live' and coalesce(c.reset_due_at <= clock_timestamp(), true)
            and exists (select from channel_item i join facility f on f.id = i.facility_id
                         where i.channel_id = c.id and i.problem = 'UNKNOWN_OUTCOME'
                           and (c.settings -> 'facilities' = '"*"' or c.settings -> 'facilities' ? f.facility_id))))
 order by c.name

-- name: keep_abilities
-- Keeps what a channel's kind can do besides telling, and whether its levels are compared all the time.
--   $1 int      channel.id
--   $2 text[]   items, held, reset
--   $3 boolean  compared all the time
-- No rows. Locks: the channel.
update channel
   set abilities = $2::text[], compare_next_at = case when $3::boolean then coalesce(compare_next_at, clock_timestamp()) end
 where id = $1::int

-- name: keep_closed
-- Keeps why a worker cannot open a channel, or that one can.
--   $1 int   channel.id
--   $2 text  why, null when it is open
-- No rows. Locks: the channel, when it was otherwise before.
update channel
   set closed_reason = $2::text, closed_since = case when $2 is not null then coalesce(closed_since, clock_timestamp()) end
 where id = $1::int and closed_reason is distinct from $2

-- name: keep_other_version
-- Keeps that a channel's target answers by another version of its API, or that it does not.
--   $1 int   channel.id
--   $2 text  that, in words; null when it answers by the one that was asked for
-- No rows. Locks: the channel, when it was otherwise before.
update channel
   set other_version = $2::text, other_version_since = case when $2 is not null then clock_timestamp() end
 where id = $1::int and other_version is distinct from $2

-- name: keep_file_fault
-- Keeps what is wrong with the file of channels, or that nothing is.
--   $1 text  what, null for nothing
-- No rows. Locks: the row.
with none as (
  delete from channels_file where $1::text is null
)
insert into channels_file as f (id, fault)
select 1, $1 where $1 is not null
    on conflict (id) do update set fault = excluded.fault where f.fault <> excluded.fault

-- name: read_file_fault
-- What is wrong with the file of channels.
-- One row, or none when nothing is: fault text, since timestamptz. Locks: none.
select fault, since from channels_file
