-- Lists facilities with all that tells how they are, those that need somebody first: held, failed, alarms ringing; then the
-- others by their outside ids.
--   $1 text  part of an outside id, in lower case; '' for all
--   $2 text  which: all, attention (held, failed or an alarm rings), held, failed, reconciling, uncounted (no snapshot yet)
--   $3 int   rows to skip
--   $4 int   rows at most
-- One row a facility: facility_id text; reset_id uuid, file, reset_state text, finished_at timestamptz of the latest reset
-- that reached it, previews aside, else null; snapshot_as_of timestamptz (of the latest applied one) or null; last_event_at
-- timestamptz (when it occurred) or null; alarms text[] (the kinds that ring); and of all of them: total, attention, held,
-- failed, reconciling, uncounted int, whatever $2 says; matching int with it. Locks: none.
with surveyed as (
  select f.facility_id, r.reset_id, r.file, r.reset_state, r.finished_at, a.as_of as snapshot_as_of,
         e.occurred_at as last_event_at, coalesce(x.kinds, '{}') as alarms
    from facility f
    left join lateral (
      select s.reset_id, r.file, s.state as reset_state, s.finished_at
        from facility_reset s
        join reset r on r.id = s.reset_id
       where s.facility_id = f.id and not r.preview
       order by r.created_at desc, r.id desc
       limit 1
    ) r on true
    left join lateral (
      select r.as_of
        from facility_reset s
        join reset r on r.id = s.reset_id
       where s.facility_id = f.id and s.state = 'applied' and not r.preview
       order by r.as_of desc
       limit 1
    ) a on true
    left join lateral (
      select m.occurred_at
        from movement m
       where m.facility_id = f.id and m.type not in ('correction', 'revert')
       order by m.occurred_at desc
       limit 1
    ) e on true
    left join (
      select facility_id, array_agg(kind order by since) as kinds from alarm where cleared_at is null group by facility_id
    ) x on x.facility_id = f.facility_id
   where $1 = '' or strpos(lower(f.facility_id), $1) > 0
), judged as (
  select s.*, coalesce(s.reset_state in ('held', 'failed'), false) or s.alarms <> '{}' as needs_somebody
    from surveyed s
), counted as (
  select count(*)::int as total, (count(*) filter (where needs_somebody))::int as attention,
         (count(*) filter (where reset_state = 'held'))::int as held,
         (count(*) filter (where reset_state = 'failed'))::int as failed,
         (count(*) filter (where reset_state = 'reconciling'))::int as reconciling,
         (count(*) filter (where snapshot_as_of is null))::int as uncounted
    from judged
), chosen as (
  select *
    from judged
   where case $2 when 'attention' then needs_somebody
                 when 'uncounted' then snapshot_as_of is null
                 when 'all' then true
                 else reset_state = $2 end
), shown as (
  select *, (count(*) over ())::int as matching
    from chosen
   order by reset_state is distinct from 'held', reset_state is distinct from 'failed', alarms = '{}', facility_id
  offset $3::int
   limit $4::int
)
select s.facility_id, s.reset_id, s.file, s.reset_state, s.finished_at, s.snapshot_as_of, s.last_event_at, s.alarms,
       coalesce(s.matching, 0) as matching, c.total, c.attention, c.held, c.failed, c.reconciling, c.uncounted
  from counted c
  left join shown s on true
 order by s.reset_state is distinct from 'held', s.reset_state is distinct from 'failed', s.alarms = '{}', s.facility_id
