// Every statement file is prepared against the migrated database, and what its header promises is held against it.
import { readdirSync, readFileSync } from "node:fs";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FreshDatabase, freshDatabase } from "../../../tests/support/index.ts";

const folder = new URL("../sql/", import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith(".sql"));

/** The catalogue's names of types, by the shorter ones that people write. */
const LONG_NAMES: Readonly<Record<string, string>> = {
  int: "integer",
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

describe("statement files", () => {
  it("are there", () => expect(names.length).toBeGreaterThan(5));

  it.each(names)("%s takes the parameters that its header names", async (name) => {
    const text = readFileSync(new URL(name, folder), "utf8");
    expect(text.startsWith("-- "), "a header comes first").toBe(true);
    const prepared = name.replace(".sql", "");
    await client.query(`prepare ${prepared} as ${text}`);
    const found = await client.query<{ types: string[] }>(
      "select parameter_types::text[] as types from pg_prepared_statements where name = $1",
      [prepared],
    );
    expect(promisedTypes(text)).toEqual(found.rows[0]?.types);
  });
});
