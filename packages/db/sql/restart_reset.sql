-- Gives a reset a new generation, so that it can be taken up by another worker; reads its file anew where its staged rows are lost.
--   $1 uuid    reset id
--   $2 int     the generation that the caller saw: of several who see the same one, one restarts it
--   $3 boolean    whether its file is to be read anew
--   $4 text[]  the states from which it may be read anew
-- One row where it was restarted: generation int. Locks: the reset's row.
update reset
   set generation = generation + 1, touched_at = clock_timestamp(),
       state = case when $3::bool and state = any ($4::text[]) then 'staging' else state end
 where id = $1::uuid and generation = $2::int and (finished_at is null or archived_to is null)
returning generation
