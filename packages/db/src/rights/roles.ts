// The roles themselves: that they are there, may sign in and nothing else, and are members of nothing. Their passwords are worked out here as
// PostgreSQL stores them: so the password itself is in no statement, and none of the server's logs and statistics of statements can show it.
import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from "node:crypto";
import pg from "pg";
import { only, run } from "../statements.ts";
import { grantees, roleOf } from "./table.ts";

/** The roles that a database has, by what they are for: the owner of the tables, that of BullMQ's schema, the processes. */
export const roleKinds = ["owner", "queue", ...grantees] as const;
export type RoleKind = (typeof roleKinds)[number];

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
  if (!(await only<{ may: boolean }>(admin, "may_read_verifiers")).may) return new Map();
  const names = roleKinds.map(roleOf);
  const rows = await run<{ name: string; verifier: string | null }>(admin, "list_verifiers", [names]);
  return new Map(rows.map(({ name, verifier }) => [name, verifier]));
}

function without(which: readonly Attribute[]): string {
  return which.map((attribute) => `no${ATTRIBUTES[attribute]}`).join(" ");
}

const ITERATIONS = 4096;
const SALT_BYTES = 16;
const KEY_BYTES = 32;
const STORED = /^SCRAM-SHA-256\$(\d+):([^$]+)\$([^:]+):(.+)$/;

/** The SCRAM-SHA-256 verifier of a password, with a salt of its own. @throws Error when the password is not plain ASCII */
function scramVerifier(password: string, salt = randomBytes(SALT_BYTES), iterations = ITERATIONS): string {
  // Other characters would first have to be prepared as RFC 4013 says.
  if (!/^[\x21-\x7e]+$/.test(password)) throw new Error("a role's password is letters, digits and signs of ASCII only");
  const salted = pbkdf2Sync(password, salt, iterations, KEY_BYTES, "sha256");
  const keyed = (text: string) => createHmac("sha256", salted).update(text).digest();
  const storedKey = createHash("sha256").update(keyed("Client Key")).digest("base64");
  return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${storedKey}:${keyed("Server Key").toString("base64")}`;
}

/** Whether `stored`, as pg_authid has it, is this password's. */
function isPasswordOf(stored: string | null, password: string): boolean {
  const [, iterations, salt] = STORED.exec(stored ?? "") ?? [];
  if (stored === null || iterations === undefined || salt === undefined) return false;
  const expected = Buffer.from(scramVerifier(password, Buffer.from(salt, "base64"), Number(iterations)));
  return expected.length === stored.length && timingSafeEqual(expected, Buffer.from(stored));
}
