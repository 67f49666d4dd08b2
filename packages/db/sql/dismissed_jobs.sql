-- Failed jobs that an operator dismisses: kept first, then taken from their queue, then confirmed.

-- name: keep_jobs_to_dismiss
-- Keeps what jobs carry, before they are taken from their queue.
--   $1 text    the operator's name
--   $2 text    why
--   $3 text    the queue
--   $4 jsonb   an array of jobs: jobId, name, cause, message, facilityId (or null), failedAt, lost, payload (text),
--              bookedAs (the id under which its event was booked as one of its own, or null)
-- One row a job, in their order: id text. Locks: none that others wait for.
insert into dismissed_job (who, reason, queue, job_id, name, cause, message, facility_id, failed_at, lost, payload, booked_as)
select $1::text, $2::text, $3::text, "jobId", name, cause, message, "facilityId", "failedAt", lost, payload, "bookedAs"
  from jsonb_to_recordset($4::jsonb)
    as j ("jobId" text, name text, cause text, message text, "facilityId" text, "failedAt" timestamptz, lost int, payload text,
          "bookedAs" text)
returning id::text as id

-- name: confirm_dismissed
-- Notes which of the jobs kept left their queue, and which had been retried before. The inbox lets go of the events of those that
-- left, or they would be queued again.
--   $1 bigint[]  ids of the rows of jobs that left
--   $2 bigint[]  ids of those that did not
--   $3 text[]    of each event of those that left: facility id
--   $4 text[]    event id
--   $5 text[]    content digest, 32 hex digits
-- No rows. Locks: the rows written, the inbox's rows of those events.
with let_go as (
  delete from accepted_event a
   using unnest($3::text[], $4::text[], $5::text[]) as e (facility_id, event_id, content)
   where (a.facility_id, a.event_id, a.content) = (e.facility_id, e.event_id, decode(e.content, 'hex'))
)
update dismissed_job
   set state = case when id = any ($1::bigint[]) then 'dismissed' else 'retried' end
 where id = any ($1::bigint[] || $2::bigint[])

-- name: list_dismissed_jobs
-- Lists dismissed jobs, the latest first.
--   $1 text    only of this cause; null for all
--   $2 text    only of this facility; null for all
--   $3 bigint  id before which to begin; null for the latest
--   $4 int     rows at most
-- One row a job: id text, "dismissedAt" timestamptz, who, reason, queue, "jobId", name, error, message, "facilityId" text (or null),
-- "failedAt" timestamptz, lost int, confirmed bool (false: it is kept, and may be in its queue still), payload text, "bookedAs" text (or null). Locks: none.
select id::text as id, dismissed_at as "dismissedAt", who, reason, queue, job_id as "jobId", name, cause as error, message,
       facility_id as "facilityId", failed_at as "failedAt", lost, state = 'dismissed' as confirmed, payload,
       booked_as as "bookedAs"
  from dismissed_job
 where state <> 'retried' and id < coalesce($3::bigint, 9223372036854775807)
   and ($1::text is null or cause = $1) and ($2::text is null or facility_id = $2)
 order by id desc
 limit $4::int
