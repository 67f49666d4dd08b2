-- What a facility sold day by day, and what its counts corrected, up to today.
--   $1 int   facility.id
--   $2 text  IANA zone of the days
--   $3 int   days, today included
-- One row a day: at timestamptz (its beginning), sold (units that went out, returns taken off; absorbed ones, too), corrected,
-- unexplained numeric (units, net, of the resets that were applied that day). Locks: none.
with day as (
  select d::date as day, d at time zone $2 as begins
    from (select (now() at time zone $2)::date as today) t,
         generate_series(t.today - ($3::int - 1), t.today::timestamp, interval '1 day') d
),
moved as (
  select (m.occurred_at at time zone $2)::date as day, -sum(m.quantity) as sold
    from movement m
   where m.facility_id = $1 and m.occurred_at >= (select min(begins) from day)
     and m.type in ('sale', 'return', 'shipment')
   group by 1
),
counted as (
  select (s.finished_at at time zone $2)::date as day, sum(s.units_after - s.units_before) as corrected,
         sum(s.unexplained) as unexplained
    from facility_reset s
    join reset r on r.id = s.reset_id
   where s.facility_id = $1 and s.state = 'applied' and not r.preview and s.finished_at >= (select min(begins) from day)
   group by 1
)
select day.begins as "at", coalesce(moved.sold, 0) as sold, coalesce(counted.corrected, 0) as corrected,
       coalesce(counted.unexplained, 0) as unexplained
  from day
  left join moved using (day)
  left join counted using (day)
 order by day.day
