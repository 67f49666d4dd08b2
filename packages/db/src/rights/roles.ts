// The roles themselves: that they are there, may sign in and nothing else, and are members of nothing.
import pg from "pg";
import { isPasswordOf, scramVerifier } from "./scram.ts";
import { grantees, roleOf } from "./table.ts";

/** The roles that a database has, by what they are for: the owner of the tables, that of BullMQ's schema, the processes. */
export const roleKinds = ["owner", "queue", ...grantees] as const;
export type RoleKind = (typeof roleKinds)[number];

/** New passwords of roles. */
export type RolePasswords = Readonly<Partial<Record<RoleKind, string>>>;

/** The passwords that an environment names, in WORKER_DB_PASSWORD and so on; an empty one counts as not set. */
export function passwordsIn(env: Readonly<Record<string, string | undefined>>): RolePasswords {
  const named = roleKinds.map((kind) => [kind, env[`${kind.toUpperCase()}_DB_PASSWORD`]] as const);
  return Object.fromEntries(named.filter(([, password]) => password !== undefined && password !== ""));
}

/** What a role can be beyond somebody who signs in; each is taken away by its name after "no". */
const ATTRIBUTES = {
  rolsuper: "superuser",
  rolcreatedb: "createdb",
  rolcreaterole: "createrole",
  rolreplication: "replication",
  rolbypassrls: "bypassrls",
  rolinherit: "inherit",
} as const;
type Attribute = keyof typeof ATTRIBUTES;
const attributes = Object.keys(ATTRIBUTES) as Attribute[];

type RoleRow = { readonly name: string; readonly rolcanlogin: boolean } & Readonly<Record<Attribute, boolean>>;

/** Makes the roles that are missing, mends those that are more than they shall be, and returns the kinds that are new. */
export async function makeRoles(admin: pg.Client, passwords: RolePasswords): Promise<RoleKind[]> {
  const found = new Map((await readRoles(admin)).map((role) => [role.name, role]));
  const created = roleKinds.filter((kind) => !found.has(roleOf(kind)));
  for (const kind of roleKinds) {
    const role = found.get(roleOf(kind));
    if (role === undefined) await admin.query(`create role ${roleOf(kind)} login ${without(attributes)}`);
    else {
      const tooMuch = attributes.filter((attribute) => role[attribute]);
      const change = `${role.rolcanlogin ? "" : "login"} ${without(tooMuch)}`.trim();
      if (change !== "") await admin.query(`alter role ${role.name} ${change}`);
    }
  }
  for (const { role, member } of await findMemberships(admin))
    await admin.query(`revoke ${pg.escapeIdentifier(role)} from ${pg.escapeIdentifier(member)}`);
  await setPasswords(admin, passwords);
  return created;
}

/** The roles of the product that there are. */
export async function readRoles(on: pg.Client): Promise<RoleRow[]> {
  const { rows } = await on.query<RoleRow>(
    `select rolname::text as name, rolcanlogin, ${attributes.join(", ")} from pg_roles where rolname = any($1)`,
    [roleKinds.map(roleOf)],
  );
  return rows;
}

/** What a role is beyond somebody who signs in, in PostgreSQL's words; whether it passes on what it inherits is no right. */
export function powersOf(role: RoleRow): string[] {
  return attributes.filter((each) => role[each] && each !== "rolinherit").map((each) => ATTRIBUTES[each]);
}

/** Roles that one of ours could become, ours among them. */
export async function findMemberships(on: pg.Client): Promise<{ role: string; member: string }[]> {
  const { rows } = await on.query<{ role: string; member: string }>(
    `select r.rolname::text as role, m.rolname::text as member
       from pg_auth_members a
       join pg_roles r on r.oid = a.roleid
       join pg_roles m on m.oid = a.member
      where m.rolname = any($1)`,
    [roleKinds.map(roleOf)],
  );
  return rows;
}

async function setPasswords(admin: pg.Client, passwords: RolePasswords): Promise<void> {
  const stored = await readVerifiers(admin);
  for (const kind of roleKinds) {
    const password = passwords[kind];
    if (password === undefined || isPasswordOf(stored.get(roleOf(kind)) ?? null, password)) continue;
    await admin.query(`alter role ${roleOf(kind)} password ${pg.escapeLiteral(scramVerifier(password))}`);
  }
}

/** Only a superuser may look; for others each password is set anew. */
async function readVerifiers(admin: pg.Client): Promise<Map<string, string | null>> {
  const { rows: may } = await admin.query<{ look: boolean }>(
    "select has_table_privilege('pg_catalog.pg_authid', 'select') as look",
  );
  if (!may[0]?.look) return new Map();
  const { rows } = await admin.query<{ name: string; verifier: string | null }>(
    "select rolname::text as name, rolpassword as verifier from pg_authid where rolname = any($1)",
    [roleKinds.map(roleOf)],
  );
  return new Map(rows.map(({ name, verifier }) => [name, verifier]));
}

function without(which: readonly Attribute[]): string {
  return which.map((attribute) => `no${ATTRIBUTES[attribute]}`).join(" ");
}
