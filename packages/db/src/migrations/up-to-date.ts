// The usual start finds every migration applied. To see that takes one query; Prisma's engine, whose 5 MB of WebAssembly cost
// a second of processor time and some 60 MB for as long as the process lives, is loaded only where there is something to do.
import { createHash } from "node:crypto";
import type { MigrationList } from "@prisma/schema-engine-wasm";
import type pg from "pg";
import { sqlState } from "../errors.ts";

const UNDEFINED_TABLE = "42P01";

/**
 * Whether the database's history is exactly these migrations, each applied whole and none changed since, and which it has that
 * are not among them. Everything else is the engine's to judge.
 */
export async function lookAtHistory(
  client: pg.Client,
  { migrationDirectories }: MigrationList,
): Promise<{ readonly upToDate: boolean; readonly unknown: readonly string[] }> {
  const recorded = await readHistory(client);
  const known = new Set(migrationDirectories.map(({ path }) => path));
  const upToDate =
    recorded.length === migrationDirectories.length &&
    migrationDirectories.every(({ path, migrationFile }, index) => {
      const { content } = migrationFile;
      const row = recorded[index];
      return content.tag === "ok" && row?.name === path && row.whole && row.checksum === checksumOf(content.value);
    });
  return { upToDate, unknown: recorded.filter(({ name }) => !known.has(name)).map(({ name }) => name) };
}

interface Recorded {
  readonly name: string;
  readonly checksum: string;
  readonly whole: boolean;
}

async function readHistory(client: pg.Client): Promise<readonly Recorded[]> {
  try {
    const { rows } = await client.query<Recorded>(
      `select migration_name as name, checksum, finished_at is not null and rolled_back_at is null as whole
         from _prisma_migrations
        order by migration_name collate "C"`,
    );
    return rows;
  } catch (error) {
    // A database that nobody has migrated yet.
    if (sqlState(error) === UNDEFINED_TABLE) return [];
    throw error;
  }
}

/** As Prisma records it. */
function checksumOf(sql: string): string {
  return createHash("sha256").update(sql).digest("hex");
}
