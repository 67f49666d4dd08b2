-- Lists the corrections of one product at one facility, newest reset first, previews aside. Those of a held facility say
-- what approving it would have done at the time it was held.
--   $1 int  facility.id
--   $2 int  product.id
--   $3 int  rows at most
-- One row a correction: resetId uuid, file, state text (applied, held or reverted), decidedBy text or null, asOf, at
-- timestamptz, before, counted, lateSales, shipments, unexplained, after numeric. Locks: none.
select c.reset_id as "resetId", r.file, s.state, s.decided_by as "decidedBy", r.as_of as "asOf", s.finished_at as at,
       c.before, c.counted, c.late_sales as "lateSales", c.shipments, c.unexplained, c.after
  from facility_reset s
  join correction c on c.reset_id = s.reset_id and c.facility_id = s.facility_id
  join reset r on r.id = s.reset_id
 where s.facility_id = $1 and c.product_id = $2 and not r.preview and s.state in ('applied', 'held', 'reverted')
 order by r.created_at desc, r.id desc
 limit $3::int
