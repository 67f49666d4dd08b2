// ops explain: why a number is what it is, in lines that add up.
import { type Database, openDatabase } from "@inventory-sync/db";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { event, send, snapshot } from "../../../packages/db/test/ledger-driver.ts";
import { type FreshDatabase, freshDatabase } from "../../../tests/support/index.ts";
import { ops } from "./support.ts";

describe("ops explain", () => {
  let fresh: FreshDatabase;
  let database: Database;
  beforeAll(async () => {
    fresh = await freshDatabase();
    database = openDatabase({ url: fresh.url, name: "test", poolMax: 3 });
    await send(database, [event("before", "sale", { at: "09:00", lines: { X: 3 } })]);
    await snapshot(database, { at: "12:00", counts: { X: 95, "A:1": 4 } });
    await send(database, [
      event("late", "sale", { at: "11:00", lines: { X: 1 } }),
      event("one", "sale", { at: "12:30", lines: { X: 2.5 } }),
      event("back", "return", { at: "13:00", lines: { X: 1 } }),
      event("order\u001b[31m", "shipment", { at: "08:00", lines: { X: 4 } }),
    ]);
    await database.pool.query(
      "insert into product_identification select 'UPCA', '012345678905', id from product where id_value = 'X'",
    );
  });
  afterAll(async () => {
    await database.close();
    await fresh.drop();
  });

  const explain = (...words: string[]) => ops({ DATABASE_URL: fresh.url }, "explain", ...words);

  /** The numbers above the line, and the one below it. */
  const sumIn = (out: string) => {
    const lines = out.split("\n");
    const rule = lines.findIndex((line) => /^ +-+$/.test(line));
    const first = lines.indexOf("") + 1;
    const amount = (line: string | undefined) => Number(line?.trim().split(" ")[0]);
    const parts = lines.slice(first, rule).map(amount);
    return { parts, total: amount(lines[rule + 1]) };
  };

  it("gives the count, everything since, and what stays unexplained, with times in a zone", async () => {
    const { code, out } = await explain("S001", "X", "--zone", "America/New_York");
    expect(code).toBe(0);
    expect(sumIn(out)).toEqual({ parts: [95, 1, -2.5, -4], total: 89.5 });
    expect(out).toContain("SKU X at store S001: 89.5 on hand\nalso known as UPCA 012345678905\n");
    expect(out).toMatch(
      / 95 {2}counted in .*\.csv, true at 2026-11-01 07:00:00 (EST|GMT[-−]5) \(from its manifest\), applied /,
    );
    expect(out).toMatch(/ -2\.5 {2}sold since the count: 1 movement, 2026-11-01 07:30:00/);
    expect(out).toContain("on hand was -3.\nIt became 95: 95 counted, 0 sold or returned since");
    expect(out).toContain("98 are there without an explanation.");
    expect(out).toMatch(
      /in the count already, so it changed nothing:\n {2}-1 {2}sold: 1 movement, 2026-11-01 06:00:00/,
    );
    expect(out).toMatch(
      /POS's counts do not have:\n {2}-4 {2}event order\\u\{1b\}\[31m, shipped 2026-11-01 03:00:00 .*, not acknowledged/,
    );
    expect(out).toMatch(/sale +late +1 +-1 +0 \(in the count\) +96 /);
    expect(out).not.toContain("\u001b");
  });

  it("finds the product by any of its names, in the zone of the resets by default", async () => {
    for (const name of ["UPCA:012345678905", "upc:012345678905", "sku:X"]) {
      const { code, out } = await explain("S001", name);
      expect([name, code, sumIn(out).total]).toEqual([name, 0, 89.5]);
      expect(out).toContain("12:00:00 UTC");
    }
    expect((await explain("S001", "A:1")).out).toContain("SKU A:1 at store S001: 4 on hand");
    const zoned = await ops({ DATABASE_URL: fresh.url, RESET_TIME_ZONE: "Asia/Tokyo" }, "explain", "S001", "X");
    expect(zoned.out).toMatch(/2026-11-01 21:00:00 (JST|GMT\+9)/);
  });

  it("prints the same computation as JSON", async () => {
    const { lines, onHand } = JSON.parse((await explain("S001", "X", "--json")).out);
    expect(lines.reduce((sum: number, line: { quantity: number }) => sum + line.quantity, 0)).toBe(onHand);
  });

  it("says what it does not know", async () => {
    await send(database, [event("elsewhere", "sale", { at: "09:00", lines: { Y: 1 }, facilityId: "S002" })]);
    expect(await explain("S009", "X")).toMatchObject({ code: 1, error: expect.stringContaining("no store S009") });
    expect(await explain("S001", "Z")).toMatchObject({
      code: 1,
      error: expect.stringContaining("no product with SKU Z"),
    });
    expect(await explain("S001", "Y")).toMatchObject({
      code: 1,
      error: expect.stringContaining("has never had SKU Y"),
    });
    expect((await explain("S001")).code).toBe(64);
    expect((await explain("S001", "X", "--zone", "Mars")).code).toBe(64);
  });
});
