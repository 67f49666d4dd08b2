-- Lists the resets of the last 7 days that failed, or in which facilities failed, and that nothing has made good since. Made
-- good is what a later reset follows that was accepted (at least one facility applied); a file of the same scheduled run
-- does not count, for it lists other facilities.
--   $1 timestamptz  now
-- One row a reset: id uuid, file, outcome, archived_to text, failed_at timestamptz, failed int (facilities), facilities int,
-- first_facility, first_error text (null where no facility failed). Locks: none.
select r.id, r.file, r.outcome, r.archived_to, r.finished_at as failed_at, p.failed, p.facilities,
       p.first_failed[1] as first_facility, p.first_failed[2] as first_error
  from reset r
 cross join lateral (
   select count(*)::int as facilities, (count(*) filter (where f.state = 'failed'))::int as failed,
          min(array[k.facility_id, coalesce(f.error, 'no error is on record')]) filter (where f.state = 'failed') as first_failed
     from facility_reset f
     join facility k on k.id = f.facility_id
    where f.reset_id = r.id
 ) p
 where r.created_at > $1::timestamptz - interval '7 days' and r.finished_at is not null and not r.preview
   and (r.state = 'failed' or r.state = 'completed-with-holds' and p.failed > 0)
   and not exists (
     select from reset l
      where l.created_at > r.created_at and not l.preview
        and (l.requested_by <> r.requested_by or l.requested_by not like 'schedule %')
        and exists (select from facility_reset f where f.reset_id = l.id and f.state = 'applied'))
 order by r.created_at, r.id
