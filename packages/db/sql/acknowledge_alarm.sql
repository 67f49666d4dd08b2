-- Acknowledges an alarm that is firing.
--   $1 text         its key
--   $2 timestamptz  since when it is firing, as the operator saw it; null: whenever
--   $3 text         by whom
--   $4 text         a note, or null
-- One row, none when no alarm has the key: outcome text ('acknowledged'; 'resolved' or 'fired again', and nothing was changed).
-- Locks: the row.
with acknowledged as (
  update alarm
     set acknowledged_at = clock_timestamp(), acknowledged_by = $3::text, acknowledged_note = $4::text, acknowledged_size = size
   where key = $1::text and cleared_at is null and ($2::timestamptz is null or since = $2::timestamptz)
  returning key
)
select case when exists (select from acknowledged) then 'acknowledged' when cleared_at is null then 'fired again'
            else 'resolved' end as outcome
  from alarm
 where key = $1::text
