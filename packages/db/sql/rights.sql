-- Roles, rights and owners, as PostgreSQL's catalogues have them.

-- name: list_grants
-- Lists what is granted on the tables, views and sequences of the schema public. An ACL that is null stands for the default one, which
-- gives the owner everything and, of relations, nobody else anything.
--   $1 text[]  roles; PUBLIC is always looked at
-- One row a right: role, relation, column (null: on all of it), privilege text. Locks: none.
with granted as (
  select c.relname::text as relation, null::text as "column", a.grantee, a.privilege_type as privilege
    from pg_class c, aclexplode(c.relacl) a
   where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
   union all
  select c.relname, t.attname, a.grantee, a.privilege_type
    from pg_class c join pg_attribute t on t.attrelid = c.oid, aclexplode(t.attacl) a
   where c.relnamespace = 'public'::regnamespace and t.attacl is not null and not t.attisdropped
)
select case when g.grantee = 0 then 'PUBLIC' else r.rolname::text end as role, g.relation, g.column, g.privilege
  from granted g
  left join pg_roles r on r.oid = g.grantee
 where g.grantee = 0 or r.rolname = any ($1::text[])

-- name: list_relations
-- Lists what there is in the schema public.
-- One row a relation: relation, kind text (as pg_class has it). Locks: none.
select relname::text as relation, relkind::text as kind from pg_class where relnamespace = 'public'::regnamespace

-- name: is_secured
-- Says whether the ledger belongs to a role.
--   $1 text  the role
-- One row if it does, else none. Locks: none.
select 1 as yes
  from pg_class c
  join pg_roles r on r.oid = c.relowner
 where c.oid = to_regclass('public.movement') and r.rolname = $1::text

-- name: list_roles
-- Lists those of some roles that are there.
--   $1 text[]  their names
-- One row a role: name text; rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls, rolinherit bool. Locks: none.
select rolname::text as name, rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls, rolinherit
  from pg_roles
 where rolname = any ($1::text[])

-- name: list_memberships
-- Lists the roles that others could become.
--   $1 text[]  the names of the others
-- One row a membership: role, member text. Locks: none.
select r.rolname::text as role, m.rolname::text as member
  from pg_auth_members a
  join pg_roles r on r.oid = a.roleid
  join pg_roles m on m.oid = a.member
 where m.rolname = any ($1::text[])

-- name: list_foreign_roles
-- Lists those of some roles that the current one could not become; a role that is no superuser gives things only to roles that it could.
--   $1 text[]  their names
-- One row a role: role text. Locks: none.
select r.rolname::text as role
  from pg_roles r
 where r.rolname = any ($1::text[])
   and not pg_has_role(current_user, r.oid,
                       case when current_setting('server_version_num')::int < 160000 then 'member' else 'set' end)

-- name: may_read_verifiers
-- Says whether the current role may look at passwords.
-- One row: may bool. Locks: none.
select has_table_privilege('pg_catalog.pg_authid', 'select') as may

-- name: list_verifiers
-- Lists passwords as they are stored; for a superuser.
--   $1 text[]  names of roles
-- One row a role: name text, verifier text or null. Locks: none.
select rolname::text as name, rolpassword as verifier from pg_authid where rolname = any ($1::text[])

