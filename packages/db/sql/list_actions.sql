-- Lists what people and machines did, newest first, each action with how it ended.
--   $1 bigint  id before which to begin, null for the newest
--   $2 int     rows at most
-- One row an action: id text; at, "endedAt" (or null) timestamptz; who, role (or null), by, what, target, outcome (null: how
-- it ended is unknown), address (or null) text. Locks: none.
select a.id::text as id, a.at, e.at as "endedAt", a.who, a.role, a.by, a.what, a.target,
       coalesce(a.outcome, e.outcome) as outcome, a.address
  from operator_action a
  left join operator_action e on e.begun_id = a.id
 where a.begun_id is null and a.id < coalesce($1::bigint, 9223372036854775807)
 order by a.id desc
 limit $2::int
