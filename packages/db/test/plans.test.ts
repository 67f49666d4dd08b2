// How the hot statement finds what it needs. Its plan is made once and then serves whatever the tables have become, so that plan
// must be right for an empty ledger and for one that consists of counts.
import { partitionLedger } from "@inventory-sync/db";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FreshDatabase, freshDatabase } from "../../../tests/support/index.ts";
import { readStatements } from "../src/statements.ts";

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

const text = (name: string): string => readStatements().get(name) ?? "";

/** A reset of so many products, as the ledger has it: one event id, a line a product. */
const count = (facility: number, products: number) =>
  client.query(
    `insert into movement (facility_id, event_id, line, product_id, type, quantity, effect, occurred_at, content)
     select $1::int, 'reset-1', n, n, 'correction', 1, 1, now() + n * interval '1 second', ''
       from generate_series(1, $2::int) n`,
    [facility, products],
  );

/** Which indexes the plan that serves all batches reads which of the growing tables by, and those it reads whole. */
async function plan(): Promise<{ by: string[]; whole: string[] }> {
  await client.query("begin");
  await client.query(text("lock_facilities").replaceAll(/\$\d::text\[\]/g, "'{S1}'::text[]"));
  const { rows } = await client.query(`explain (generic_plan, format json) ${text("apply_movements")}`);
  await client.query("rollback");
  const found = { by: new Set<string>(), whole: new Set<string>() };
  const visit = (node: { [key: string]: unknown; Plans?: object[] }): void => {
    const relation = String(node["Relation Name"] ?? "");
    if (node["Node Type"] === "Seq Scan") found.whole.add(relation);
    if (node["Index Name"] !== undefined) {
      expect(node["Index Cond"], String(node["Index Name"])).toBeDefined();
      found.by.add(String(node["Index Name"]));
    }
    for (const each of node.Plans ?? []) visit(each as typeof node);
  };
  visit(rows[0]["QUERY PLAN"][0].Plan);
  return { by: [...found.by].sort(), whole: [...found.whole] };
}

const byKeyOnly = {
  by: expect.arrayContaining(["facility_snapshot_pkey", "level_pkey", "movement_pkey", "product_identification_pkey"]),
  whole: [],
};

describe("a batch of events seeks its events, products and levels by their keys", () => {
  it("when its plan is made for an empty ledger", async () => {
    await client.query("insert into facility (facility_id) select 'S' || n from generate_series(1, 5) n");
    const found = await plan();
    expect(found).toEqual(byKeyOnly);
    expect(found.by).not.toContain("movement_in_time");
    expect(found.by).not.toContain("movement_of_product");
  });

  it("when few event ids stand for most of the ledger", async () => {
    for (const facility of [1, 2, 3, 4, 5]) await count(facility, 20_000);
    await client.query("analyze");
    const found = await plan();
    expect(found).toEqual(byKeyOnly);
    expect(found.by).not.toContain("movement_in_time");
    expect(found.by).not.toContain("movement_of_product");
  });

  it("when the ledger is in partitions", async () => {
    await partitionLedger(fresh.url);
    const { by, whole } = await plan();
    expect(whole).toEqual([]);
    const ofLedger = by.filter((name) => name.startsWith("movement_"));
    expect(ofLedger).toHaveLength(16);
    expect(ofLedger.filter((name) => !/^movement_p\d\d_pkey$/.test(name))).toEqual([]);
  });
});
