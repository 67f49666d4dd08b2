// The migrations as they lie in prisma/migrations, in the form that Prisma's engine reads.
import { readdir, readFile } from "node:fs/promises";
import type { MigrationList } from "@prisma/schema-engine-wasm";

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
