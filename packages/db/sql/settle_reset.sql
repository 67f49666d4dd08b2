-- Derives the state of a reset whose rows are staged from those of its parts, and writes it where it has changed. lock_reset.sql
-- comes before it, as a statement of its own: of two transactions that each end a part the second then sees what the first did.
--   $1 uuid    reset id
--   $2 text[]  the moves that may be made, as 'from>to'
-- One row: state text, finished bool, facilities, applied (nothing is left to do), failed, held, corrected int. Locks: none more.
with parts as (
  select count(*)::int as facilities,
         (count(*) filter (where finished_at is null))::int as open,
         (count(*) filter (where state = 'applied'))::int as in_force,
         (count(*) filter (where state = 'reverted'))::int as reverted,
         (count(*) filter (where state in ('applied', 'stale', 'reverted')))::int as applied,
         (count(*) filter (where state = 'failed'))::int as failed,
         (count(*) filter (where state = 'held'))::int as held,
         coalesce(sum(corrected), 0)::int as corrected
    from facility_reset where reset_id = $1::uuid
), derived as (
  select case when r.state = 'staging' or p.open > 0 or (r.finished_at is not null and p.facilities = 0) then r.state
              when r.preview then 'preview'
              when p.reverted > 0 and p.in_force + p.held = 0 then 'reverted'
              when p.held + p.failed = 0 then 'completed'
              when p.applied + p.held > 0 then 'completed-with-holds'
              else 'failed'
         end as state
    from reset r, parts p where r.id = $1
), written as (
  update reset r
     set state = d.state, touched_at = clock_timestamp(), finished_at = coalesce(r.finished_at, clock_timestamp()),
         timings = case when r.finished_at is not null then r.timings
                        else r.timings || jsonb_build_object('totalMs', round(extract(epoch from clock_timestamp() - r.created_at) * 1000)) end
    from derived d
   where r.id = $1 and r.state || '>' || d.state = any ($2::text[])
  returning r.state
)
select coalesce(w.state, r.state) as state, (w.state is not null or r.finished_at is not null) as finished,
       p.facilities, p.applied, p.failed, p.held, p.corrected
  from reset r cross join parts p left join written w on true
 where r.id = $1
