-- Names that do not meet: stores and products that sell and are in no count, and the counted ones that may be the same. All of it reads
-- what is stored already, as one look every few minutes; only the ledger's indexes are asked, for single names.

-- name: claim_name_look
-- Takes the next look at names, unless one was begun lately: no sooner than a minute, nor than 200 times as long as the last one took.
--   $1 int  milliseconds between looks at least
-- One row, or none where it is not yet time: "lookedAt" timestamptz. Locks: its row.
insert into name_look as l (id, looked_at, took_ms)
values (1, clock_timestamp(), 0)
    on conflict (id) do update
   set looked_at = clock_timestamp()
 where l.looked_at <= clock_timestamp() - make_interval(secs => greatest($1::int, 200 * l.took_ms) / 1000.0)
returning looked_at as "lookedAt"

-- name: end_name_look
-- Notes how long a look took, and what it found without a partner.
--   $1 int    milliseconds
--   $2 jsonb  what has no partner; null leaves what was found before
-- No rows. Locks: its row.
update name_look set took_ms = $1::int, unmatched = coalesce($2::jsonb, unmatched) where id = 1

-- name: uncounted_facilities
-- Lists the stores that sell and have never been counted: with a sale or return in the last 7 days, and no count in force, their own or
-- one that came with a store that was made one with them.
--   $1 timestamptz  now
--   $2 int          rows at most
-- One row a store, those with the most units first: id int, "facilityId" text, since timestamptz (its first event), units numeric
-- (sold, less what came back). Locks: none.
with most as (
  select f.id, f.facility_id
    from facility f
   cross join lateral (select coalesce(sum(l.on_hand), 0) as units from level l where l.facility_id = f.id) u
   where f.retired_at is null
     and not exists (select from facility_snapshot s where s.facility_id = f.id and s.as_of is not null)
     and not exists (select from level_in_force l where l.facility_id = f.id and l.as_of is not null)
     and exists (select from movement m
                  where m.facility_id = f.id and m.occurred_at > $1::timestamptz - interval '7 days' and m.type in ('sale', 'return'))
   order by abs(u.units) desc, f.facility_id
   limit $2::int
)
-- What was sold is not told by the levels, which adjustments change, too; it is added up for those that are listed only.
select f.id, f.facility_id as "facilityId", e.since, e.units
  from most f
 cross join lateral (
   select min(m.occurred_at) as since, -sum(m.effect) as units
     from movement m
    where m.facility_id = f.id and m.type in ('sale', 'return')) e
 order by abs(e.units) desc, f.facility_id

-- name: counted_facilities
-- Lists the stores that are counted.
-- One row a store: id int, "facilityId" text, "countedAt" timestamptz. Locks: none.
select f.id, f.facility_id as "facilityId", s.as_of as "countedAt"
  from facility_snapshot s
  join facility f on f.id = s.facility_id
 where s.as_of is not null and f.retired_at is null
 order by f.facility_id

-- name: unsold_facilities
-- Of some stores those that have sold nothing since a time.
--   $1 int[]          facility.id
--   $2 timestamptz[]  since when, each at most 7 days before now
-- One row a store and time: ord int (its place, from 0), units numeric (on hand). Locks: none.
select (t.ord - 1)::int as ord, (select coalesce(sum(l.on_hand), 0) from level l where l.facility_id = t.id) as units
  from unnest($1::int[], $2::timestamptz[]) with ordinality as t (id, since, ord)
 where not exists (select from movement m
                    where m.facility_id = t.id and m.occurred_at >= t.since and m.type in ('sale', 'return'))
 order by t.ord

