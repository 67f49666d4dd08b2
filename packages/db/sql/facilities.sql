-- Facilities by their outside ids, what stands there, and what it rests on.

-- name: facility_numbers
-- Finds facilities by their outside ids.
--   $1 text[]  outside ids, null for all
-- One row a facility that is known, in the order of the ids: id int (of the facility that it was merged into, where it was), facilityId
-- text, ownId int. Locks: none.
select coalesce(merged_into, id) as id, facility_id as "facilityId", id as "ownId"
  from facility
 where $1::text[] is null or facility_id = any($1)
 order by facility_id

-- name: facility_stock
-- Sums up what stands at one facility, and says what it rests on.
--   $1 int  facility.id
-- One row: products, inStock, negative, uncounted int (no snapshot has counted them), units numeric, snapshotAsOf
-- timestamptz (of the latest applied reset, of it or a name made one with it) and lastEventAt timestamptz (when it occurred), null when there is none.
-- Locks: none.
select count(*)::int as products, (count(*) filter (where l.on_hand > 0))::int as "inStock",
       (count(*) filter (where l.on_hand < 0))::int as negative, (count(*) filter (where l.as_of is null))::int as uncounted,
       coalesce(sum(l.on_hand), 0) as units,
       (select max(r.as_of)
          from facility_reset s
          join reset r on r.id = s.reset_id
         where s.facility_id = any ($1::int || array(select id from facility where merged_into = $1)) and s.state = 'applied' and not r.preview) as "snapshotAsOf",
       (select m.occurred_at
          from movement m
         where m.facility_id = $1 and m.type not in ('correction', 'revert', 'merge')
         order by m.occurred_at desc
         limit 1) as "lastEventAt"
  from level_in_force l
 where l.facility_id = $1 and l.product_id not in (select id from product where merged_into is not null)

-- name: facility_seen
-- What the live page of a facility shows, to tell whether it has changed: whatever changes a level of it changes one of these.
--   $1 text  outside id of the facility
-- One row, none where there is no such facility: name text and retired_at timestamptz or null; changed timestamptz or null (of its
-- latest movement), resets jsonb or null (its
-- latest five, each as reset id, state, time of the decision). Locks: none.
select f.name, f.retired_at, (select max(updated_at) from level where facility_id = f.id) as changed,
       (select jsonb_agg(jsonb_build_array(r.reset_id, r.state, r.decided_at))
          from (select * from facility_reset where facility_id = f.id order by started_at desc nulls first limit 5) r) as resets
  from facility f
 where f.facility_id = $1::text

-- name: facility_trend
-- What a facility sold day by day, and what its counts corrected, up to today.
--   $1 int   facility.id
--   $2 text  IANA zone of the days
--   $3 int   days, today included
-- One row a day: at timestamptz (its beginning), sold (units that went out, returns taken off; absorbed ones, too), corrected,
-- unexplained numeric (units, net, of the resets that were applied that day). Locks: none.
with day as (
  select d::date as day, d at time zone $2 as begins
    from (select (now() at time zone $2)::date as today) t,
         generate_series(t.today - ($3::int - 1), t.today::timestamp, interval '1 day') d
),
moved as (
  select (m.occurred_at at time zone $2)::date as day, -sum(m.quantity) as sold
    from movement m
   where m.facility_id = $1 and m.occurred_at >= (select min(begins) from day)
     and m.type in ('sale', 'return', 'shipment')
   group by 1
),
counted as (
  select (s.finished_at at time zone $2)::date as day, sum(s.units_after - s.units_before) as corrected,
         sum(s.unexplained) as unexplained
    from facility_reset s
    join reset r on r.id = s.reset_id
   where s.facility_id = $1 and s.state = 'applied' and not r.preview and s.finished_at >= (select min(begins) from day)
   group by 1
)
select day.begins as "at", coalesce(moved.sold, 0) as sold, coalesce(counted.corrected, 0) as corrected,
       coalesce(counted.unexplained, 0) as unexplained
  from day
  left join moved using (day)
  left join counted using (day)
 order by day.day

-- name: list_snapshot_ages
-- Lists what each facility's stock rests on, retired ones aside: the time of the newest count applied in the last 30 days, the oldest
-- first.
--   $1 int  rows at most
-- One row a facility: facilityId text, asOf timestamptz. Locks: none.
select f.facility_id as "facilityId", max(r.as_of) as "asOf"
  from reset r
  join facility_reset s on s.reset_id = r.id
  join facility f on f.id = s.facility_id
 where r.created_at > clock_timestamp() - interval '30 days' and not r.preview and r.as_of is not null
   and s.state = 'applied' and f.retired_at is null
 group by f.facility_id
 order by max(r.as_of), f.facility_id
 limit $1::int

-- name: audit_facility
-- Checks every level of one facility against its movements (R1), in one snapshot of the data.
--   $1 int  facility.id
--   $2 int  differences returned at most
-- At least one row: levels, movements, differences float8 (the whole facility's), and for each difference "idType",
-- "idValue" text, "onHand" numeric (null: there is no level), effects numeric (null: there are no movements); a facility without
-- differences has one row in which those four are null. Locks: none.
with summed as (
  select product_id, sum(effect) as effects, count(*) as movements
    from movement
   where facility_id = $1
   group by product_id
), compared as (
  select product_id, l.on_hand, s.effects, coalesce(s.movements, 0) as movements
    from (select product_id, on_hand from level where facility_id = $1) l
    full join summed s using (product_id)
), different as (
  select *
    from compared
   where on_hand is null or on_hand <> coalesce(effects, 0)
), counted as (
  select count(on_hand) as levels, coalesce(sum(movements), 0)::bigint as movements,
         (select count(*) from different) as differences
    from compared
)
select c.levels::float8, c.movements::float8, c.differences::float8, p.id_type as "idType", p.id_value as "idValue",
       d.on_hand as "onHand", d.effects
  from counted c
  left join (select * from different order by product_id limit $2::int) d on true
  left join product p on p.id = d.product_id
 order by d.product_id
