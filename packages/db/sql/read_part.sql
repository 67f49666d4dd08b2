-- One facility's part of a reset as it stands, locked until the transaction ends.
--   $1 uuid  reset id
--   $2 int   facility.id
-- One row: state text, "finishedAt" timestamptz, rows int (staged for it), rejected int, "asOf" timestamptz, preview bool,
-- "lastRows" int (the rows of the facility's newest applied reset; null before its first). Locks: the part's row.
select f.state, f.finished_at as "finishedAt", f.rows, f.rejected, r.as_of as "asOf", r.preview,
       (select l.rows from facility_reset l
         where l.facility_id = f.facility_id and l.reset_id <> f.reset_id and l.state = 'applied'
         order by l.finished_at desc limit 1) as "lastRows"
  from facility_reset f join reset r on r.id = f.reset_id
 where f.reset_id = $1::uuid and f.facility_id = $2::int
   for update of f
