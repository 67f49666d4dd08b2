-- Alarms on record: raised and cleared by what is found, told to a webhook, forgotten.

-- name: try_alarms
-- Takes the alarms for this transaction, if no other worker has them.
--   $1 int  the first key of the lock (Locks.alarms)
-- One row: mine bool, now timestamptz (the database's time). Locks: the alarms (exclusive, try).
select pg_try_advisory_xact_lock($1::int, 0) as mine, clock_timestamp() as now

-- name: settle_alarms
-- Makes the alarms of some kinds agree with what is the case now: raises what does not ring yet, clears what is over, and
-- keeps the texts of the others up to date. A cleared alarm fires anew.
--   $1 text[]       kinds judged: their firing alarms that are not given here are cleared
--   $2 timestamptz  now
--   $3 jsonb        an array of what is the case, each key once: key, kind, message, since, and where there is one
--                   facilityId, resetId, file, size (how many things it is about)
-- One row for each alarm raised ("clearedAt" null) or cleared: key, kind, message text, since, "clearedAt" timestamptz,
-- "facilityId" text, "resetId" uuid, file text. Locks: the rows written, raised ones in the order of their keys.
-- A post may be under way for as long as half a minute: the news after it waits so long, or the two could arrive in the
-- wrong order. An acknowledgement is of what rang then: it is gone when that is cleared, or is about twice as many things.
with found as (
  select key, kind, message, since, "facilityId" as facility_id, "resetId" as reset_id, file, size
    from jsonb_to_recordset($3::jsonb)
      as f (key text, kind text, message text, since timestamptz, "facilityId" text, "resetId" uuid, file text, size int)
), raised as (
  insert into alarm as a (key, kind, message, since, facility_id, reset_id, file, size, next_post_at)
  select key, kind, message, since, facility_id, reset_id, file, size, $2::timestamptz
    from found
   order by key
      on conflict (key) do update
     set kind = excluded.kind, message = excluded.message, since = excluded.since, facility_id = excluded.facility_id,
         reset_id = excluded.reset_id, file = excluded.file, size = excluded.size, cleared_at = null, posted_at = null,
         cleared_posted_at = null, post_attempts = 0, acknowledged_at = null, acknowledged_by = null,
         acknowledged_note = null, acknowledged_size = null, outcome = null,
         next_post_at = least(greatest(a.next_post_at, $2::timestamptz), $2::timestamptz + interval '30 seconds')
   where a.cleared_at is not null
  returning a.key, a.kind, a.message, a.since, a.cleared_at, a.facility_id, a.reset_id, a.file
), renewed as (
  update alarm a
     set message = f.message, size = f.size
    from found f
   where a.key = f.key and a.cleared_at is null and (a.message, a.size) is distinct from (f.message, f.size)
     and not coalesce(f.size >= 2 * a.acknowledged_size, false)
), outgrown as (
  update alarm a
     set message = f.message, size = f.size, post_attempts = 0,
         acknowledged_at = null, acknowledged_by = null, acknowledged_note = null, acknowledged_size = null,
         next_post_at = least(greatest(a.next_post_at, $2::timestamptz), $2::timestamptz + interval '30 seconds')
    from found f
   where a.key = f.key and a.cleared_at is null and f.size >= 2 * a.acknowledged_size
), cleared as (
  update alarm a
     set cleared_at = $2::timestamptz, post_attempts = 0,
         next_post_at = least(greatest(a.next_post_at, $2::timestamptz), $2::timestamptz + interval '30 seconds')
   where a.kind = any ($1::text[]) and a.cleared_at is null
     and not exists (select from found f where f.key = a.key)
  returning a.key, a.kind, a.message, a.since, a.cleared_at, a.facility_id, a.reset_id, a.file
)
select key, kind, message, since, cleared_at as "clearedAt", facility_id as "facilityId", reset_id as "resetId", file
  from (select * from raised union all select * from cleared) changed
 order by key

-- name: acts_on_failed_jobs
-- What operators did about the failed jobs of one cause since a time.
--   $1 text         the queue
--   $2 text         the cause
--   $3 timestamptz  since when
--   $4 int          names of lost sales at most
-- One row for each operator who retried some, and for each reason for which one dismissed some, the earliest first: who, reason text
-- (null: retried), jobs int, done, "failedAgain" int (null where it is not known, or they were dismissed), lost int, "lostNames" text[]
-- (of jobs that lost sales). Locks: none.
select who, reason, jobs, done, "failedAgain", lost, "lostNames"
  from (select who, null as reason, sum(retried)::int as jobs,
               case when bool_and(done is not null) then sum(done)::int end as done,
               case when bool_and(done is not null) then sum(failed_again)::int end as "failedAgain",
               0 as lost, '{}'::text[] as "lostNames", min(retried_at) as at
          from job_retry
         where retried_at >= $3::timestamptz and queue = $1::text and cause = $2::text
         group by who
         union all
        select who, reason, count(*)::int, null, null, sum(lost)::int,
               (array_agg(name order by id) filter (where lost > 0))[1:$4::int], min(dismissed_at)
          from dismissed_job
         where dismissed_at >= $3 and queue = $1 and cause = $2 and state = 'dismissed'
         group by who, reason) acts
 order by at

-- name: end_of_hold
-- What became of a facility's part of a reset that was held.
--   $1 uuid  the reset's id
--   $2 text  the facility's outside id
-- One row, none when the reset has no such part: state, "decidedBy", "decidedBecause" text (or null), corrected int, "unitsBefore",
-- "unitsAfter" float8. Locks: none.
select f.state, f.decided_by as "decidedBy", f.decided_because as "decidedBecause", f.corrected,
       f.units_before::float8 as "unitsBefore", f.units_after::float8 as "unitsAfter"
  from facility_reset f
  join facility k on k.id = f.facility_id
 where f.reset_id = $1::uuid and k.facility_id = $2::text

-- name: say_alarm_outcome
-- Notes what became of the failed jobs or the hold of an alarm that is cleared.
--   $1 text  key
--   $2 text  in words
-- No rows. Locks: the row written.
update alarm set outcome = $2::text where key = $1::text

-- name: claim_alarm_posts
-- Claims the alarms that are to be posted next: all that are due of the kind of the one due longest, and like it raised,
-- still firing or cleared. Claiming moves the next attempt away, half a minute at first and a quarter of an hour in the
-- end, so that no other worker takes them meanwhile and a webhook that fails is left alone for longer and longer. An
-- all-clear that nobody took within a day is no news any more.
-- What fires on is told again unless an operator has acknowledged it; those of its kind that are half due go along, so that
-- many that were raised one after another are soon told together.
--   $1 timestamptz  now
--   $2 int          minutes after which what fires on is told again; 0: never
-- One row for each claimed alarm: key, kind, message text, since, "clearedAt" timestamptz, "facilityId" text, "resetId" uuid,
-- file, outcome text, "isRepeat" bool (true: it was told before and is firing still; else null). Locks: the rows written; those that another worker is
-- claiming are passed over.
with due as (
  select key, kind, case when cleared_at is not null then 'cleared' when posted_at is null then 'raised' else 'repeated' end as told,
         coalesce(next_post_at, posted_at + make_interval(mins => $2::int)) as due_at
    from alarm
   where (cleared_at > $1::timestamptz - interval '1 day' or (cleared_at is null and acknowledged_at is null))
     and (next_post_at is not null or (cleared_at is null and posted_at is not null and $2::int > 0))
), next as (
  select kind, told from due where due_at <= $1::timestamptz order by due_at, key limit 1
), mine as (
  select a.key
    from alarm a
    join next n on n.kind = a.kind
     and n.told = case when a.cleared_at is not null then 'cleared' when a.posted_at is null then 'raised' else 'repeated' end
   where (a.cleared_at > $1::timestamptz - interval '1 day' or (a.cleared_at is null and a.acknowledged_at is null))
     and (a.next_post_at <= $1::timestamptz
          or (a.next_post_at is null and n.told = 'repeated' and $2::int > 0
              and a.posted_at + make_interval(mins => $2::int) / 2 <= $1::timestamptz))
   order by a.key
     for update of a skip locked
)
update alarm a
   set post_attempts = a.post_attempts + 1,
       next_post_at = $1::timestamptz + least(interval '30 seconds' * power(2, least(a.post_attempts, 10)), interval '15 minutes')
  from mine
 where mine.key = a.key
returning a.key, a.kind, a.message, a.since, a.cleared_at as "clearedAt", a.facility_id as "facilityId", a.reset_id as "resetId",
          a.file, a.outcome, case when a.cleared_at is null and a.posted_at is not null then true end as "isRepeat"

-- name: record_alarms_posted
-- Notes that the webhook took alarms. What became of one since it was claimed is news that is still to be posted.
--   $1 text[]         keys
--   $2 timestamptz[]  since when each was raised, as it was posted
--   $3 timestamptz[]  when it was cleared, likewise; null where it is firing
--   $4 timestamptz    now
-- No rows. Locks: the rows written.
update alarm a
   set posted_at = case when t.cleared_at is null then $4::timestamptz else a.posted_at end,
       cleared_posted_at = case when t.cleared_at is null then null else $4 end,
       next_post_at = null, post_attempts = 0
  from unnest($1::text[], $2::timestamptz[], $3::timestamptz[]) as t (key, since, cleared_at)
 where a.key = t.key and a.since = t.since and a.cleared_at is not distinct from t.cleared_at

-- name: count_alarms
-- Counts the firing alarms.
-- One row a kind of which any is firing: kind text, count int. Locks: none.
select kind, count(*)::int as count from alarm where cleared_at is null group by kind

-- name: forget_alarms
-- Deletes the alarms that were cleared long ago.
--   $1 int  days for which a cleared one is kept
-- No rows. Locks: the rows deleted.
delete from alarm where cleared_at < clock_timestamp() - make_interval(days => $1::int)

-- name: acknowledge_alarm
-- Acknowledges an alarm that is firing.
--   $1 text         its key
--   $2 timestamptz  since when it is firing, as the operator saw it; null: whenever
--   $3 text         by whom
--   $4 text         a note, or null
-- One row, none when no alarm has the key: outcome text ('acknowledged'; 'resolved' or 'fired again', and nothing was changed).
-- Locks: the row.
with acknowledged as (
  update alarm
     set acknowledged_at = clock_timestamp(), acknowledged_by = $3::text, acknowledged_note = $4::text, acknowledged_size = size
   where key = $1::text and cleared_at is null and ($2::timestamptz is null or since = $2::timestamptz)
  returning key
)
select case when exists (select from acknowledged) then 'acknowledged' when cleared_at is null then 'fired again'
            else 'resolved' end as outcome
  from alarm
 where key = $1::text

-- name: list_alarms
-- Lists alarms: those that are firing, or those that are resolved, the newest first. Of those that are firing the ones that are not
-- acknowledged come first, of these the worst kind, and of a kind the longest.
--   $1 boolean  true: those that are firing
--   $2 int      rows at most, null for all
--   $3 text[]   kinds, the worst first; a kind that is not in it comes last
-- One row an alarm: key, kind, message text, since timestamptz, "facilityId" text, "resetId" uuid, file text (null where it is
-- about none), acknowledged jsonb (by, at in UTC, note; null until an operator has), "toldAt" timestamptz (when the webhook was
-- last told that it is firing, or null), "clearedAt" timestamptz (null while it is firing), size int (how many things it is about, or
-- null), outcome text (of failed jobs and of a hold once it is resolved: what became of them; else null). Locks: none.
select key, kind, message, since, facility_id as "facilityId", reset_id as "resetId", file,
       case when acknowledged_at is not null
            then jsonb_build_object('by', coalesce(acknowledged_by, ''), 'note', acknowledged_note,
                                    'at', to_char(acknowledged_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
        end as acknowledged,
       posted_at as "toldAt", cleared_at as "clearedAt", size, outcome
  from alarm
 where (cleared_at is null) = $1::boolean
 order by cleared_at desc,
          case when cleared_at is null then acknowledged_at is not null end,
          case when cleared_at is null then array_position($3::text[], kind) end, since, key
 limit $2::int
