// Who owns what: the ledger's tables and functions are the owner's, BullMQ's schema is the queue's, and nobody else may make anything in
// the database. One query looks, so that a start that finds all as it should be writes nothing.
import type pg from "pg";
import { roleKinds } from "./roles.ts";
import { grantees, ownedRelations, roleOf } from "./table.ts";

/** The schema of BullMQ's PostgreSQL backend. */
const QUEUE_SCHEMA = "bullmq";
const OWNER = roleOf("owner");
const QUEUE = roleOf("queue");
/** A process that still works on a table is waited for no longer. */
const LOCK_WAIT = "30s";

const SURROUNDINGS = `
  select 'revoke create on schema public from public' as statement
   where has_schema_privilege('public', 'public', 'create')
   union all
  select format('revoke temporary on database %I from public', current_database())
   where has_database_privilege('public', current_database(), 'temporary')
   union all
  select format('revoke create, temporary on database %I from %I', current_database(), r.rolname)
    from pg_roles r join pg_database d on d.datname = current_database(), aclexplode(d.datacl) a
   where r.oid = a.grantee and r.rolname = any($1)
     and (a.privilege_type = 'CREATE' or a.privilege_type = 'TEMPORARY' and r.rolname <> '${QUEUE}')
   union all
  select format('grant connect on database %I to %I', current_database(), r.rolname)
    from pg_roles r join pg_database d on d.datname = current_database()
   where r.rolname = any($1)
     and not exists (select from aclexplode(d.datacl) a where a.grantee = r.oid and a.privilege_type = 'CONNECT')
   union all
  -- BullMQ adds many jobs at once by way of a temporary table.
  select format('grant temporary on database %I to ${QUEUE}', current_database())
   where not has_database_privilege('${QUEUE}', current_database(), 'temporary')
      or has_database_privilege('public', current_database(), 'temporary')
   union all
  select format('revoke create on schema public from %I', r.rolname)
    from pg_roles r join pg_namespace n on n.nspname = 'public', aclexplode(n.nspacl) a
   where r.oid = a.grantee and r.rolname = any($1) and r.rolname <> '${OWNER}' and a.privilege_type = 'CREATE'
   union all
  select format('grant usage on schema public to %I', r.rolname)
    from pg_roles r
   where r.rolname = any($2) and not has_schema_privilege(r.oid, 'public', 'usage')
   union all
  select 'grant create, usage on schema public to ${OWNER}'
   where not (has_schema_privilege('${OWNER}', 'public', 'create') and has_schema_privilege('${OWNER}', 'public', 'usage'))
   union all
  select 'create schema ${QUEUE_SCHEMA} authorization ${QUEUE}'
   where to_regnamespace('${QUEUE_SCHEMA}') is null
   union all
  select 'alter default privileges for role ${OWNER} revoke execute on functions from public'
   where not exists (select from pg_default_acl d join pg_roles r on r.oid = d.defaclrole
                      where r.rolname = '${OWNER}' and d.defaclobjtype = 'f' and d.defaclnamespace = 0)
   union all
  select distinct format('revoke execute on function %s from public', p.oid::regprocedure)
    from pg_trigger t
    join pg_class c on c.oid = t.tgrelid and c.relnamespace = 'public'::regnamespace and c.relname = any($3)
    join pg_proc p on p.oid = t.tgfoid and p.pronamespace = 'public'::regnamespace
   where has_function_privilege('public', p.oid, 'execute')`;

const FOREIGN_OWNED = `
  with shall_own as (
    select '${OWNER}'::text as name, r.oid from pg_roles r where r.rolname = '${OWNER}'
     union all
    select '${QUEUE}', r.oid from pg_roles r where r.rolname = '${QUEUE}'
  ), ours as (
    select format('alter table %s owner to %I', c.oid::regclass, o.name) as statement, c.relowner as owner, o.oid as wanted
      from pg_class c join shall_own o on o.name = '${OWNER}'
     where c.relnamespace = 'public'::regnamespace and c.relname = any($1) and c.relkind in ('r', 'p', 'v', 'm')
     union all
    select distinct format('alter function %s owner to %I', p.oid::regprocedure, o.name), p.proowner, o.oid
      from pg_trigger t
      join pg_class c on c.oid = t.tgrelid and c.relnamespace = 'public'::regnamespace and c.relname = any($1)
      join pg_proc p on p.oid = t.tgfoid and p.pronamespace = 'public'::regnamespace
      join shall_own o on o.name = '${OWNER}'
     union all
    select format('alter schema %I owner to %I', n.nspname, o.name), n.nspowner, o.oid
      from pg_namespace n join shall_own o on o.name = '${QUEUE}'
     where n.nspname = '${QUEUE_SCHEMA}'
     union all
    select format('alter table %s owner to %I', c.oid::regclass, o.name), c.relowner, o.oid
      from pg_class c join shall_own o on o.name = '${QUEUE}'
     where c.relnamespace = to_regnamespace('${QUEUE_SCHEMA}')
       and (c.relkind in ('r', 'p', 'v', 'm')
            or (c.relkind = 'S' and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype in ('a', 'i'))))
     union all
    select format('alter routine %s owner to %I', p.oid::regprocedure, o.name), p.proowner, o.oid
      from pg_proc p join shall_own o on o.name = '${QUEUE}'
     where p.pronamespace = to_regnamespace('${QUEUE_SCHEMA}')
     union all
    select format('alter type %s owner to %I', t.oid::regtype, o.name), t.typowner, o.oid
      from pg_type t join shall_own o on o.name = '${QUEUE}'
     where t.typnamespace = to_regnamespace('${QUEUE_SCHEMA}') and t.typtype in ('e', 'd')
  )
  select statement from ours where owner <> wanted`;

/** Lets nobody but the owner make anything, makes BullMQ's schema, and gives what there is to whom it belongs. Returns how many things changed hands. */
export async function settleOwnership(admin: pg.Client): Promise<number> {
  await admin.query(`set lock_timeout = '${LOCK_WAIT}'`);
  await becomeMember(admin);
  await runAll(admin, await surroundings(admin));
  return runAll(admin, await foreignOwned(admin));
}

/** What is not as it should be, as the statements that would mend it. */
export async function findUnsettled(on: pg.Client): Promise<string[]> {
  return [...(await surroundings(on)), ...(await foreignOwned(on))];
}

async function surroundings(on: pg.Client): Promise<string[]> {
  return look(on, SURROUNDINGS, [roleKinds.map(roleOf), grantees.map(roleOf), ownedRelations()]);
}

async function foreignOwned(on: pg.Client): Promise<string[]> {
  return look(on, FOREIGN_OWNED, [ownedRelations()]);
}

async function look(on: pg.Client, text: string, values: unknown[]): Promise<string[]> {
  const { rows } = await on.query<{ statement: string }>(text, values);
  return rows.map(({ statement }) => statement);
}

/** Whoever is no superuser gives things only to roles that it could become itself. */
async function becomeMember(admin: pg.Client): Promise<void> {
  const { rows } = await admin.query<{ role: string }>(
    `select r.rolname::text as role from pg_roles r
      where r.rolname = any($1)
        and not pg_has_role(current_user, r.oid,
                            case when current_setting('server_version_num')::int < 160000 then 'member' else 'set' end)`,
    [[OWNER, QUEUE]],
  );
  for (const { role } of rows) await admin.query(`grant ${role} to current_user`);
}

async function runAll(admin: pg.Client, statements: readonly string[]): Promise<number> {
  if (statements.length > 0) await admin.query(`begin; ${statements.join("; ")}; commit`);
  return statements.length;
}
