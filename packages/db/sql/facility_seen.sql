-- What the live page of a facility shows, to tell whether it has changed: whatever changes a level of it changes one of these.
--   $1 text  outside id of the facility
-- One row, none where there is no such facility: name text and retired_at timestamptz or null; changed timestamptz or null (of its
-- latest movement), resets jsonb or null (its
-- latest five, each as reset id, state, time of the decision). Locks: none.
select f.name, f.retired_at, (select max(updated_at) from level where facility_id = f.id) as changed,
       (select jsonb_agg(jsonb_build_array(r.reset_id, r.state, r.decided_at))
          from (select * from facility_reset where facility_id = f.id order by started_at desc nulls first limit 5) r) as resets
  from facility f
 where f.facility_id = $1::text
