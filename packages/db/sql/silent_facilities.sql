-- Lists the facilities from which no sale, return or adjustment has come for some time, though it is an hour at which they
-- sell. It is one when on the same weekday a week ago, and on at least 4 of the last 7 days, there were such events both in
-- the first and in the second half of the same stretch of the day: so no store rings before it opens, after it has closed,
-- or on the day of the week on which it is shut. What rings goes on ringing until the next event, or until the silence has
-- lasted a week: then it is no longer a facility that usually sells. What costs least is asked first.
--   $1 timestamptz  now
--   $2 int          minutes of silence
-- One row a facility: facility_id text; since timestamptz, its last event. Locks: none.
with spans as (
  select day, $1::timestamptz - make_interval(days => day, mins => $2::int) as begins,
         $1::timestamptz - make_interval(days => day, secs => 30 * $2::int) as middle,
         $1::timestamptz - make_interval(days => day) as ends
    from generate_series(0, 7) as day
), week_ago as materialized (
  select f.id, f.facility_id
    from facility f
    join spans s on s.day = 7
   where exists (select from movement m where m.facility_id = f.id and m.occurred_at > s.begins and m.occurred_at <= s.middle
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
   where a.kind = 'facility-silent' and a.cleared_at is null
     and not exists (select from usual u where u.id = f.id)
)
select a.facility_id, e.occurred_at as since
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
