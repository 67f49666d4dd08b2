// ops audit and ops catalogue import against a real database.
import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { applyEvents, type Database, openDatabase } from "@inventory-sync/db";
import { fromWire } from "@inventory-sync/domain";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { emptyDatabase, type FreshDatabase, freshDatabase } from "../../../tests/support/index.ts";
import { emptyFolder, ops } from "./support.ts";

describe("ops audit and ops catalogue import", () => {
  let fresh: FreshDatabase;
  let database: Database;
  let env: Record<string, string>;
  beforeAll(async () => {
    fresh = await freshDatabase();
    database = openDatabase({ url: fresh.url, name: "test", poolMax: 2 });
    env = { DATABASE_URL: fresh.url };
  });
  afterAll(async () => {
    await database.close();
    await fresh.drop();
  });

  const sell = async (sku: string) => {
    const event = {
      eventId: randomUUID(),
      facilityId: "S\u001b001",
      type: "sale" as const,
      occurredAt: "2026-11-20T10:00:00Z",
      lines: [{ sku, quantity: 2 }],
    };
    await applyEvents(database, [fromWire(event, new Date())], { facility: "create", product: "create" });
  };

  it("finds nothing, then names what differs, on a terminal and as JSON", async () => {
    await sell("A\u202eB");
    expect(await ops(env, "audit")).toMatchObject({ code: 0, out: expect.stringContaining("every level is the sum") });
    await database.pool.query("update level set on_hand = on_hand + 1");
    const people = await ops(env, "audit");
    expect(people.code).toBe(1);
    expect(people.out).toMatch(/S\\u\{1b\}001 +SKU +A\\u\{202e\}B +-1 +-2/);
    const programs = await ops(env, "audit", "--json");
    expect(programs.code).toBe(1);
    expect(JSON.parse(programs.out)).toMatchObject({
      differences: 1,
      listed: [{ idValue: "A\u202eB", onHand: -1, effects: -2 }],
    });
    await database.pool.query("update level set on_hand = on_hand - 1");
  });

  it("finds its addresses in credentials.json as well", async () => {
    const folder = await emptyFolder();
    await writeFile(
      join(folder, "credentials.json"),
      JSON.stringify({ database: fresh.url, queue: "redis://x", boardUrl: "http://x" }),
    );
    expect((await ops({ DATA_DIR: folder }, "audit")).code).toBe(0);
  });

  it("says so when the database is empty", async () => {
    const empty = await emptyDatabase();
    try {
      expect(await ops({ DATABASE_URL: empty.url }, "audit")).toMatchObject({
        code: 1,
        error: expect.stringContaining("no inventory in it yet"),
      });
    } finally {
      await empty.drop();
    }
  });

  it("imports a catalogue, again without change, and names conflicts by their lines", async () => {
    const file = join(await emptyFolder(), "catalogue.csv");
    const importing = () => ops(env, "catalogue", "import", file, "--json");
    await writeFile(
      file,
      '\ufeffProduct_ID;idType;idValue;note\nP1;sku;TEE-RED;x\nP1;UPC;012345678905;x\nP2;SKU;"TEE;BLUE";"two\nlines"\n',
    );
    const first = await importing();
    expect([first.code, JSON.parse(first.out)]).toEqual([
      0,
      { products: 2, identifications: 3, unchanged: 0, kinds: 0, conflicts: [] },
    ]);
    expect(JSON.parse((await importing()).out)).toMatchObject({ products: 0, identifications: 0, unchanged: 3 });
    await writeFile(file, "productId,idType,idValue\nP3,SKU,TEE-RED\nP3,SKU,TEE-GREEN\n");
    const conflict = await importing();
    expect(conflict.code).toBe(1);
    expect(JSON.parse(conflict.out)).toMatchObject({
      products: 1,
      identifications: 1,
      conflicts: [{ line: 2, productId: "P3", idValue: "TEE-RED" }],
    });
  });

  it("changes nothing for a file that it cannot use as a whole", async () => {
    const folder = await emptyFolder();
    const products = await database.prisma.product.count();
    const files = {
      missing: undefined,
      empty: "",
      column: "productId,idType\nP9,SKU\n",
      twice: "productId,idType,idValue,idvalue\nP9,SKU,X,Y\n",
    };
    for (const [name, content] of Object.entries(files)) {
      const file = join(folder, `${name}.csv`);
      if (content !== undefined) await writeFile(file, content);
      const ran = await ops(env, "catalogue", "import", file);
      expect([name, ran.code, ran.error.length > 20]).toEqual([name, 1, true]);
    }
    expect(await database.prisma.product.count()).toBe(products);
  });
});
