-- Says whether an event stands in the inbox (ACCEPT_INTO=inbox).
--   $1 text  the facility's outside id
--   $2 text  the event's id
-- One row, none when it does not: "rejectedCode" text (null while it is still to be applied). Locks: none.
select rejected_code as "rejectedCode"
  from accepted_event
 where facility_id = $1::text and event_id = $2::text
 order by rejected_code nulls first
 limit 1
