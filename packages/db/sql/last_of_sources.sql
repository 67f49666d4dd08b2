-- What came last of some sources; previews and repairs are none of it.
--   $1 text[]  the sources' names
-- One row a source: source text; "resetId" uuid, file, state, outcome text and at timestamptz of the file that came last, and
-- "acceptedFile" text, "acceptedAt" timestamptz of the one that was accepted last (at least one facility applied), null when there is
-- none. Locks: none.
select s.name as source, l.id as "resetId", l.file, l.state, l.outcome, l.created_at as at, a.file as "acceptedFile",
       a.created_at as "acceptedAt"
  from unnest($1::text[]) as s (name)
  left join lateral (
    select r.id, r.file, r.state, r.outcome, r.created_at
      from reset r
     where r.source = s.name and not r.preview and r.repair_of is null
     order by r.created_at desc
     limit 1) l on true
  left join lateral (
    select r.file, r.created_at
      from reset r
     where r.source = s.name and not r.preview and r.repair_of is null
       and exists (select from facility_reset f where f.reset_id = r.id and f.state = 'applied')
     order by r.created_at desc
     limit 1) a on true
 order by s.name
