// A worker starts: it migrates where its role may, as in an installation with one role for all, and otherwise says who has to. A role
// of least rights cannot change the schema, and shall not.
import type pg from "pg";
import { withConnection } from "../database.ts";
import { sqlState } from "../errors.ts";
import { findDifferences } from "../rights/differences.ts";
import { first } from "../statements.ts";
import { lookAtHistory, readMigrations } from "./history.ts";
import { migrate, newerThanThis } from "./migrate.ts";

const SECURE = "npm run ops -- database secure";
const INSUFFICIENT_PRIVILEGE = "42501";

/** The schema is not what this version needs, and this role may not change it. It may be waited for; the message says who mends it. */
export class SchemaBehind extends Error {
  override readonly name = "SchemaBehind";
}

/** Who an address signs in as, and what that role is to the ledger. */
interface Standing {
  readonly role: string;
  readonly isSuperuser: boolean;
  /** It owns the ledger's tables or could become their owner; true where there are none yet and it may make them. */
  readonly mayMigrate: boolean;
}

/**
 * Sees to it that the database has the shape this code needs.
 * @param directUrl where migrations go, when `url` leads to a pooler
 * @returns what should be said about rights that the role has and no process needs, in words; undefined when there are none
 * @throws SchemaBehind; MigrationRefused and ConfigError, as `migrate` does
 */
export async function prepareDatabase(url: string, directUrl?: string): Promise<string | undefined> {
  if (directUrl !== undefined) {
    await withConnection(directUrl, "start", async (client) => {
      if ((await readStanding(client)).mayMigrate) await migrate(directUrl);
    });
  }
  return withConnection(url, "start", async (client) => {
    const standing = await readStanding(client);
    if (standing.mayMigrate) await migrate(url);
    else await demandReady(client, standing.role);
    return excessOf(standing);
  });
}

async function readStanding(client: pg.Client): Promise<Standing> {
  const standing = await first<Standing>(client, "read_standing");
  if (standing === undefined) throw new Error("the database does not know the role that signed in");
  return standing;
}

/** @throws SchemaBehind, or MigrationRefused when the database is ahead */
async function demandReady(client: pg.Client, role: string): Promise<void> {
  const { upToDate, unknown } = await lookAtHistory(client, await readMigrations()).catch((error: unknown) => {
    if (sqlState(error) !== INSUFFICIENT_PRIVILEGE) throw error;
    throw new SchemaBehind(`The role ${role} of DATABASE_URL has no rights in this database yet: run ${SECURE}`);
  });
  if (unknown.length > 0) throw newerThanThis(unknown);
  if (!upToDate) {
    throw new SchemaBehind(
      `The database has not the shape that this version needs, and the role ${role} of DATABASE_URL may not change it: run the ` +
        `image's command migrate, or ${SECURE}, with DATABASE_OWNER_URL or DATABASE_ADMIN_URL`,
    );
  }
  const missing = (await findDifferences(client)).missing.filter((right) => right.role === role);
  if (missing.length > 0) {
    const relations = [...new Set(missing.map(({ relation }) => relation))].join(", ");
    throw new SchemaBehind(
      `The role ${role} of DATABASE_URL has not all the rights it needs, on ${relations}: run ${SECURE}`,
    );
  }
}

function excessOf({ role, isSuperuser, mayMigrate }: Standing): string | undefined {
  if (!mayMigrate) return undefined;
  const what = isSuperuser
    ? "is a superuser of the database server"
    : "owns the tables of the ledger and the audit log";
  return (
    `the role ${role} of DATABASE_URL ${what}, which is more than a process needs: what shall only be added to could be changed ` +
    `or deleted with it. ${SECURE} makes roles of least rights and says what to set`
  );
}
