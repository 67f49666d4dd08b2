// Moves a database over to roles of least rights, or sees that it still is so: an owner for migrations, a role for each process, one for
// BullMQ's schema. May be repeated as often as people like.
import { Locks } from "../locks.ts";
import { migrate } from "../migrations/migrate.ts";
import { withConnection } from "../one-connection.ts";
import { applyRights } from "./differences.ts";
import { settleOwnership } from "./ownership.ts";
import { makeRoles, type RoleKind, type RolePasswords } from "./roles.ts";
import { roleOf } from "./table.ts";

/** What was done. */
export interface Secured {
  /** Roles that are new. */
  readonly created: readonly RoleKind[];
  /** Tables, functions and so on that belonged to somebody else. */
  readonly moved: number;
  /** Migrations that were applied, oldest first. */
  readonly applied: readonly string[];
}

/**
 * Makes the roles, gives the owner what there is, migrates as the owner, and grants what the table of rights says.
 * @param adminUrl postgres:// address of the database, for a superuser, or for a role that may make roles and owns what is there
 * @param passwords of the roles that shall have another one; a role that never got one cannot sign in
 * @throws MigrationRefused, and errors of PostgreSQL where `adminUrl` may not do this
 */
export async function secureDatabase(adminUrl: string, passwords: RolePasswords = {}): Promise<Secured> {
  return withConnection(adminUrl, "roles", async (admin) => {
    await admin.query("select pg_advisory_lock($1, 1)", [Locks.migration]);
    const created = await makeRoles(admin, passwords);
    const moved = await settleOwnership(admin);
    const applied = await migrate(asOwner(adminUrl));
    await admin.query(`set role ${roleOf("owner")}`);
    await applyRights(admin);
    return { created, moved, applied };
  });
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
