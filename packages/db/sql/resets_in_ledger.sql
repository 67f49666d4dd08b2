-- How many facilities of each reset have been applied; of a single facility of it, whether that one has.
--   $1 uuid[]  resets
--   $2 text[]  outside ids of facilities, null for the whole reset
-- One row each, in their order: ord bigint (from 1), facilities int, applied int. Locks: none.
select i.ord, count(r.reset_id)::int as facilities, count(r.reset_id) filter (where r.state = 'applied')::int as applied
  from unnest($1::uuid[], $2::text[]) with ordinality as i (reset_id, facility_id, ord)
  left join facility f on f.facility_id = i.facility_id
  left join facility_reset r on r.reset_id = i.reset_id and (i.facility_id is null or r.facility_id = f.id)
 group by i.ord
 order by i.ord
