-- Lists the products with stock that a count does not list, and that stand as they were (R7), by facility and product. Of applied parts whose
-- count is still the facility's newest, and of held ones; a row that was rejected, or corrected since by a repair, lists its product.
--   $1 uuid  reset id
--   $2 int   facility.id after which to begin, 0 for the first
--   $3 int   product.id of that facility after which to begin, 0 for the first
--   $4 int   rows at most
-- One row a level: facility, product int; "facilityId", state (of the facility's part), "idType", "idValue" text, "onHand" numeric,
-- "countedAt" timestamptz (the count before in which it was listed, null for none), "updatedAt" timestamptz. Locks: none.
select f.id as facility, p.id as product, f.facility_id as "facilityId", s.state, p.id_type as "idType", p.id_value as "idValue",
       l.on_hand as "onHand", l.as_of as "countedAt", l.updated_at as "updatedAt"
  from facility_reset s
  join reset r on r.id = s.reset_id and r.repair_of is null and not r.preview
  join facility f on f.id = s.facility_id
  join level_in_force l on l.facility_id = s.facility_id
  join product p on p.id = l.product_id and p.merged_into is null
 where s.reset_id = $1::uuid and s.absent > 0 and l.on_hand > 0 and (l.facility_id, l.product_id) > ($2::int, $3::int)
   and case s.state
         when 'applied' then exists (select from facility_snapshot n where n.facility_id = s.facility_id and n.reset_id = $1)
                             and l.reset_id is distinct from $1 and l.follows is distinct from $1
                             and coalesce(l.reset_id not in (select id from reset where repair_of = $1), true)
         when 'held' then not exists (select from held_row h where h.reset_id = $1 and h.facility_id = s.facility_id and h.product_id = l.product_id)
         else false
       end
   and not exists (select from rejected_row j where j.reset_id = $1 and j.facility_id = f.facility_id and j.product_id = l.product_id)
 order by l.facility_id, l.product_id
 limit $4::int
