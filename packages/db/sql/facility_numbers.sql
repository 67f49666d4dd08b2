-- Finds facilities by their outside ids.
--   $1 text[]  outside ids, null for all
-- One row a facility that is known, in the order of the ids: id int (of the facility that it was merged into, where it was), facilityId
-- text, ownId int. Locks: none.
select coalesce(merged_into, id) as id, facility_id as "facilityId", id as "ownId"
  from facility
 where $1::text[] is null or facility_id = any($1)
 order by facility_id
