-- The channels on record: which levels have changed for them, what they are, and which of them a worker has to be woken for.

-- name: try_marks
-- Takes the numbering for this transaction, if no other worker has it.
--   $1 int  the first key of the lock (Locks.marks)
-- One row: mine bool. Locks: the marks (exclusive, try).
select pg_try_advisory_xact_lock($1::int, 0) as mine

-- name: spread_level_changes
-- Gives each level that has changed a number of its own, in place of the one it had: the order in which channels are told. Runs under
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
  returning c.id, c.facility_ids, c.product_ids, c.changed_at
), changed as (
  select u.facility_id, u.product_id, min(t.changed_at) as changed_at
    from taken t, unnest(t.facility_ids, t.product_ids) as u (facility_id, product_id)
   group by u.facility_id, u.product_id
   order by u.facility_id, u.product_id
), marked as (
  insert into level_mark as m (facility_id, product_id, sequence, changed_at)
  select facility_id, product_id, nextval('level_mark_sequence_seq'), changed_at
    from changed
      on conflict (facility_id, product_id) do update
     set sequence = excluded.sequence, changed_at = excluded.changed_at
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
--   $1 jsonb  all channels: an array of name, kind, mode, scope, settings
-- A row for each that has to be told all: id int, name text. Locks: the channels, in the order of their names.
with given as (
  select name, kind, mode, scope, settings
    from jsonb_to_recordset($1::jsonb) as n (name text, kind text, mode text, scope text, settings jsonb)
   order by name
), removed as (
  update channel set mode = 'removed', lane_token = null, lane_until = null
   where mode <> 'removed' and name not in (select name from given)
), other as (
  insert into channel as c (name, kind, mode, scope, settings, told_through)
  select name, kind, mode, scope, settings, (select coalesce(max(sequence), 0) from level_mark)
    from given
      on conflict (name) do update
     set kind = excluded.kind, mode = excluded.mode, scope = excluded.scope, settings = excluded.settings, disabled_at = null,
         failures = 0, failing_since = null, next_try_at = null
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
-- Lists the channels of the settings.
--   $1 int  where to stop counting what waits
-- One row a channel, by name: id int, name, kind, mode text, toldThrough text, behindSince, pausedAt timestamptz, pausedBy text, disabledAt timestamptz,
-- failures int, failingSince, nextTryAt timestamptz, lastError text, lastErrorAt, lastPublishedAt timestamptz, published text; settings jsonb; problems, problemsSince timestamptz (of the oldest),
-- unknown int (levels set aside, and of them those of which it is not known whether the target took them); pending int (levels that wait, counted up
-- to the limit), pendingSince timestamptz; run jsonb (id, kind, done, total of the oldest resync or compare under way, or null). Locks: none.
select c.id, c.name, c.kind, c.mode, c.settings, c.told_through::text as "toldThrough", c.behind_since as "behindSince", c.paused_at as "pausedAt",
       c.paused_by as "pausedBy", c.disabled_at as "disabledAt", c.failures, c.failing_since as "failingSince",
       c.next_try_at as "nextTryAt", c.last_error as "lastError", c.last_error_at as "lastErrorAt",
       c.last_published_at as "lastPublishedAt", c.published::text as published,
       coalesce(p.problems, 0)::int as problems, p.since as "problemsSince", coalesce(p.unknown, 0)::int as unknown, w.pending::int as pending,
       case when w.pending > 0 then coalesce(c.behind_since, w.since) end as "pendingSince", r.run
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
    select jsonb_build_object('id', n.id, 'kind', n.kind, 'done', n.done, 'total', n.total) as run
      from channel_run n
     where n.channel_id = c.id and n.state = 'running'
     order by n.started_at, n.id
     limit 1) r on true
  left join lateral (
    select count(*) as problems, min(i.problem_since) as since, count(*) filter (where i.problem = 'UNKNOWN_OUTCOME') as unknown
      from channel_item i
     where i.channel_id = c.id and i.problem is not null) p on true
 where c.mode <> 'removed'
 order by c.name

-- name: channels_to_wake
-- The channels that have something to tell and that no worker works on.
-- One row a channel: name, newest text (the newest number there is). Locks: none.
select c.name, coalesce((select max(m.sequence) from level_mark m), 0)::text as newest
  from channel c
 where c.mode in ('live', 'shadow') and c.kind <> 'feed' and c.paused_at is null and c.disabled_at is null
   and (c.next_try_at is null or c.next_try_at <= clock_timestamp())
   and (c.lane_until is null or c.lane_until < clock_timestamp())
   and (exists (select from level_mark m where m.sequence > c.told_through)
        or exists (select from channel_item i where i.channel_id = c.id and i.again)
        or exists (select from channel_run r where r.channel_id = c.id and r.state = 'running'))
 order by c.name
