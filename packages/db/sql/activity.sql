-- The history of what the workers did, minute by minute.

-- name: record_activity
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

-- name: read_activity
-- What was done between two times, in points of so many minutes each; a point in which nothing was recorded is there, too.
--   $1 timestamptz  from: the first point, a full minute
--   $2 timestamptz  until, itself not included
--   $3 int          minutes a point
-- One row a point, in order of time: at timestamptz, events int, sales int, absorbed int, duplicates int,
-- receipts int[], sold int[] (events by their latency from receipt or sale to commit, null when nothing was counted), waiting int, deferred int, failed int
-- (the greatest seen, null when none was). Locks: none.
with points as (
  select at
    from generate_series($1::timestamptz, $2::timestamptz - interval '1 millisecond', make_interval(mins => $3::int)) as at
), kept as (
  select date_bin(make_interval(mins => $3::int), a.minute, $1::timestamptz) as at, a.*
    from activity_minute a
   where a.minute >= $1::timestamptz and a.minute < $2::timestamptz
), summed as (
  select at, sum(events)::int as events, sum(sales)::int as sales, sum(absorbed)::int as absorbed,
         sum(duplicates)::int as duplicates, max(waiting) as waiting, max(deferred) as deferred, max(failed) as failed
    from kept
   group by at
), receipts as (
  select at, array_agg(count order by ord) as counts
    from (select k.at, b.ord, sum(b.count)::int as count
            from kept k, unnest(k.receipt_to_commit) with ordinality as b (count, ord)
           group by k.at, b.ord) each
   group by at
), sold as (
  select at, array_agg(count order by ord) as counts
    from (select k.at, b.ord, sum(b.count)::int as count
            from kept k, unnest(k.sale_to_commit) with ordinality as b (count, ord)
           group by k.at, b.ord) each
   group by at
)
select p.at, coalesce(s.events, 0) as events, coalesce(s.sales, 0) as sales, coalesce(s.absorbed, 0) as absorbed,
       coalesce(s.duplicates, 0) as duplicates, r.counts as receipts, o.counts as sold,
       s.waiting, s.deferred, s.failed
  from points p
  left join summed s using (at)
  left join receipts r using (at)
  left join sold o using (at)
 order by p.at
