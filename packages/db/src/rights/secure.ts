// Moves a database over to roles of least rights, or says what is not so: an owner for migrations, a role for each process, one for
// BullMQ's schema. May be repeated as often as people like: what is as it should be is left alone, so that nothing is written.
import { refusePooler } from "@inventory-sync/runtime/postgres";
import type pg from "pg";
import { withConnection } from "../database.ts";
import { Locks } from "../locks.ts";
import { migrate } from "../migrations/migrate.ts";
import { run } from "../statements.ts";
import { applyRights, findDifferences, isSecured } from "./differences.ts";
import {
  findMemberships,
  makeRoles,
  powersOf,
  type RoleKind,
  type RolePasswords,
  readRoles,
  roleKinds,
} from "./roles.ts";
import { grantees, ownedRelations, type Right, roleOf } from "./table.ts";

/** The schema of BullMQ's PostgreSQL backend. */
const QUEUE_SCHEMA = "bullmq";
/** A process that still works on a table is waited for no longer. */
const LOCK_WAIT = "30s";

/**
 * Makes the roles, gives the owner what there is, migrates as the owner, and grants what the table of rights says.
 * @param adminUrl postgres:// address of the database, for a superuser, or for a role that may make roles and owns what is there
 * @param passwords of the roles that shall have another one; a role that never got one cannot sign in
 * @returns which roles are new, how many tables, functions and so on belonged to somebody else, and the migrations that were applied
 * @throws MigrationRefused, ConfigError when the address leads to a pooler, and errors of PostgreSQL where `adminUrl` may not do this
 */
export async function secureDatabase(adminUrl: string, passwords: RolePasswords = {}) {
  return withConnection(adminUrl, "roles", async (admin) => {
    refusePooler(admin, {
      address: "DATABASE_ADMIN_URL",
      what: "the lock over roles and rights would not hold",
      fix: "Set it to the PostgreSQL server's own address",
    });
    await run(admin, "lock_migrations", [Locks.migration, 1]);
    const created = await makeRoles(admin, passwords);
    const moved = await settleOwnership(admin);
    const applied = await migrate(asOwner(adminUrl));
    await admin.query(`set role ${roleOf("owner")}`);
    await applyRights(admin);
    return { created, moved, applied };
  });
}

/**
 * Looks at all roles and returns each fault in words; none when every role has the rights it needs and no more.
 * @param url postgres:// address of the database, for any role that may read its catalogue
 */
export async function checkRights(url: string): Promise<string[]> {
  return withConnection(url, "check of rights", async (client) => {
    const roles = await readRoles(client);
    const absent = roleKinds.map(roleOf).filter((name) => !roles.some((role) => role.name === name));
    if (absent.length > 0) return absent.map((name) => `there is no role ${name}`);
    const { excess, missing } = await findDifferences(client);
    return [
      ...roles.flatMap((role) => powersOf(role).map((power) => `${role.name} has the attribute ${power}`)),
      ...(await findMemberships(client)).map(({ role, member }) => `${member} could become ${role}`),
      ...((await isSecured(client)) ? [] : [`the ledger does not belong to ${roleOf("owner")}`]),
      ...excess.map((right) => `${right.role} has ${right.privilege} on ${placeOf(right)}, and shall not`),
      ...missing.map((right) => `${right.role} shall have ${right.privilege} on ${placeOf(right)}, and has not`),
      ...(await findUnsettled(client)).map(({ statement }) => `still to be done: ${statement}`),
    ];
  });
}

function placeOf({ relation, column }: Right): string {
  return column === null ? relation : `${relation}.${column}`;
}

/** Lets nobody but the owner make anything, makes BullMQ's schema, gives things to their owners. Returns how many changed hands. */
async function settleOwnership(admin: pg.Client): Promise<number> {
  await admin.query(`set lock_timeout = '${LOCK_WAIT}'`);
  const foreign = await run<{ role: string }>(admin, "list_foreign_roles", [[roleOf("owner"), roleOf("queue")]]);
  for (const { role } of foreign) await admin.query(`grant ${role} to current_user`);
  const found = await findUnsettled(admin);
  const statements = found.map(({ statement }) => statement);
  if (statements.length > 0) await admin.query(`begin; ${statements.join("; ")}; commit`);
  return found.filter(({ moves }) => moves).length;
}

/** What is not as it should be, as the statements that correct it. */
async function findUnsettled(on: pg.Client): Promise<{ readonly statement: string; readonly moves: boolean }[]> {
  const roles = [roleKinds.map(roleOf), grantees.map(roleOf)];
  return run(on, "list_unsettled", [...roles, ownedRelations(), roleOf("owner"), roleOf("queue"), QUEUE_SCHEMA]);
}

/** The address of the same database for one of its roles. */
export function addressFor(url: string, kind: RoleKind, password: string): string {
  const changed = new URL(url);
  changed.username = roleOf(kind);
  changed.password = encodeURIComponent(password);
  return changed.href;
}

/** The same address, over which everything is done as the owner of the tables. */
function asOwner(adminUrl: string): string {
  const url = new URL(adminUrl);
  const options = [url.searchParams.get("options"), `-c role=${roleOf("owner")}`].filter(Boolean).join(" ");
  url.searchParams.set("options", options);
  return url.href;
}
