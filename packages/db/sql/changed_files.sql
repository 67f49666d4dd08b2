-- Files that changed after they were taken: who looks once more at one that was put away, and what is noted of it.

-- name: claim_second_looks
-- Takes the resets whose files were put away so long ago and have not been looked at since, for one worker; of what was put away hours ago
-- nothing is expected any more. What a worker took that has died meanwhile is taken again.
--   $1 numeric  milliseconds since the file was put away, at least
--   $2 numeric  and at most
--   $3 int      resets at most
--   $4 numeric  milliseconds within which a worker that took one has looked, or died
-- One row a reset: id uuid. Locks: the rows of these resets, passing over those that another worker has.
update reset
   set look_taken_at = clock_timestamp()
 where id in (select id
                from reset
               where looked_again_at is null and coalesce(look_taken_at < clock_timestamp() - make_interval(secs => $4::numeric / 1000), true) and not preview and repair_of is null and (archived_to like 'archive/%' or archived_to like 'rejected/%')
                 and touched_at between clock_timestamp() - make_interval(secs => $2::numeric / 1000)
                                    and clock_timestamp() - make_interval(secs => $1::numeric / 1000)
               order by created_at
               limit $3::int
                 for update skip locked)
returning id

-- name: end_second_look
-- Notes that a look was had, or gives it back so that it is tried again.
--   $1 uuid  reset id
--   $2 bool  it was had
-- No rows. Locks: the reset's row.
update reset set look_taken_at = null, looked_again_at = case when $2::boolean then clock_timestamp() end where id = $1::uuid

-- name: note_changed_file
-- Notes that a reset's file changed after it was taken, beside what its outcome says already.
--   $1 uuid  reset id
--   $2 text  what became of it, in words
-- No rows. Locks: the reset's row.
update reset
   set outcome = coalesce(outcome || ' ', '') || $2::text, looked_again_at = coalesce(looked_again_at, clock_timestamp())
 where id = $1::uuid and strpos(coalesce(outcome, ''), $2) = 0
