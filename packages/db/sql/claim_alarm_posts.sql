-- Claims the alarms that are to be posted next: all that are due of the kind of the one due longest, and like it ringing or
-- cleared. Claiming moves the next attempt away, half a minute at first and a quarter of an hour in the end, so that no
-- other worker takes them meanwhile and a webhook that fails is left alone for longer and longer. An all-clear that nobody
-- took within a day is no news any more.
--   $1 timestamptz  now
-- One row for each claimed alarm: key, kind, message text, since, cleared_at timestamptz, facility_id text, reset_id uuid,
-- file text. Locks: the rows written; those that another worker is claiming are passed over.
with due as (
  select key, kind, cleared_at is null as ringing, next_post_at
    from alarm
   where next_post_at <= $1::timestamptz and (cleared_at is null or cleared_at > $1::timestamptz - interval '1 day')
), next as (
  select kind, ringing from due order by next_post_at, key limit 1
), mine as (
  select a.key
    from alarm a
    join next n on n.kind = a.kind and n.ringing = (a.cleared_at is null)
   where a.next_post_at <= $1::timestamptz and (a.cleared_at is null or a.cleared_at > $1::timestamptz - interval '1 day')
   order by a.key
     for update of a skip locked
)
update alarm a
   set post_attempts = a.post_attempts + 1,
       next_post_at = $1::timestamptz + least(interval '30 seconds' * power(2, least(a.post_attempts, 10)), interval '15 minutes')
  from mine
 where mine.key = a.key
returning a.key, a.kind, a.message, a.since, a.cleared_at, a.facility_id, a.reset_id, a.file
