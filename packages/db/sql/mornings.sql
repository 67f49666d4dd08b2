-- What became of the counts of a source in some mornings: of each the resets that began in its time, previews and repairs aside, and how the stores that
-- they listed ended, each by the newest of them.
--   $1 timestamptz[]  when each morning begins, ascending
--   $2 timestamptz[]  the deadline of each
--   $3 timestamptz    when the last one ends
--   $4 text           the source
-- One row a morning, oldest first: opens, deadline timestamptz; state text: applied, late (not before its deadline), held, refused
-- (a reset failed), none; stores jsonb (how many by the state of their part); "appliedAt" timestamptz (the last of them) or null;
-- "resetId" uuid (the newest that reached a store, else the newest) or null; running jsonb (file, state) or null; refused jsonb
-- (resetId, file, outcome of the failed ones that no accepted one has followed, as failed_resets has it); "inUse" bool (a reset had
-- been asked for before the deadline). Locks: none.
with morning as (
  select m.opens, m.deadline, coalesce(lead(m.opens) over (order by m.opens), $3::timestamptz) as closes
    from unnest($1::timestamptz[], $2::timestamptz[]) as m (opens, deadline)
), begun as (
  select m.opens, r.id, r.file, r.state, r.outcome, r.created_at, r.finished_at, r.requested_by,
         exists (select from facility_reset f where f.reset_id = r.id) as reached,
         exists (select from facility_reset f where f.reset_id = r.id and f.state = 'applied') as accepted
    from morning m
    join reset r on r.created_at >= m.opens and r.created_at < m.closes and r.source = $4::text and not r.preview
     and r.repair_of is null
), store as (
  select distinct on (b.opens, f.facility_id) b.opens, f.state, f.finished_at
    from begun b
    -- Reset by reset, by their key: of all that were ever kept these are few.
   cross join lateral (select p.facility_id, p.state, p.finished_at from facility_reset p where p.reset_id = b.id offset 0) f
   order by b.opens, f.facility_id, b.created_at desc, b.id desc
), counted as (
  select opens, jsonb_object_agg(state, stores) as stores, max(last_at) filter (where state = 'applied') as applied_at,
         max(first_at) filter (where state = 'applied') as first_applied_at, bool_or(state = 'held') as is_held
    from (select opens, state, count(*)::int as stores, min(finished_at) as first_at, max(finished_at) as last_at
            from store group by opens, state) s
   group by opens
), failed as (
  select b.opens, jsonb_agg(jsonb_build_object('resetId', b.id, 'file', b.file, 'outcome', b.outcome) order by b.created_at desc) as refused
    from begun b
   where b.state = 'failed'
     and not exists (select from begun l
                      where l.opens = b.opens and l.created_at > b.created_at and l.accepted
                        and (l.requested_by <> b.requested_by or l.requested_by not like 'schedule %'))
   group by b.opens
)
select m.opens, m.deadline,
       case when c.first_applied_at <= m.deadline then 'applied'
            when c.first_applied_at is not null then 'late'
            when c.is_held then 'held'
            when f.refused is not null then 'refused'
            else 'none'
       end as state,
       coalesce(c.stores, '{}') as stores, c.applied_at as "appliedAt",
       (select b.id from begun b where b.opens = m.opens order by b.reached desc, b.created_at desc limit 1) as "resetId",
       (select jsonb_build_object('file', b.file, 'state', b.state)
          from begun b where b.opens = m.opens and b.finished_at is null order by b.created_at limit 1) as running,
       coalesce(f.refused, '[]') as refused,
       exists (select from reset r where not r.preview and r.source = $4 and r.created_at < m.deadline) as "inUse"
  from morning m
  left join counted c using (opens)
  left join failed f using (opens)
 order by m.opens
