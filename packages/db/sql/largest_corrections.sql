-- Lists the largest corrections of a reset, of all facilities or of one. A facility's first count explains its corrections:
-- they are its opening stock. All others have no explanation in the ledger: the count says something that no movement did.
--   $1 uuid     reset id
--   $2 text     outside id of the facility; null for all whose part is in force, or of a preview would be
--   $3 boolean  only those without an explanation
--   $4 int      rows at most
-- One row a correction, the largest first: "facilityId", state (of the facility's part), "idType", "idValue" text, before,
-- counted, "lateSales", shipments, after numeric, "isFirst" boolean. Locks: none.
with part as (
  select s.facility_id, s.state,
         not exists (select from facility_reset o
                       join reset e on e.id = o.reset_id
                      where o.facility_id = s.facility_id and o.reset_id <> s.reset_id and o.state in ('applied', 'reverted')
                        and not e.preview and (e.created_at, e.id) < (r.created_at, r.id)) as is_first
    from facility_reset s
    join reset r on r.id = s.reset_id
   where s.reset_id = $1
     and case when $2::text is not null then s.facility_id = (select id from facility where facility_id = $2)
              else s.state = 'applied' or (r.preview and s.state = 'pending' and s.held_because is null) end
), largest as (
  select c.*, p.state, p.is_first
    from correction c
    join part p on p.facility_id = c.facility_id
   where c.reset_id = $1 and not (p.is_first and $3)
   order by abs(c.after - c.before) desc, c.facility_id, c.product_id
   limit $4::int
)
select f.facility_id as "facilityId", l.state, p.id_type as "idType", p.id_value as "idValue", l.before, l.counted,
       l.late_sales as "lateSales", l.shipments, l.after, l.is_first as "isFirst"
  from largest l
  join facility f on f.id = l.facility_id
  join product p on p.id = l.product_id
 order by abs(l.after - l.before) desc, l.facility_id, l.product_id