-- name: list_unsettled
-- Lists what is not as it shall be, as the statements that make it so: nobody but the owner may make anything in the database, the
-- ledger's tables and functions are the owner's, BullMQ's schema, with what is in it, is the queue's, and no process's statement goes on
-- for ever where a pooler hides that nobody waits for it any more.
--   $1 text[]  the names of all our roles
--   $2 text[]  those of the processes
--   $3 text[]  the relations that are the ledger's
--   $4 text    the owner's role
--   $5 text    the queue's role
--   $6 text    BullMQ's schema
-- One row a statement, in the order in which they are to be run: statement text, moves bool (it gives a thing to its owner).
-- Locks: none.
with surroundings as (
  select 'revoke create on schema public from public' as statement
   where has_schema_privilege('public', 'public', 'create')
   union all
  select format('revoke temporary on database %I from public', current_database())
   where has_database_privilege('public', current_database(), 'temporary')
   union all
  select format('revoke create, temporary on database %I from %I', current_database(), r.rolname)
    from pg_roles r join pg_database d on d.datname = current_database(), aclexplode(d.datacl) a
   where r.oid = a.grantee and r.rolname = any ($1::text[])
     and (a.privilege_type = 'CREATE' or a.privilege_type = 'TEMPORARY' and r.rolname <> $5::text)
   union all
  select format('grant connect on database %I to %I', current_database(), r.rolname)
    from pg_roles r join pg_database d on d.datname = current_database()
   where r.rolname = any ($1)
     and not exists (select from aclexplode(d.datacl) a where a.grantee = r.oid and a.privilege_type = 'CONNECT')
   union all
  -- BullMQ adds many jobs at once by way of a temporary table.
  select format('grant temporary on database %I to %I', current_database(), $5::text)
   where not has_database_privilege($5::text, current_database(), 'temporary')
      or has_database_privilege('public', current_database(), 'temporary')
   union all
  select format('revoke create on schema public from %I', r.rolname)
    from pg_roles r join pg_namespace n on n.nspname = 'public', aclexplode(n.nspacl) a
   where r.oid = a.grantee and r.rolname = any ($1) and r.rolname <> $4::text and a.privilege_type = 'CREATE'
   union all
  select format('grant usage on schema public to %I', r.rolname)
    from pg_roles r
   where r.rolname = any ($2::text[]) and not has_schema_privilege(r.oid, 'public', 'usage')
   union all
  select format('grant create, usage on schema public to %I', $4)
   where not (has_schema_privilege($4, 'public', 'create') and has_schema_privilege($4, 'public', 'usage'))
   union all
  -- As the processes themselves set it, which a pooler passes on within transactions only. What somebody has set otherwise stays.
  select format('alter role %I set statement_timeout = %L', r.rolname, case when r.rolname ~ '_ops$' then '10min' else '30s' end)
    from pg_roles r
   where r.rolname = any ($2)
     and not exists (select from pg_db_role_setting s
                      where s.setrole = r.oid and exists (select from unnest(s.setconfig) c where c like 'statement_timeout=%'))
   union all
  select format('create schema %I authorization %I', $6::text, $5)
   where to_regnamespace($6::text) is null
   union all
  select format('alter default privileges for role %I revoke execute on functions from public', $4)
   where not exists (select from pg_default_acl d join pg_roles r on r.oid = d.defaclrole
                      where r.rolname = $4 and d.defaclobjtype = 'f' and d.defaclnamespace = 0)
   union all
  select distinct format('revoke execute on function %s from public', p.oid::regprocedure)
    from pg_trigger t
    join pg_class c on c.oid = t.tgrelid and c.relnamespace = 'public'::regnamespace and c.relname = any ($3::text[])
    join pg_proc p on p.oid = t.tgfoid and p.pronamespace = 'public'::regnamespace
   where has_function_privilege('public', p.oid, 'execute')
), shall_own as (
  select $4::text as name, r.oid from pg_roles r where r.rolname = $4
   union all
  select $5::text, r.oid from pg_roles r where r.rolname = $5
), ours as (
  select format('alter table %s owner to %I', c.oid::regclass, o.name) as statement, c.relowner as owner, o.oid as wanted
    from pg_class c join shall_own o on o.name = $4
   where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
     and (c.relname = any ($3) or c.oid in (select inhrelid from pg_inherits where inhparent = to_regclass('public.movement')))
   union all
  select distinct format('alter function %s owner to %I', p.oid::regprocedure, o.name), p.proowner, o.oid
    from pg_trigger t
    join pg_class c on c.oid = t.tgrelid and c.relnamespace = 'public'::regnamespace and c.relname = any ($3)
    join pg_proc p on p.oid = t.tgfoid and p.pronamespace = 'public'::regnamespace
    join shall_own o on o.name = $4
   union all
  select format('alter schema %I owner to %I', n.nspname, o.name), n.nspowner, o.oid
    from pg_namespace n join shall_own o on o.name = $5
   where n.nspname = $6
   union all
  select format('alter table %s owner to %I', c.oid::regclass, o.name), c.relowner, o.oid
    from pg_class c join shall_own o on o.name = $5
   where c.relnamespace = to_regnamespace($6)
     and (c.relkind in ('r', 'p', 'v', 'm')
          or (c.relkind = 'S' and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype in ('a', 'i'))))
   union all
  select format('alter routine %s owner to %I', p.oid::regprocedure, o.name), p.proowner, o.oid
    from pg_proc p join shall_own o on o.name = $5
   where p.pronamespace = to_regnamespace($6)
   union all
  select format('alter type %s owner to %I', t.oid::regtype, o.name), t.typowner, o.oid
    from pg_type t join shall_own o on o.name = $5
   where t.typnamespace = to_regnamespace($6) and t.typtype in ('e', 'd')
)
select statement, false as moves from surroundings
 union all
select statement, true from ours where owner <> wanted
 order by moves
