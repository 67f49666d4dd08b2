-- Lists the corrections of one product at one facility, newest reset first, previews aside. Those of a held facility say
-- what approving it would have done at the time it was held.
--   $1 int  facility.id
--   $2 int  product.id
--   $3 int  rows at most
-- One row a correction: reset_id uuid, file, state text (applied, held or reverted), as_of, finished_at timestamptz,
-- decided_by text or null, before, counted, late_sales, shipments, unexplained, after numeric. Locks: none.
select c.reset_id, r.file, s.state, r.as_of, s.finished_at, s.decided_by,
       c.before, c.counted, c.late_sales, c.shipments, c.unexplained, c.after
  from facility_reset s
  join correction c on c.reset_id = s.reset_id and c.facility_id = s.facility_id
  join reset r on r.id = s.reset_id
 where s.facility_id = $1 and c.product_id = $2 and not r.preview and s.state in ('applied', 'held', 'reverted')
 order by r.created_at desc, r.id desc
 limit $3::int
