-- The reset of the last 30 days that was the last to end, previews, repairs and duplicates aside.
-- One row or none: id uuid, state text, finishedAt timestamptz, rows int, timings jsonb (milliseconds by step), facilities
-- jsonb (how many by state). Locks: none.
select r.id, r.state, r.finished_at as "finishedAt", r.rows, r.timings,
       coalesce((select jsonb_object_agg(state, count)
                   from (select s.state, count(*) as count from facility_reset s where s.reset_id = r.id group by s.state) by_state),
                '{}') as facilities
  from reset r
 where r.finished_at is not null and not r.preview and r.repair_of is null and r.rows > 0
   and r.created_at > clock_timestamp() - interval '30 days'
 order by r.created_at desc, r.id desc
 limit 1
