-- Opens one facility reset for each known facility that a staged snapshot names, with its counts of staged and rejected
-- rows. A facility of which no row could be used has failed from the start, visibly. Staged anew after a crash, facilities already applied
-- stay as they are.
--   $1 uuid  reset id
-- No rows. Locks: the rows written.
insert into facility_reset (reset_id, facility_id, rows, rejected, state, error, finished_at)
select $1::uuid, f.id, coalesce(s.rows, 0), coalesce(r.rejected, 0),
       case when s.rows is null then 'failed' else 'pending' end,
       case when s.rows is null then 'none of its ' || r.rejected || ' rows could be used; see the rejected rows' end,
       case when s.rows is null then clock_timestamp() end
  from (select facility_id, sum(cardinality(lines)) as rows from snapshot_part
         where reset_id = $1::uuid group by facility_id having sum(cardinality(lines)) > 0) s
  full join (select k.id as facility_id, count(*) as rejected
               from rejected_row w join facility k on k.facility_id = w.facility_id
              where w.reset_id = $1::uuid group by k.id) r using (facility_id)
  join facility f on f.id = coalesce(s.facility_id, r.facility_id)
    on conflict (reset_id, facility_id) do update
   set rows = excluded.rows, rejected = excluded.rejected
 where facility_reset.finished_at is null
