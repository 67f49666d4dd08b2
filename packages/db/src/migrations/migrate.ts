// Brings a database to the shape this code needs. Runs at every start and in every test; a second starter waits for the
// first and then finds nothing to do.

import { refusePooler } from "@inventory-sync/runtime/postgres";
import { withConnection } from "../database.ts";
import { dropLedgerCopy } from "../ledger/partition.ts";
import { Locks } from "../locks.ts";
import { applyRights, isSecured } from "../rights/differences.ts";
import { run } from "../statements.ts";
import { lookAtHistory, readMigrations } from "./history.ts";

const NO_FILTERS = { externalTables: [], externalEnums: [] };

/** The database cannot be brought to the shape this code needs; the message says why and what to do. */
export class MigrationRefused extends Error {
  override readonly name = "MigrationRefused";
}

/**
 * Applies the migrations that the database lacks, through Prisma's engine, and returns their names, oldest first.
 * Safe with several starters at once. Throws MigrationRefused when the database is newer than this code or a migration
 * was edited after it was applied, ConfigError when there is something to apply and the address leads to a pooler.
 * @param url a postgres:// address of an existing database, of the server itself
 * @param folder where the migrations lie, with a slash at its end; the product's own when not given
 */
export async function migrate(url: string, folder?: URL): Promise<readonly string[]> {
  return withConnection(url, "migrate", async (guard) => {
    const migrationsList = await readMigrations(folder);
    if ((await lookAtHistory(guard, migrationsList)).upToDate) return [];
    refusePooler(guard, {
      address: "The address of the database",
      what: "migrations are due, and the lock over them would not hold",
      fix: "Set DATABASE_DIRECT_URL to the PostgreSQL server's own address, or run the image's command migrate with it",
    });
    await run(guard, "lock_migrations", [Locks.migration, 0]);
    // It would not have the new shape, and what the triggers bring into it would fail. Who makes it begins anew.
    await dropLedgerCopy(guard);
    const { withSchemaEngine } = await import("./engine.ts");
    const names = await withSchemaEngine(url, async (engine) => {
      const history = await engine.diagnoseMigrationHistory({
        migrationsList,
        optInToShadowDatabase: false,
        filters: NO_FILTERS,
      });
      refuseForeignHistory(history.editedMigrationNames, history.history);
      const applied = await engine.applyMigrations({ migrationsList, filters: NO_FILTERS });
      return applied.appliedMigrationNames;
    });
    // New tables are nobody's but their owner's until then.
    if (await isSecured(guard)) await applyRights(guard);
    return names;
  });
}

/** The refusal of a database that has migrations which this version does not know. */
export function newerThanThis(names: readonly string[]): MigrationRefused {
  return new MigrationRefused(
    `The database is newer than this version of inventory-sync: it has the migration ${names.join(", ")}, which this ` +
      "version does not know. Start the newer version, or restore a backup made before it.",
  );
}

type History = Awaited<ReturnType<import("@prisma/schema-engine-wasm").SchemaEngine["diagnoseMigrationHistory"]>>;

function refuseForeignHistory(edited: readonly string[], history: History["history"]): void {
  if (history?.diagnostic === "migrationsDirectoryIsBehind" || history?.diagnostic === "historiesDiverge") {
    throw newerThanThis(history.unpersistedMigrationNames);
  }
  if (edited.length > 0) {
    throw new MigrationRefused(
      `The migration ${edited.join(", ")} was changed after it had been applied to this database. ` +
        "Restore its file as it was released; changes belong in a new migration.",
    );
  }
}
