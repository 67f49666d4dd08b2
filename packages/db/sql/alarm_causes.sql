-- What there is to be alarmed about: each question one statement over what is recent.

-- name: deadline_kept
-- How things stood with a deadline for a snapshot. One is accepted once it is applied at one facility at least; a repair is none.
--   $1 timestamptz  the deadline
--   $2 text         the source of the snapshot
-- One row: "inUse" bool (a reset had been asked for before it), file text and at timestamptz of the snapshot that was accepted
-- last, null when none was. Locks: none.
select exists (select from reset where not preview and source = $2::text and created_at < $1::timestamptz) as "inUse", l.file, l.created_at as at
  from (select) one
  left join lateral (
    select r.file, r.created_at
      from reset r
     where not r.preview and r.repair_of is null and r.source = $2
       and exists (select from facility_reset f where f.reset_id = r.id and f.state = 'applied')
     order by r.created_at desc
     limit 1) l on true

-- name: missing_facilities
-- Lists the facilities that the newest whole count does not list, though one of the 14 days before it did. Files of one
-- scheduled run are one count, taken together once all of them have ended; a file that an operator ran by hand is a whole
-- count unless it lists less than a tenth of the facilities, which is how a single store is counted anew. A repair of rejected rows
-- is no count. A facility that no file has listed for 14 days has closed, as has one that is retired. Each source has counts of its own;
-- a facility that another source lists later has moved there. A facility that was listed since the morning of the newest count began is
-- there: its file came by itself. Nor is one missing before that morning's deadline whose last file listed none of the newest count's
-- facilities: it comes in a file of its own, which may still come.
--   $1 timestamptz    now
--   $2 text           the source
--   $3 timestamptz[]  when each morning of these days begins
--   $4 timestamptz[]  the deadline of each
-- One row a missing facility: "facilityId" text; "lastFile" text, "lastAt" timestamptz of the count that last listed it; and of
-- the newest count "resetId" uuid, file text, since timestamptz (when it was completed). Locks: none.
with listed as (
  select r.id, r.source, r.file, r.created_at, r.finished_at, f.facility_id, r.requested_by like 'schedule %' as scheduled,
         case when r.requested_by like 'schedule %' then r.requested_by else r.id::text end as count_name
    from reset r
    join facility_reset f on f.reset_id = r.id
   where not r.preview and r.repair_of is null and r.state in ('completed', 'completed-with-holds')
     and r.created_at > $1::timestamptz - interval '14 days'
     and not exists (select from reset o
                      where o.finished_at is null and not o.preview and o.requested_by = r.requested_by
                        and o.requested_by like 'schedule %')
), counts as (
  select count_name, min(created_at) as begun_at
    from listed
   where source = $2::text
   group by count_name, scheduled
  having scheduled or 10 * count(distinct facility_id) >= (select count(distinct facility_id) from listed where source = $2)
), newest as (
  select l.id, l.file, l.finished_at, c.begun_at, c.count_name, m.opens, m.deadline
    from counts c
    left join lateral (
      select t.opens, t.deadline
        from unnest($3::timestamptz[], $4::timestamptz[]) as t (opens, deadline)
       where t.opens <= c.begun_at
       order by t.opens desc
       limit 1) m on true
    join listed l using (count_name)
   order by c.begun_at desc, l.created_at desc, l.id
   limit 1
), latest as (
  select distinct on (facility_id) facility_id, id, source, file, created_at
    from listed
   order by facility_id, created_at desc, id
)
select k.facility_id as "facilityId", l.file as "lastFile", l.created_at as "lastAt", n.id as "resetId", n.file,
       n.finished_at as since
  from newest n
  join latest l on l.source = $2 and l.created_at < least(n.begun_at, n.opens)
  join facility k on k.id = l.facility_id
 where k.retired_at is null
   and (coalesce(n.deadline <= $1, true)
        or exists (select from listed o join listed c on c.facility_id = o.facility_id where o.id = l.id and c.count_name = n.count_name))
 order by k.facility_id

