// Every statement is prepared against the migrated database, and what its header promises is held against it.
import { readdirSync, readFileSync } from "node:fs";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FreshDatabase, freshDatabase } from "../../../tests/support/index.ts";
import { readStatements } from "../src/statements.ts";

const folder = new URL("../sql/", import.meta.url);
const statements = [...readStatements()];

/** The catalogue's names of types, by the shorter ones that people write. */
const LONG_NAMES: Readonly<Record<string, string>> = {
  int: "integer",
  bool: "boolean",
  timestamptz: "timestamp with time zone",
};

let fresh: FreshDatabase;
let client: pg.Client;

beforeAll(async () => {
  fresh = await freshDatabase();
  client = new pg.Client({ connectionString: fresh.url });
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await fresh.drop();
});

function promisedTypes(text: string): string[] {
  const header = text.split("\n").filter((line) => line.startsWith("--"));
  return header.flatMap((line) => {
    const type = /^--\s+\$\d+\s+([a-z]+)(\[\])?/.exec(line);
    return type ? [`${LONG_NAMES[type[1] ?? ""] ?? type[1]}${type[2] ?? ""}`] : [];
  });
}

describe("statements", () => {
  it("have names of their own, and those of a file that has several are all found", () => {
    const named = readdirSync(folder).flatMap((file) => {
      const names = readFileSync(new URL(file, folder), "utf8").match(/^-- name: .*$/gm);
      return names ?? [`-- name: ${file.replace(".sql", "")}`];
    });
    expect(named.length).toBeGreaterThan(5);
    expect(named.toSorted()).toEqual(statements.map(([name]) => `-- name: ${name}`).toSorted());
  });

  it.each(statements)("%s takes the parameters that its header names", async (name, text) => {
    expect(text.startsWith("-- "), "a header comes first").toBe(true);
    await client.query(`prepare ${name} as ${text}`);
    const found = await client.query<{ types: string[] }>(
      "select parameter_types::text[] as types from pg_prepared_statements where name = $1",
      [name],
    );
    expect(promisedTypes(text)).toEqual(found.rows[0]?.types);
  });
});
