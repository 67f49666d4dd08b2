-- Makes the alarms of some kinds agree with what is the case now: raises what does not ring yet, clears what is over, and
-- keeps the texts of the others up to date. A cleared alarm rings anew.
--   $1 text[]         kinds judged: their ringing alarms that are not given here are cleared
--   $2 timestamptz    now
--   $3 text[]         keys of what is the case, each once
--   $4 text[]         their kinds
--   $5 text[]         their texts
--   $6 timestamptz[]  since when
--   $7 text[]         facilities, null where it is about none
--   $8 uuid[]         resets, likewise
--   $9 text[]         files, likewise
--   $10 int[]         how many things each is about, likewise
-- One row for each alarm raised (cleared_at null) or cleared: key, kind, message text, since, cleared_at timestamptz,
-- facility_id text, reset_id uuid, file text. Locks: the rows written, raised ones in the order of their keys.
-- A post may be under way for as long as half a minute: the news after it waits so long, or the two could arrive in the
-- wrong order. An acknowledgement is of what rang then: it is gone when that is cleared, or is about twice as many things.
with found as (
  select f.key, f.kind, f.message, f.since, f.facility_id, f.reset_id, f.file, f.size
    from unnest($3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[], $8::uuid[], $9::text[], $10::int[])
      as f (key, kind, message, since, facility_id, reset_id, file, size)
), raised as (
  insert into alarm as a (key, kind, message, since, facility_id, reset_id, file, size, next_post_at)
  select key, kind, message, since, facility_id, reset_id, file, size, $2::timestamptz
    from found
   order by key
      on conflict (key) do update
     set kind = excluded.kind, message = excluded.message, since = excluded.since, facility_id = excluded.facility_id,
         reset_id = excluded.reset_id, file = excluded.file, size = excluded.size, cleared_at = null, posted_at = null,
         cleared_posted_at = null, post_attempts = 0, acknowledged_at = null, acknowledged_by = null,
         acknowledged_note = null, acknowledged_size = null,
         next_post_at = least(greatest(a.next_post_at, $2::timestamptz), $2::timestamptz + interval '30 seconds')
   where a.cleared_at is not null
  returning a.key, a.kind, a.message, a.since, a.cleared_at, a.facility_id, a.reset_id, a.file
), renewed as (
  update alarm a
     set message = f.message, size = f.size
    from found f
   where a.key = f.key and a.cleared_at is null and (a.message, a.size) is distinct from (f.message, f.size)
     and not coalesce(f.size >= 2 * a.acknowledged_size, false)
), outgrown as (
  update alarm a
     set message = f.message, size = f.size, post_attempts = 0,
         acknowledged_at = null, acknowledged_by = null, acknowledged_note = null, acknowledged_size = null,
         next_post_at = least(greatest(a.next_post_at, $2::timestamptz), $2::timestamptz + interval '30 seconds')
    from found f
   where a.key = f.key and a.cleared_at is null and f.size >= 2 * a.acknowledged_size
), cleared as (
  update alarm a
     set cleared_at = $2::timestamptz, post_attempts = 0,
         next_post_at = least(greatest(a.next_post_at, $2::timestamptz), $2::timestamptz + interval '30 seconds')
   where a.kind = any ($1::text[]) and a.cleared_at is null
     and not exists (select from found f where f.key = a.key)
  returning a.key, a.kind, a.message, a.since, a.cleared_at, a.facility_id, a.reset_id, a.file
)
select * from raised
union all
select * from cleared
 order by key
