-- Moves a reset that is being read to another state, if it is in one of those from which it may come.
--   $1 uuid         reset id
--   $2 text         the new state
--   $3 text[]       the states from which it may come
--   $4 text         SHA-256 of the file, or null; $4 to $11: null leaves what is there
--   $5 timestamptz  when its counts were true
--   $6 text         where that was read
--   $7 int          rows
--   $8 int          rejected rows
--   $9 int          skipped rows
--   $10 jsonb       report
--   $11 text        how it ended, in words
--   $12 text        where the file is, when nothing is left to be done with it
-- One row where it was moved: state text. Locks: the reset's row. A reset that has ended is moved no more.
update reset
   set state = $2::text, sha256 = coalesce($4::text, sha256), as_of = coalesce($5::timestamptz, as_of),
       as_of_from = coalesce($6::text, as_of_from), rows = coalesce($7::int, rows), rejected = coalesce($8::int, rejected),
       skipped = coalesce($9::int, skipped), report = coalesce($10::jsonb, report), outcome = coalesce($11::text, outcome),
       archived_to = coalesce($12::text, archived_to), touched_at = clock_timestamp(),
       finished_at = case when $2 = 'reconciling' then null else clock_timestamp() end
 where id = $1::uuid and state = any ($3::text[]) and finished_at is null
returning state
