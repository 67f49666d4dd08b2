-- A page of resets, newest first, each with how many of its facilities' parts are in which state.
--   $1 timestamptz  where the page begins: after the reset of this time and id; null for the first page
--   $2 uuid
--   $3 int          resets at most
-- One row a reset, as the API answers it, and "createdAt" timestamptz. Locks: none.
select r.id, r.file, r.sha256, r.as_of as "asOf", r.as_of_from as "asOfFrom", r.state, r.outcome, r.preview,
       r.requested_by as "requestedBy", r.rows, r.rejected, r.skipped, r.timings, r.created_at as "createdAt",
       (select coalesce(jsonb_object_agg(p.state, p.parts), '{}')
          from (select f.state, count(*)::int as parts from facility_reset f where f.reset_id = r.id group by f.state) p
       ) as "facilityCounts"
  from reset r
 where $1::timestamptz is null or (r.created_at, r.id) < ($1, $2::uuid)
 order by r.created_at desc, r.id desc
 limit $3::int
