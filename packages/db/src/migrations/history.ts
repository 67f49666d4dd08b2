// The migrations as they lie in prisma/migrations, and as a database has them on record. The usual start finds every migration applied. To see that takes one query; Prisma's engine, whose 5 MB of WebAssembly cost
// a second of processor time and some 60 MB for as long as the process lives, is loaded only where there is something to do.
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import type { MigrationList } from "@prisma/schema-engine-wasm";
import type pg from "pg";
import { sqlState } from "../errors.ts";
import { run } from "../statements.ts";

const MIGRATIONS = new URL("../../../../prisma/migrations/", import.meta.url);
const SCHEMA = new URL("../../../../prisma/schema.prisma", import.meta.url);

/** All migrations of a folder (the product's own), oldest first, with their SQL. */
export async function readMigrations(folder: URL = MIGRATIONS): Promise<MigrationList> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const migrationDirectories = await Promise.all(
    names.sort().map(async (name) => {
      const content = await readFile(new URL(`${name}/migration.sql`, folder), "utf8");
      return { path: name, migrationFile: { path: "migration.sql", content: { tag: "ok" as const, value: content } } };
    }),
  );
  const lockfile = await readFile(new URL("migration_lock.toml", folder), "utf8");
  return {
    baseDir: folder.pathname,
    lockfile: { path: "migration_lock.toml", content: lockfile },
    shadowDbInitScript: "",
    migrationDirectories,
  };
}

/** The text of prisma/schema.prisma. */
export async function readSchema(): Promise<string> {
  return readFile(SCHEMA, "utf8");
}

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
    return await run<Recorded>(client, "list_migrations");
  } catch (error) {
    // A database that was never migrated.
    if (sqlState(error) === UNDEFINED_TABLE) return [];
    throw error;
  }
}

/** As Prisma records it. */
function checksumOf(sql: string): string {
  return createHash("sha256").update(sql).digest("hex");
}
