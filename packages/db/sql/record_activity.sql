-- Adds what one worker counted in one minute to that minute's row, and deletes what is too old.
--   $1  timestamptz  the minute
--   $2  int          events
--   $3  int          sales
--   $4  int          lines absorbed
--   $5  int          lines that were duplicates
--   $6  int[]        new events by time from receipt to commit, one number a bucket
--   $7  int[]        new events by time from when they happened, likewise
--   $8  int          jobs of events that wait, null when it was not asked
--   $9  int          jobs of events that are deferred, likewise
--   $10 int          failed jobs, likewise
--   $11 int          days that are kept
-- No rows. Locks: the minute's row, last in its transaction.
with forgotten as (
  delete from activity_minute
   where minute < $1::timestamptz - make_interval(days => $11::int)
)
insert into activity_minute as a (minute, events, sales, absorbed, duplicates, receipt_to_commit, sale_to_commit,
                                  waiting, deferred, failed)
values ($1::timestamptz, $2::int, $3::int, $4::int, $5::int, $6::int[], $7::int[], $8::int, $9::int, $10::int)
    on conflict (minute) do update
   set events = a.events + excluded.events,
       sales = a.sales + excluded.sales,
       absorbed = a.absorbed + excluded.absorbed,
       duplicates = a.duplicates + excluded.duplicates,
       receipt_to_commit = (
         select array_agg(coalesce(b.had, 0) + coalesce(b.more, 0) order by b.ord)
           from unnest(a.receipt_to_commit, excluded.receipt_to_commit) with ordinality as b (had, more, ord)
       ),
       sale_to_commit = (
         select array_agg(coalesce(b.had, 0) + coalesce(b.more, 0) order by b.ord)
           from unnest(a.sale_to_commit, excluded.sale_to_commit) with ordinality as b (had, more, ord)
       ),
       waiting = greatest(a.waiting, excluded.waiting),
       deferred = greatest(a.deferred, excluded.deferred),
       failed = greatest(a.failed, excluded.failed)
