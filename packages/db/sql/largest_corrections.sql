-- Lists the largest corrections of a reset, of all facilities or of one. A facility's first count explains its corrections:
-- they are its opening stock. All others have no explanation in the ledger: the count says something that no movement did.
--   $1 uuid     reset id
--   $2 int      facility.id, null for all
--   $3 boolean  only those without an explanation
--   $4 text     only of facilities whose part is in this state, null for any
--   $5 int      rows at most
-- One row a correction, the largest first: facility_id, state (of the facility's part), id_type, id_value text, before,
-- counted, late_sales, shipments, after numeric, is_first boolean. Locks: none.
with part as (
  select s.facility_id, s.state,
         not exists (select from facility_reset o
                       join reset e on e.id = o.reset_id
                      where o.facility_id = s.facility_id and o.reset_id <> s.reset_id and o.state in ('applied', 'reverted')
                        and not e.preview and (e.created_at, e.id) < (r.created_at, r.id)) as is_first
    from facility_reset s
    join reset r on r.id = s.reset_id
   where s.reset_id = $1 and ($2::int is null or s.facility_id = $2) and ($4::text is null or s.state = $4)
), largest as (
  select c.*, p.state, p.is_first
    from correction c
    join part p on p.facility_id = c.facility_id
   where c.reset_id = $1 and ($2::int is null or c.facility_id = $2) and not (p.is_first and $3)
   order by abs(c.after - c.before) desc, c.facility_id, c.product_id
   limit $5::int
)
select f.facility_id, l.state, p.id_type, p.id_value, l.before, l.counted, l.late_sales, l.shipments, l.after, l.is_first
  from largest l
  join facility f on f.id = l.facility_id
  join product p on p.id = l.product_id
 order by abs(l.after - l.before) desc, l.facility_id, l.product_id
