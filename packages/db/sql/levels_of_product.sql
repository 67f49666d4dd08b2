-- Lists where one product stands: its levels at all facilities, in the order of their outside ids.
--   $1 int  product.id
--   $2 int  rows at most
-- One row a facility that has had it: facilityId text, onHand numeric, asOf (or null), updatedAt timestamptz, and of
-- all facilities together facilities int, units numeric. Locks: none.
select f.facility_id as "facilityId", l.on_hand as "onHand", l.as_of as "asOf", l.updated_at as "updatedAt",
       (count(*) over ())::int as facilities, sum(l.on_hand) over () as units
  from facility f
  join level_in_force l on l.facility_id = f.id and l.product_id = $1
 order by f.facility_id
 limit $2::int
