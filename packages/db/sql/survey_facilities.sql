-- Lists facilities with all that tells how they are, those that were merged into another one aside. As a survey, those that need attention come first: held, failed, with
-- an alarm firing; then the others by their outside ids, retired ones last. As a plain list, in pages that cost their own rows only, by
-- their outside ids.
--   $1 text  part of an outside id or of a name, in lower case; '' for all
--   $2 text  which: all, attention (held, failed or an alarm is firing), held, failed, reconciling, uncounted (no snapshot yet,
--            and not retired), retired
--   $3 int   rows to skip
--   $4 int   rows at most
--   $5 text  for a plain list of all: the outside id after which to begin, '' for the first; null for a survey
-- One row a facility: facilityId text; name text and "retiredAt" timestamptz, or null; resetId uuid, file, resetState text, asOf, finishedAt
-- timestamptz of the latest reset that reached it or a name made one with it, previews aside, and repairs unless they are held or correct one that failed, else
-- null; snapshotAsOf timestamptz (of the latest applied one) or null; lastEventAt
-- timestamptz (when it occurred) or null; alarms text[] (the kinds that are firing); and of a survey matching int (with $2)
-- and counts json (all, attention, held, failed, reconciling, uncounted, retired, whatever $2 says). When there is none, one row in
-- which only the last two are not null. Locks: none.
with named as (
  select id, facility_id, name, retired_at, id || array(select m.id from facility m where m.merged_into = facility.id) as ids
    from facility
   where ($1 = '' or strpos(lower(facility_id), $1) > 0 or strpos(lower(name), $1) > 0) and facility_id > coalesce($5::text, '')
     and merged_into is null
   order by facility_id
   limit case when $5::text is not null then $4::int end
), surveyed as (
  select f.facility_id, f.name, f.retired_at, r.reset_id, r.file, r.reset_state, r.as_of, r.finished_at, a.as_of as snapshot_as_of,
         e.occurred_at as last_event_at, coalesce(x.kinds, '{}') as alarms
    from named f
    left join lateral (
      select s.reset_id, r.file, s.state as reset_state, r.as_of, s.finished_at
        from facility_reset s
        join reset r on r.id = s.reset_id
       where s.facility_id = any (f.ids) and not r.preview and (r.repair_of is null or s.state = 'held'
              or exists (select from facility_reset o
                          where o.reset_id = r.repair_of and o.facility_id = s.facility_id and o.state = 'failed'))
       order by r.created_at desc, r.id desc
       limit 1
    ) r on true
    left join lateral (
      select r.as_of
        from facility_reset s
        join reset r on r.id = s.reset_id
       where s.facility_id = any (f.ids) and s.state = 'applied' and not r.preview
       order by r.as_of desc
       limit 1
    ) a on true
    left join lateral (
      select m.occurred_at
        from movement m
       where m.facility_id = f.id and m.type not in ('correction', 'revert', 'merge')
       order by m.occurred_at desc
       limit 1
    ) e on true
    left join (
      select facility_id, array_agg(kind order by since) as kinds from alarm where cleared_at is null group by facility_id
    ) x on x.facility_id = f.facility_id
), judged as (
  select s.*, s.alarms <> '{}' or coalesce(s.reset_state = 'held' or s.reset_state = 'failed' and s.retired_at is null, false)
              as needs_attention
    from surveyed s
), counted as (
  select json_build_object('all', count(*), 'attention', count(*) filter (where needs_attention),
                           'held', count(*) filter (where reset_state = 'held'),
                           'failed', count(*) filter (where reset_state = 'failed'),
                           'reconciling', count(*) filter (where reset_state = 'reconciling'),
                           'uncounted', count(*) filter (where snapshot_as_of is null and retired_at is null),
                           'retired', count(*) filter (where retired_at is not null)) as counts
    from judged
), shown as (
  select j.*, (count(*) over ())::int as matching,
         row_number() over (order by $5 is null and reset_state is distinct from 'held',
                                     $5 is null and reset_state is distinct from 'failed',
                                     $5 is null and alarms = '{}', $5 is null and retired_at is not null,
                                     facility_id) as place
    from judged j
   where case $2 when 'attention' then needs_attention
                 when 'uncounted' then snapshot_as_of is null and retired_at is null
                 when 'retired' then retired_at is not null
                 when 'all' then true
                 else reset_state = $2 end
   order by place
  offset $3::int
   limit $4::int
)
select s.facility_id as "facilityId", s.name, s.retired_at as "retiredAt", s.reset_id as "resetId", s.file, s.reset_state as "resetState", s.as_of as "asOf",
       s.finished_at as "finishedAt", s.snapshot_as_of as "snapshotAsOf", s.last_event_at as "lastEventAt", s.alarms,
       coalesce(s.matching, 0) as matching, c.counts
  from counted c
  left join shown s on true
 order by s.place
