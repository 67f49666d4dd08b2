// The roles themselves: that they are there, may sign in and nothing else, and are members of nothing.
import pg from "pg";
import { run } from "../statements.ts";
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
  return run<RoleRow>(on, "list_roles", [roleKinds.map(roleOf)]);
}

/** What a role is beyond somebody who signs in, in PostgreSQL's words; whether it passes on what it inherits is no right. */
export function powersOf(role: RoleRow): string[] {
  return attributes.filter((each) => role[each] && each !== "rolinherit").map((each) => ATTRIBUTES[each]);
}

/** Roles that one of ours could become, ours among them. */
export async function findMemberships(on: pg.Client): Promise<{ role: string; member: string }[]> {
  return run(on, "list_memberships", [roleKinds.map(roleOf)]);
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
  const [right] = await run<{ may: boolean }>(admin, "may_read_verifiers");
  if (!right?.may) return new Map();
  const names = roleKinds.map(roleOf);
  const rows = await run<{ name: string; verifier: string | null }>(admin, "list_verifiers", [names]);
  return new Map(rows.map(({ name, verifier }) => [name, verifier]));
}

function without(which: readonly Attribute[]): string {
  return which.map((attribute) => `no${ATTRIBUTES[attribute]}`).join(" ");
}
