// Migrations: applied by Prisma's engine without downloads, safe with several starters, and never over a newer database.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { MigrationRefused, migrate } from "@inventory-sync/db";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { emptyDatabase, type FreshDatabase, freshDatabase } from "../../../tests/support/index.ts";
import { schemaAsSql, shapeOf } from "./schema-shape.ts";

const folder = new URL("../../../prisma/migrations/", import.meta.url);
const migrations = readdirSync(folder)
  .filter((name) => /^\d{14}_/.test(name))
  .sort();

let fresh: FreshDatabase;

beforeEach(async () => {
  fresh = await emptyDatabase();
});

afterEach(() => fresh.drop());

async function query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: fresh.url });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}

describe("migrating", () => {
  it("applies what is missing once, also when three start together", async () => {
    const applied = await Promise.all([migrate(fresh.url), migrate(fresh.url), migrate(fresh.url)]);
    expect(applied.flat()).toEqual(migrations);
    expect(await migrate(fresh.url)).toEqual([]);
    const rows = await query<{ migration_name: string }>("select migration_name from _prisma_migrations");
    expect(rows).toHaveLength(migrations.length);
  });

  it("records what Prisma's own command line would record", async () => {
    await migrate(fresh.url);
    const checksums = migrations.map((name) => {
      const file = readFileSync(new URL(`${name}/migration.sql`, folder));
      return { migration_name: name, checksum: createHash("sha256").update(file).digest("hex") };
    });
    const recorded = await query("select migration_name, checksum from _prisma_migrations order by migration_name");
    expect(recorded).toEqual(checksums);
  });

  it("refuses a database that is newer than the code, in words", async () => {
    await migrate(fresh.url);
    await query(
      `insert into _prisma_migrations (id, checksum, finished_at, migration_name, started_at, applied_steps_count)
       values ('x', 'x', now(), '20991231000000_from_the_future', now(), 1)`,
    );
    const refused = await migrate(fresh.url).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(MigrationRefused);
    expect(String(refused)).toMatch(/newer than this version.*20991231000000_from_the_future.*Start the newer version/);
  });

  it("refuses a database whose migration was edited after it had been applied", async () => {
    await migrate(fresh.url);
    await query("update _prisma_migrations set checksum = repeat('0', 64)");
    await expect(migrate(fresh.url)).rejects.toThrow(/was changed after it had been applied/);
  });
});

describe("schema.prisma and the migrations", () => {
  it("describe the same database", async () => {
    const migrated = await freshDatabase();
    try {
      await query(await schemaAsSql(fresh.url));
      expect(await shapeOf(fresh.url)).toEqual(await shapeOf(migrated.url));
    } finally {
      await migrated.drop();
    }
  });

  it.each([
    ["a column", "alter table level drop column updated_at"],
    ["a type", "alter table movement alter column quantity type numeric(10, 2)"],
    ["an index", "drop index movement_in_time"],
    ["a foreign key", "alter table rejected_row drop constraint rejected_row_reset_id_fkey"],
  ])("are found to differ in %s when they do", async (_what, change) => {
    await query(await schemaAsSql(fresh.url));
    const before = await shapeOf(fresh.url);
    await query(change);
    expect(await shapeOf(fresh.url)).not.toEqual(before);
  });
});
