-- Lists facilities in the order of their outside ids, each with its latest reset and the latest thing its POS reported.
--   $1 text  outside id after which to begin, '' for the first
--   $2 int   rows at most
-- One row a facility: facility_id text; reset_id uuid, reset_state text, as_of, finished_at timestamptz of the latest
-- reset that reached it, previews aside, else null; last_event_at timestamptz or null. Locks: none.
select f.facility_id, r.reset_id, r.reset_state, r.as_of, r.finished_at, e.occurred_at as last_event_at
  from facility f
  left join lateral (
    select s.reset_id, s.state as reset_state, r.as_of, s.finished_at
      from facility_reset s
      join reset r on r.id = s.reset_id
     where s.facility_id = f.id and not r.preview
     order by r.created_at desc, r.id desc
     limit 1
  ) r on true
  left join lateral (
    select m.occurred_at
      from movement m
     where m.facility_id = f.id and m.type not in ('correction', 'revert')
     order by m.occurred_at desc
     limit 1
  ) e on true
 where f.facility_id > $1
 order by f.facility_id
 limit $2::int