-- name: alike_products
-- Lists products that sell or have stock at a store without its newest count, and those of like ids: equal but for case, blanks, dashes,
-- dots, slashes and leading zeros, of one type, or numbers of 7 to 14 digits of any type, which may be barcodes. The others are sought
-- by the index product_identification_bare, whose expression this is.
--   $1 int  products at most
--   $2 int  pairs at most
-- One row a pair of ids: "productId" int, "idType", "idValue" text; "otherId" int, "otherType", "otherValue" text. Locks: none.
with lone as materialized (
  select distinct l.product_id
    from level l
    join facility_snapshot s on s.facility_id = l.facility_id and s.as_of is not null
   where l.follows is null and l.on_hand <> 0 and (l.as_of is null or l.as_of < s.as_of)
   limit $1::int
), bare as materialized (
  select i.product_id, i.id_type, i.id_value,
         ltrim(translate(i.id_value, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ -._/', 'abcdefghijklmnopqrstuvwxyz'), '0') as name
    from lone l
    join product_identification i using (product_id)
)
select b.product_id as "productId", b.id_type as "idType", b.id_value as "idValue",
       o.product_id as "otherId", o.id_type as "otherType", o.id_value as "otherValue"
  from bare b
 cross join lateral (
   -- The limit also makes it a seek for each: to compute this of all ids takes as many seconds as there are hundred thousands of them.
   select i.product_id, i.id_type, i.id_value
     from product_identification i
    where ltrim(translate(i.id_value, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ -._/', 'abcdefghijklmnopqrstuvwxyz'), '0') = b.name
      and i.product_id <> b.product_id
      and (i.id_type = b.id_type or length(b.name) between 7 and 14 and translate(b.name, '0123456789', '') = '')
    limit 20) o
 where b.name <> ''
 order by b.product_id, o.product_id, b.id_type, b.id_value, o.id_type, o.id_value
 limit $2::int

-- name: product_pairs
-- Of pairs of products those that do not meet at some store that is counted: one sells there and was never counted, the other was
-- counted and has sold nothing since ("apart"); or the newest count has the other for the first time and the one, which has stock, no more ("renamed").
--   $1 int[]  product.id of the one
--   $2 int[]  product.id of the other
-- One row a pair, form and direction: ord int (its place, from 0), "isTurned" bool (the other is the one that sells, or is missing),
-- form text, "unitsOfA", "unitsOfB" numeric, since, "countedAt" timestamptz, "facilityId" text (where most units are), facilities int. Locks: none.
with wanted as (
  select t.ord, t.one as a, t.other as b, false as is_turned
    from unnest($1::int[], $2::int[]) with ordinality as t (one, other, ord)
   union all
  select t.ord, t.other, t.one, true
    from unnest($1::int[], $2::int[]) with ordinality as t (one, other, ord)
), met as (
  select w.*, s.facility_id, la.on_hand as a_units, la.as_of as a_as_of, lb.on_hand as b_units, lb.as_of as b_as_of, s.as_of as newest
    from wanted w
    join level_in_force la on la.product_id = w.a
    join facility_snapshot s on s.facility_id = la.facility_id and s.as_of is not null
    join level_in_force lb on lb.facility_id = la.facility_id and lb.product_id = w.b and lb.as_of is not null
), judged as (
  select m.ord, m.is_turned, m.facility_id, 'apart' as form, e.units as a_units, m.b_units, e.occurred_at as since, m.b_as_of
    from met m
   cross join lateral (
     select (array_agg(v.occurred_at order by v.seq))[1] as occurred_at, -sum(v.effect) as units
       from movement v
      where v.facility_id = m.facility_id and v.product_id = m.a and v.type in ('sale', 'return')) e
   where m.a_as_of is null and e.occurred_at is not null
     and not exists (select from movement v
                      where v.facility_id = m.facility_id and v.product_id = m.b and v.type in ('sale', 'return')
                        and v.occurred_at >= e.occurred_at)
   union all
  select m.ord, m.is_turned, m.facility_id, 'renamed', m.a_units, m.b_units, m.a_as_of, m.b_as_of
    from met m
    join level l on l.facility_id = m.facility_id and l.product_id = m.b
    left join reset first on first.id = l.follows
   where m.a_as_of < m.newest and m.b_as_of = m.newest and m.a_units > 0
     and case when l.follows is null then l.prior_as_of is null else l.as_of is null and first.as_of > m.a_as_of end
)
select (j.ord - 1)::int as ord, j.is_turned as "isTurned", j.form, sum(j.a_units) as "unitsOfA", sum(j.b_units) as "unitsOfB",
       min(j.since) as since, max(j.b_as_of) as "countedAt",
       (array_agg(f.facility_id order by abs(j.a_units) desc, f.facility_id))[1] as "facilityId", count(*)::int as facilities
  from judged j
  join facility f on f.id = j.facility_id
 group by j.ord, j.is_turned, j.form
 order by j.ord, j.form, j.is_turned

-- name: uncounted_products
-- Lists the products that have sold at stores that are counted, and were counted at none of those.
--   $1 int  rows at most
-- One row a product, those with the most units first: "idType", "idValue" text, units numeric (sold, less what came back), facilities int
-- (where it is so), "facilityId" text (one of them), matching int (products in all). Locks: none.
with uncounted as (
  select l.product_id, -sum(l.on_hand) as units, count(*)::int as facilities, min(l.facility_id) as facility_id
    from level l
    join facility_snapshot s on s.facility_id = l.facility_id and s.as_of is not null
   where l.follows is null and l.as_of is null and l.on_hand <> 0
   group by l.product_id
), shown as (
  select u.*, (count(*) over ())::int as matching
    from uncounted u
   order by abs(u.units) desc, u.product_id
   limit $1::int
)
select p.id_type as "idType", p.id_value as "idValue", s.units, s.facilities, f.facility_id as "facilityId", s.matching
  from shown s
  join product p on p.id = s.product_id
  join facility f on f.id = s.facility_id
 order by abs(s.units) desc, s.product_id

-- name: settle_name_pairs
-- Makes the pairs on record agree with what is the case. One that is no longer so goes, unless somebody has said that the two differ.
--   $1 jsonb        an array of what is the case, each pair once: kind, low, high, pair
--   $2 timestamptz  now
-- No rows. Locks: the rows written, in the order of their keys.
with found as (
  select kind, low, high, pair
    from jsonb_to_recordset($1::jsonb) as f (kind text, low int, high int, pair jsonb)
), kept as (
  insert into name_pair as p (kind, low, high, pair, first_seen)
  select kind, low, high, pair, $2::timestamptz
    from found
   order by kind, low, high
      on conflict (kind, low, high) do update
     set pair = excluded.pair, is_open = true, first_seen = case when p.is_open then p.first_seen else excluded.first_seen end
   where not p.is_open or p.pair <> excluded.pair
), gone as (
  delete from name_pair p
   where p.differ_at is null and not exists (select from found f where (f.kind, f.low, f.high) = (p.kind, p.low, p.high))
)
update name_pair p
   set is_open = false
 where p.is_open and p.differ_at is not null
   and not exists (select from found f where (f.kind, f.low, f.high) = (p.kind, p.low, p.high))

-- name: list_name_pairs
-- Lists pairs of names that may be one. What has been retired, or made one, since the last look is no pair any more.
--   $1 text  facility | product; null for both
--   $2 bool  true: those that somebody has said to differ; false: those that wait for somebody
--   $3 int   rows at most
-- One row a pair, stores first, then the surest: pair jsonb, "firstSeen" timestamptz, "differAt" timestamptz, "differBy", "differBecause"
-- text or null, matching int (in all). Locks: none.
select pair, first_seen as "firstSeen", differ_at as "differAt", differ_by as "differBy", differ_because as "differBecause",
       (count(*) over ())::int as matching
  from name_pair p
 where ($1::text is null or kind = $1) and case when $2::bool then differ_at is not null else is_open and differ_at is null end
   and case when kind = 'facility'
            then not exists (select from facility f where f.id in (p.low, p.high) and f.retired_at is not null)
            else exists (select from product_identification i where i.product_id = p.low)
                 and exists (select from product_identification i where i.product_id = p.high)
        end
 order by kind, array_position(array['barcode', 'zeros', 'spelling', 'number'], pair ->> 'likeness'),
          abs((pair ->> 'unitsOfA')::numeric) desc, low, high
 limit $3::int

-- name: read_name_look
-- When names were last looked at, and what has no partner.
-- One row, none before the first look: "lookedAt" timestamptz, unmatched jsonb. Locks: none.
select looked_at as "lookedAt", unmatched from name_look where id = 1

-- name: say_names_differ
-- Notes that two names differ, or takes that back.
--   $1 text  facility | product
--   $2 int   facility.id or product.id of one
--   $3 int   of the other
--   $4 text  who says so; null takes back what was said
--   $5 text  why
-- One row where the pair is on record: "firstSeen" timestamptz. Locks: its row.
update name_pair
   set differ_at = case when $4::text is not null then clock_timestamp() end, differ_by = $4,
       differ_because = case when $4 is not null then $5::text end
 where kind = $1::text and low = least($2::int, $3::int) and high = greatest($2, $3)
returning first_seen as "firstSeen"
