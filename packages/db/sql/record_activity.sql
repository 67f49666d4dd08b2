-- Adds what one worker counted in one minute to that minute's row, and deletes what is too old.
--   $1 jsonb  minute, events, sales, absorbed and duplicates (lines); new events by time from receipt to commit and from when
--             they happened, one number a bucket (receiptToCommit, saleToCommit); and where the queue was asked, jobs of events
--             that wait and that are deferred, and failed jobs (waiting, deferred, failed)
--   $2 int    days that are kept
-- No rows. Locks: the minute's row, last in its transaction.
with counted as (
  select *
    from jsonb_to_record($1::jsonb)
      as c (minute timestamptz, events int, sales int, absorbed int, duplicates int, "receiptToCommit" int[], "saleToCommit" int[],
            waiting int, deferred int, failed int)
), forgotten as (
  delete from activity_minute
   where minute < (select minute from counted) - make_interval(days => $2::int)
)
insert into activity_minute as a (minute, events, sales, absorbed, duplicates, receipt_to_commit, sale_to_commit,
                                  waiting, deferred, failed)
select minute, events, sales, absorbed, duplicates, "receiptToCommit", "saleToCommit", waiting, deferred, failed
  from counted
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
