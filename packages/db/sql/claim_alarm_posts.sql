-- Claims the alarms that are to be posted next: all that are due of the kind of the one due longest, and like it raised,
-- still ringing or cleared. Claiming moves the next attempt away, half a minute at first and a quarter of an hour in the
-- end, so that no other worker takes them meanwhile and a webhook that fails is left alone for longer and longer. An
-- all-clear that nobody took within a day is no news any more.
-- What rings on is told again unless somebody has acknowledged it; those of its kind that are half due go along, so that
-- many that were raised one after another are soon told together.
--   $1 timestamptz  now
--   $2 int          minutes after which what rings on is told again; 0: never
-- One row for each claimed alarm: key, kind, message text, since, cleared_at timestamptz, facility_id text, reset_id uuid,
-- file text, posted_at timestamptz (null: it is told for the first time). Locks: the rows written; those that another
-- worker is claiming are passed over.
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
returning a.key, a.kind, a.message, a.since, a.cleared_at, a.facility_id, a.reset_id, a.file, a.posted_at
