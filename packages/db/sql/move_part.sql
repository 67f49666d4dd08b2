-- Moves one facility's part of a reset to another state, if it is in one of those from which it may come; says what of it
-- was decided, and its figures where they are given.
--   $1 uuid      reset id
--   $2 int       facility.id
--   $3 text      the new state
--   $4 text[]    the states from which it may come
--   $5 text      who decided it, or null
--   $6 text      why it is held, or null
--   $7 text      why it failed, or null
--   $8 int       milliseconds for which the facility was locked, or null
--   $9 int       products corrected; $9 to $17 null: the figures stay as they are
--   $10 int      stale rows
--   $11 int      absent products
--   $12 int      movements near the count's time
--   $13 numeric  units before
--   $14 numeric  units after
--   $15 numeric  net movement since the count
--   $16 numeric  shipments not acknowledged
--   $17 numeric  unexplained
-- One row where it was moved: state text. Locks: the part's row. A part that is not held or applied and has ended (one of a
-- preview) is moved no more.
update facility_reset
   set state = $3::text,
       finished_at = case when $3 = 'reconciling' then null
                          when $3 in ('rejected', 'reverted') then finished_at
                          else clock_timestamp() end,
       decided_by = coalesce($5::text, decided_by),
       decided_at = case when $5 is null then decided_at else clock_timestamp() end,
       held_because = coalesce($6::text, held_because),
       error = coalesce($7::text, error),
       locked_ms = coalesce($8::int, locked_ms),
       corrected = coalesce($9::int, corrected), stale = coalesce($10::int, stale),
       absent = coalesce($11::int, absent), borderline = coalesce($12::int, borderline),
       units_before = coalesce($13::numeric, units_before), units_after = coalesce($14::numeric, units_after),
       late_sales = coalesce($15::numeric, late_sales), shipments = coalesce($16::numeric, shipments),
       unexplained = coalesce($17::numeric, unexplained)
 where reset_id = $1::uuid and facility_id = $2::int and state = any ($4::text[])
   and (finished_at is null or state not in ('pending', 'reconciling'))
returning state
