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
