-- Lists alarms: those that are firing, or those that are resolved, the newest first. Of those that are firing the ones that are not
-- acknowledged come first, of these the worst kind, and of a kind the longest.
--   $1 boolean  true: those that are firing
--   $2 int      rows at most, null for all
--   $3 text[]   kinds, the worst first; a kind that is not in it comes last
-- One row an alarm: key, kind, message text, since timestamptz, "facilityId" text, "resetId" uuid, file text (null where it is
-- about none), acknowledged jsonb (by, at in UTC, note; null until an operator has), "toldAt" timestamptz (when the webhook was
-- last told that it is firing, or null), "clearedAt" timestamptz (null while it is firing), size int (how many things it is about, or
-- null), outcome text (of failed jobs and of a hold once it is resolved: what became of them; else null). Locks: none.
select key, kind, message, since, facility_id as "facilityId", reset_id as "resetId", file,
       case when acknowledged_at is not null
            then jsonb_build_object('by', coalesce(acknowledged_by, ''), 'note', acknowledged_note,
                                    'at', to_char(acknowledged_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
        end as acknowledged,
       posted_at as "toldAt", cleared_at as "clearedAt", size, outcome
  from alarm
 where (cleared_at is null) = $1::boolean
 order by cleared_at desc,
          case when cleared_at is null then acknowledged_at is not null end,
          case when cleared_at is null then array_position($3::text[], kind) end, since, key
 limit $2::int
