-- Lists the rejected rows of a reset in the order of its file.
--   $1 uuid  reset id
--   $2 int   line after which to begin, -1 for the first
--   $3 int   rows at most, null for all
-- One row a rejected row: line int, "facilityId" text or null, code, reason text, fields text[]. Locks: none.
select line, facility_id as "facilityId", code, reason, fields
  from rejected_row
 where reset_id = $1::uuid and line > $2::int
 order by line
 limit $3::int
