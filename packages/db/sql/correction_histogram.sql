-- Counts the corrections of a reset by their size and direction. Sizes are those that people think in: under 1, 1, 2 to 4,
-- 5 to 9, 10 to 49, 50 to 99, 100 to 499, 500 to 999, 1,000 and more.
--   $1 uuid  reset id
--   $2 text  outside id of the facility; null for all whose part is in force, or of a preview would be
-- One row for each size and direction that occurs: size int (0 to 8), "isUp" boolean, products int, units numeric (net),
-- "firstCounts" int (those of them at a facility that no earlier reset had counted: its opening stock). Locks: none.
with part as (
  select s.facility_id,
         not exists (select from facility_reset o
                       join reset e on e.id = o.reset_id
                      where o.facility_id = s.facility_id and o.reset_id <> s.reset_id and o.state in ('applied', 'reverted')
                        and not e.preview and (e.created_at, e.id) < (r.created_at, r.id)) as is_first
    from facility_reset s
    join reset r on r.id = s.reset_id
   where s.reset_id = $1
     and case when $2::text is not null then s.facility_id = (select id from facility where facility_id = $2)
              else s.state = 'applied' or (r.preview and s.state = 'pending' and s.held_because is null) end
)
select width_bucket(abs(c.after - c.before), array[1, 2, 5, 10, 50, 100, 500, 1000]::numeric[]) as size,
       c.after > c.before as "isUp", count(*)::int as products, sum(c.after - c.before) as units,
       (count(*) filter (where p.is_first))::int as "firstCounts"
  from correction c
  join part p on p.facility_id = c.facility_id
 where c.reset_id = $1
 group by 1, 2
 order by 2, 1
