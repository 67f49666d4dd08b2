-- What ingest noted of the requests that it answered: each refused one in brief, and how many there were of each client in a minute.

-- name: record_requests
-- Keeps notes. One that is there already is left as it is: two workers may have read the same ones.
--   $1 jsonb  an array of refused requests: id, at, client, keyId, address, call, status, code, detail, pointer, eventId, requestId,
--             bodyHead, events, faulty, signature
--   $2 jsonb  an array of minutes: client, minute, process, accepted, refused, unavailable, leftOut, lateSignatures, badSignatures
-- No rows. Locks: the rows written, in the order of their keys.
with refused as (
  insert into refused_request (id, at, client, key_id, address, call, status, code, detail, pointer, event_id, request_id, body_head,
                               events, faulty, signature)
  select id, at, client, "keyId", address, call, status, code, detail, pointer, "eventId", "requestId", "bodyHead", events, faulty,
         signature
    from jsonb_to_recordset($1::jsonb)
      as n (id uuid, at timestamptz, client text, "keyId" text, address text, call text, status int, code text, detail text,
            pointer text, "eventId" text, "requestId" text, "bodyHead" text, events int, faulty int, signature text)
   order by id
      on conflict (id) do nothing
)
insert into client_minute (client, minute, process, accepted, refused, unavailable, left_out, late_signatures, bad_signatures)
select client, minute, process, accepted, refused, unavailable, "leftOut", coalesce("lateSignatures", 0), coalesce("badSignatures", 0)
  from jsonb_to_recordset($2::jsonb)
    as n (client text, minute timestamptz, process uuid, accepted int, refused int, unavailable int, "leftOut" int,
            "lateSignatures" int, "badSignatures" int)
 order by client, minute, process
    on conflict (client, minute, process) do nothing

-- name: forget_requests
-- Deletes what is too old, and of each client all refused requests but the newest.
--   $1 int  days that are kept
--   $2 int  refused requests of one client that are kept
-- No rows. Locks: the rows deleted.
with minutes as (
  delete from client_minute where minute < clock_timestamp() - make_interval(days => $1::int)
), kept as (
  select c.client, n.at
    from (select distinct client from refused_request) c
    left join lateral (
      select r.at from refused_request r where r.client = c.client order by r.at desc, r.id desc offset $2::int limit 1) n on true
)
delete from refused_request r
 using kept
 where r.client = kept.client and (r.at < clock_timestamp() - make_interval(days => $1::int) or r.at <= kept.at)

-- name: list_refused_requests
-- Lists refused requests, the newest first.
--   $1 text         of this client, null for all
--   $2 int          with this status, null for all
--   $3 text         with this code, null for all
--   $4 timestamptz  from this time on, null for all
--   $5 timestamptz  until this time, itself not included, null for all
--   $6 timestamptz  behind the request of this time and of the next parameter, null for the newest
--   $7 uuid         its id, or null
--   $8 int          rows at most
--   $9 text         with this request id or first event id, null for all
-- One row a request: id uuid, at timestamptz, client text (null: not known), "keyId" text or null, address, call text, status int,
-- code, detail text, pointer, "eventId" text or null, "requestId" text, "bodyHead" text or null, events,
-- faulty int or null, signature text or null, times int (of those kept: how many have this client, code, pointer and first event).
-- Locks: none.
with page as (
  select *
    from refused_request
   where ($1::text is null or client = $1) and ($2::int is null or status = $2) and ($3::text is null or code = $3)
     and ($4::timestamptz is null or at >= $4) and ($5::timestamptz is null or at < $5)
     and ($6::timestamptz is null or (at, id) < ($6, $7::uuid)) and ($9::text is null or $9 in (request_id, event_id))
   order by at desc, id desc
   limit $8::int
), alike as (
  select r.client, r.code, r.pointer, r.event_id, count(*)::int as times
    from refused_request r
   where r.client in (select client from page)
   group by r.client, r.code, r.pointer, r.event_id
)
select p.id, p.at, nullif(p.client, '') as client, p.key_id as "keyId", p.address, p.call, p.status, p.code, p.detail, p.pointer,
       p.event_id as "eventId", p.request_id as "requestId", p.body_head as "bodyHead", p.events, p.faulty, p.signature, a.times
  from page p
  -- Equal, where both may be null, in a form that can be hashed.
  join alike a on a.client = p.client and a.code = p.code
              and coalesce(a.pointer, '') = coalesce(p.pointer, '') and (a.pointer is null) = (p.pointer is null)
              and coalesce(a.event_id, '') = coalesce(p.event_id, '') and (a.event_id is null) = (p.event_id is null)
 order by p.at desc, p.id desc

-- name: list_client_requests
-- Sums up the requests of each client.
--   $1 timestamptz  from this minute on
-- One row a client, those with the most refused requests first: client text (null: not known), accepted, refused, unavailable,
-- "leftOut", "lateSignatures", "badSignatures" int, "acceptedAt", "refusedAt" timestamptz (the last minute with one, or null). Locks: none.
select nullif(client, '') as client, sum(accepted)::int as accepted, sum(refused)::int as refused,
       sum(unavailable)::int as unavailable, sum(left_out)::int as "leftOut",
       sum(late_signatures)::int as "lateSignatures", sum(bad_signatures)::int as "badSignatures",
       max(minute) filter (where accepted > 0) as "acceptedAt", max(minute) filter (where refused + unavailable > 0) as "refusedAt"
  from client_minute
 where minute >= $1::timestamptz
 group by client
 order by sum(refused + unavailable) desc, client

-- name: refused_clients
-- Finds the clients that are refused steadily: in half of the last minutes or more, and so often at least. What ingest itself could
-- not do (statuses from 500 on) does not count.
--   $1 timestamptz  now
--   $2 int          minutes that are looked at
--   $3 int          refused requests at least
-- One row a client: client text (empty: not known), refused, accepted, late, bad int (of the refused: signatures that were good and late,
-- and those that were not the client's), since timestamptz (the first minute), code, detail, "keyId",
-- address text of the code that was noted most and its newest request (null when none was noted). Locks: none.
select c.client, c.refused, c.accepted, c.late, c.bad, c.since, t.code, t.detail, t.key_id as "keyId", t.address
  from (select client, sum(refused)::int as refused, sum(accepted)::int as accepted,
               sum(late_signatures)::int as late, sum(bad_signatures)::int as bad,
               min(minute) filter (where refused > 0) as since
          from client_minute
         where minute > $1::timestamptz - make_interval(mins => $2::int + 1) and minute <= $1
         group by client
        having sum(refused) >= $3::int and 2 * count(distinct minute) filter (where refused > 0) >= $2) c
  left join lateral (
    select r.code, (array_agg(r.detail order by r.at desc))[1] as detail, (array_agg(r.key_id order by r.at desc))[1] as key_id,
           (array_agg(r.address order by r.at desc))[1] as address
      from refused_request r
     where r.client = c.client and r.at >= c.since and r.status between 400 and 499 and r.status not in (404, 405)
       and r.call <> 'other'
     group by r.code
     order by count(*) desc, r.code
     limit 1) t on true
 order by c.client
