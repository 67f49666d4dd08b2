-- Repairs: rejected rows of a reset that were corrected and sent again, as a reset of their own.

-- name: take_counted_rows
-- Takes the staged rows of a repair out whose products the reset that it corrects has counted at their facility already: a row that
-- was rejected is no second count of them. Rows that the reset holds count as well. A count of 0 does not: it is what a product was
-- taken for whose row was rejected, where those that a file does not list are counted as 0. What another repair of that reset has
-- counted, or will once it is applied, is counted as well, unless the row corrects the same line once more: two rows that were
-- corrected to one product, one after the other, would each be half a count.
--   $1 uuid   reset id of the repair
--   $2 uuid   the reset that it corrects
--   $3 int[]  lines of the repair
--   $4 int[]  of each the rejected line that it corrects
-- One row a line taken out that must be rejected, in their order: line int. Locks: none but the parts written.
with gone as materialized (
  select s.facility_id, s.line
    from snapshot_row s
   where s.reset_id = $1::uuid
     and (exists (select from level_in_force l
                    left join correction c on c.reset_id = $2::uuid and c.facility_id = l.facility_id and c.product_id = l.product_id
                   where l.facility_id = s.facility_id and l.product_id = s.product_id and l.reset_id = $2
                     and 0 <> coalesce(c.counted, l.on_hand - (select coalesce(sum(m.effect), 0)
                                                                 from movement m
                                                                where m.facility_id = l.facility_id and m.product_id = l.product_id
                                                                  and m.occurred_at > l.as_of
                                                                  and m.type in ('sale', 'return', 'adjustment', 'shipment'))))
          or exists (select from held_row h
                      where h.reset_id = $2 and h.facility_id = s.facility_id and h.product_id = s.product_id)
          or exists (select from reset o
                      where o.repair_of = $2 and o.id <> $1 and not o.preview and o.state <> 'failed'
                        and (exists (select from level_in_force l
                                      where l.facility_id = s.facility_id and l.product_id = s.product_id and l.reset_id = o.id)
                             or exists (select from held_row h
                                         where h.reset_id = o.id and h.facility_id = s.facility_id and h.product_id = s.product_id)
                             or exists (select from snapshot_row w
                                         where w.reset_id = o.id and w.facility_id = s.facility_id and w.product_id = s.product_id))
                        and not exists (select from rejected_row w
                                          join unnest($3::int[], $4::int[]) as c (line, corrects) on c.corrects = w.line
                                         where w.reset_id = $2 and w.repaired_by = o.id and c.line = s.line)))
), repacked as (
  update snapshot_part p
     set (product_ids, lines, locations, quantities, as_ofs) = (
           select coalesce(array_agg(r.product_id order by r.place), '{}'), coalesce(array_agg(r.line order by r.place), '{}'),
                  case when p.locations is not null then array_agg(r.location order by r.place) end,
                  coalesce(array_agg(r.quantity order by r.place), '{}'),
                  case when p.as_ofs is not null then array_agg(r.as_of order by r.place) end
             from unnest(p.product_ids, p.lines, p.locations, p.quantities, p.as_ofs) with ordinality
               as r (product_id, line, location, quantity, as_of, place)
            where r.line not in (select line from gone))
   where p.reset_id = $1 and p.facility_id in (select facility_id from gone)
)
select line from gone order by line

-- name: mark_repaired_rows
-- Notes that rows of a repair could be used in place of rejected rows. A preview repairs none.
--   $1 uuid   the reset that rejected them
--   $2 int[]  their lines in its file
--   $3 uuid   the repair
-- No rows. Locks: the rows written.
update rejected_row w
   set repaired_by = r.id
  from reset r
 where w.reset_id = $1::uuid and w.line = any ($2::int[]) and r.id = $3::uuid and not r.preview

-- name: list_rows_to_repair
-- Lists the rejected rows of a reset that are still to be corrected, in the order of its file, each as it was tried last: a repair that
-- failed, was rejected or reverted, whole or at the row's facility, corrected none.
--   $1 uuid   reset id
--   $2 int[]  only these lines, null for all
--   $3 int    rows to skip
--   $4 int    rows at most
-- One row a rejected row: line int, "facilityId" text or null, code, reason text, fields text[], and columns jsonb (the names of the
-- file that fields is a row of); "triedIn" uuid (the repair in which it was rejected again, or null), "isOvertaken" bool (a newer
-- count is in force at its facility), total int (how many there are in all). Locks: none.
with open_rows as (
  select w.*, count(*) over () as total
    from rejected_row w
    left join reset b on b.id = w.repaired_by
   where w.reset_id = $1::uuid and (w.repaired_by is null or b.state in ('failed', 'reverted') or not coalesce(
           (select p.state not in ('failed', 'rejected', 'reverted')
              from facility_reset p join facility k on k.id = p.facility_id
             where p.reset_id = b.id and k.facility_id = w.facility_id),
           exists (select from facility_reset p where p.reset_id = b.id and p.state not in ('failed', 'rejected', 'reverted'))))
     and ($2::int[] is null or w.line = any ($2))
   order by w.line
  offset $3::int
   limit $4::int
)
select w.line, w.facility_id as "facilityId", coalesce(t.code, w.code) as code, coalesce(t.reason, w.reason) as reason,
       coalesce(t.fields, w.fields) as fields, coalesce(t.columns, r.report -> 'columns', '[]') as columns, t.reset_id as "triedIn",
       exists (select from facility f join facility_snapshot s on s.facility_id = f.id
                where f.facility_id = w.facility_id and (s.as_of > r.as_of or s.as_of = r.as_of and s.reset_id <> r.id)) as "isOvertaken",
       w.total::int as total
  from open_rows w
  join reset r on r.id = w.reset_id
  left join lateral (
    select x.reset_id, x.code, x.reason, x.fields, y.report -> 'columns' as columns
      from reset y
      join rejected_row x on x.reset_id = y.id and x.repairs_line = w.line
     where y.repair_of = w.reset_id and not y.preview and y.finished_at is not null
     order by y.created_at desc
     limit 1
  ) t on true
 order by w.line

-- name: list_repairs
-- Lists the repairs of a reset, newest first, previews aside.
--   $1 uuid  reset id
--   $2 int   repairs at most
-- One row a repair: id uuid, file, state, "requestedBy" text, "createdAt" timestamptz, rows, rejected, stale int. Locks: none.
select r.id, r.file, r.state, r.requested_by as "requestedBy", r.created_at as "createdAt", r.rows, r.rejected,
       coalesce((select sum(f.stale) from facility_reset f where f.reset_id = r.id), 0)::int as stale
  from reset r
 where r.repair_of = $1::uuid and not r.preview
 order by r.created_at desc, r.id desc
 limit $2::int
