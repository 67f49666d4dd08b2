-- Counts the rejected rows of a reset by code, with the first row of each as an example.
--   $1 uuid  reset id
-- One row a code, the most frequent first: code text, rows, facilities int, line int, "facilityId" text or null, reason
-- text and fields text[] of the example. Locks: none.
with counted as (
  select code, count(*)::int as rows, count(distinct facility_id)::int as facilities, min(line) as line
    from rejected_row
   where reset_id = $1
   group by code
)
select c.code, c.rows, c.facilities, c.line, e.facility_id as "facilityId", e.reason, e.fields
  from counted c
  join rejected_row e on e.reset_id = $1 and e.line = c.line
 order by c.rows desc, c.code
