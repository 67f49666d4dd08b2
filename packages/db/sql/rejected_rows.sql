-- Rows of snapshot files that could not be used.

-- name: insert_rejected_rows
-- Keeps the rows of a snapshot file that could not be used.
--   $1 uuid    reset id
--   $2 int[]   line
--   $3 text[]  outside facility id or null
--   $4 text[]  code
--   $5 text[]  reason
--   $6 text[]  the row's fields, a JSON array of texts each
--   $7 int[]   of rows of a repair: the line of the rejected row that each was to correct, or null
--   $8 int[]   product.id of rows that say which product of a known facility they count, or null
-- No rows. Locks: none but the new rows.
insert into rejected_row (reset_id, line, facility_id, code, reason, fields, repairs_line, product_id)
select $1::uuid, t.line, t.facility_id, t.code, t.reason,
       array(select jsonb_array_elements_text(t.fields::jsonb)), t.repairs_line, t.product_id
  from unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int[], $8::int[])
    as t (line, facility_id, code, reason, fields, repairs_line, product_id)
    on conflict (reset_id, line) do nothing

-- name: list_rejected_rows
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

-- name: rejects_by_code
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