-- name: silent_facilities
-- Lists the facilities from which no sale, return or adjustment has come for some time, though it is an hour at which they
-- sell. It is one when on the same weekday a week ago, and on at least 4 of the last 7 days, there were such events both in
-- the first and in the second half of the same stretch of the day: so no store is told of before it opens, after it has closed,
-- or on the day of the week on which it is shut. What fires goes on firing until the next event, or until the silence has
-- lasted a week: then it is no longer a facility that usually sells. Of one that is retired none is expected. What costs least is
-- asked first.
--   $1 timestamptz  now
--   $2 int          minutes of silence
-- One row a facility: "facilityId" text; since timestamptz, its last event. Locks: none.
with spans as (
  select day, $1::timestamptz - make_interval(days => day, mins => $2::int) as begins,
         $1::timestamptz - make_interval(days => day, secs => 30 * $2::int) as middle,
         $1::timestamptz - make_interval(days => day) as ends
    from generate_series(0, 7) as day
), week_ago as materialized (
  select f.id, f.facility_id
    from facility f
    join spans s on s.day = 7
   where f.retired_at is null
     and exists (select from movement m where m.facility_id = f.id and m.occurred_at > s.begins and m.occurred_at <= s.middle
                    and m.type in ('sale', 'return', 'adjustment'))
     and exists (select from movement m where m.facility_id = f.id and m.occurred_at > s.middle and m.occurred_at <= s.ends
                    and m.type in ('sale', 'return', 'adjustment'))
), quiet as materialized (
  select w.id, w.facility_id
    from week_ago w
    join spans s on s.day = 0
   where not exists (select from movement m where m.facility_id = w.id and m.occurred_at > s.begins and m.occurred_at <= s.ends
                        and m.type in ('sale', 'return', 'adjustment'))
), usual as (
  select q.id, q.facility_id
    from quiet q
    join spans s on s.day > 0
     and exists (select from movement m where m.facility_id = q.id and m.occurred_at > s.begins and m.occurred_at <= s.middle
                    and m.type in ('sale', 'return', 'adjustment'))
     and exists (select from movement m where m.facility_id = q.id and m.occurred_at > s.middle and m.occurred_at <= s.ends
                    and m.type in ('sale', 'return', 'adjustment'))
   group by q.id, q.facility_id
  having count(*) >= 4
), asked as (
  select id, facility_id, null::timestamptz as rings_since from usual
   union all
  select f.id, f.facility_id, a.since
    from alarm a
    join facility f on f.facility_id = a.facility_id
   where a.kind = 'facility-silent' and a.cleared_at is null and f.retired_at is null
     and not exists (select from usual u where u.id = f.id)
)
select a.facility_id as "facilityId", e.occurred_at as since
  from asked a
 cross join lateral (
   select m.occurred_at
     from movement m
    where m.facility_id = a.id and m.occurred_at > $1::timestamptz - interval '7 days' and m.occurred_at <= $1::timestamptz
      and m.type in ('sale', 'return', 'adjustment')
    order by m.occurred_at desc
    limit 1
 ) e
 where a.rings_since is null or e.occurred_at <= a.rings_since
 order by a.facility_id

-- name: held_facilities
-- Lists the facilities whose reset waits for a decision, also while its file is staged anew.
-- One row a facility: "facilityId" text, "resetId" uuid, file text, since timestamptz, because text. Locks: none.
select k.facility_id as "facilityId", r.id as "resetId", r.file, coalesce(f.finished_at, r.touched_at) as since,
       coalesce(f.held_because, 'no reason is on record') as because
  from reset r
  join facility_reset f on f.reset_id = r.id and f.state = 'held'
  join facility k on k.id = f.facility_id
 where r.state in ('staging', 'reconciling', 'completed-with-holds') and not r.preview
 order by r.created_at, k.facility_id

-- name: failed_resets
-- Lists the resets of the last 7 days that failed, or in which facilities failed, and that nothing has made good since. Made
-- good is what a later reset follows that was accepted (at least one facility applied); a file of the same scheduled run
-- does not count, for it lists other facilities, nor does one of another source, and a repair makes only the reset good that it corrects. A repair of which rows are
-- still wrong has not failed: they are rejected rows as before.
--   $1 timestamptz  now
-- One row a reset: "resetId" uuid, file, outcome, "archivedTo" text, "failedAt" timestamptz, "facilitiesFailed", facilities int,
-- "firstFailed" json: facilityId, error (null where no facility failed); run text (the scheduled run that took the file, or null), "isRunOpen"
-- bool (that run began less than 10 minutes ago and has not taken all of its files to their end). Locks: none.
select r.id as "resetId", r.file, r.outcome, r.archived_to as "archivedTo", r.finished_at as "failedAt",
       p.failed as "facilitiesFailed", p.facilities,
       case when p.failed > 0 then json_build_object('facilityId', p.first_failed[1], 'error', p.first_failed[2]) end as "firstFailed",
       case when r.requested_by like 'schedule %' then r.requested_by end as run, coalesce(u.is_open, false) as "isRunOpen"
  from reset r
  left join lateral (
    select min(o.created_at) > $1::timestamptz - interval '10 minutes'
           and (bool_or(o.finished_at is null)
                or exists (select from scheduled_run s where 'schedule ' || s.run_key = r.requested_by and s.state = 'claimed')) as is_open
      from reset o
     where r.created_at > $1 - interval '1 day' and r.requested_by like 'schedule %' and o.requested_by = r.requested_by
       and o.created_at > $1 - interval '1 day' and not o.preview) u on true
 cross join lateral (
   select count(*)::int as facilities, (count(*) filter (where f.state = 'failed' and (r.repair_of is null or f.rows > 0)))::int as failed,
          min(array[k.facility_id, coalesce(f.error, 'no error is on record')]) filter (where f.state = 'failed') as first_failed
     from facility_reset f
     join facility k on k.id = f.facility_id
    where f.reset_id = r.id
 ) p
 where r.created_at > $1::timestamptz - interval '7 days' and r.finished_at is not null and not r.preview
   and (r.state = 'failed' and (r.repair_of is null or r.outcome is not null) or r.state in ('failed', 'completed-with-holds') and p.failed > 0)
   and not exists (
     select from reset l
      where l.created_at > r.created_at and l.source = r.source and not l.preview and coalesce(l.repair_of = r.id, true)
        and (l.requested_by <> r.requested_by or l.requested_by not like 'schedule %')
        and exists (select from facility_reset f where f.reset_id = l.id and f.state = 'applied'))
 order by r.created_at, r.id
