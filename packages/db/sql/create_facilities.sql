-- Makes the facilities that do not exist yet.
--   $1 text[]  outside ids
-- No rows. Locks: the keys of new facilities, ascending. Asking first keeps the number sequence free of holes.
insert into facility (facility_id)
select id
  from (select distinct unnest($1::text[])) as t (id)
 where not exists (select from facility f where f.facility_id = t.id)
 order by id
    on conflict (facility_id) do nothing
