// What a count leaves out and has stock all the same is listed, store by store, as long as that count is the newest.
import { type Database, openDatabase, reconcileFacility } from "@inventory-sync/db";
import { absentOfReset, listAbsent } from "@inventory-sync/operator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FreshDatabase, freshDatabase } from "../../../tests/support/index.ts";
import { event, reconcileOptions, send, snapshot, stage } from "../../db/test/ledger-driver.ts";

let fresh: FreshDatabase;
let database: Database;
beforeAll(async () => {
  fresh = await freshDatabase();
  database = openDatabase({ url: fresh.url, name: "test" });
});
afterAll(async () => {
  await database.close();
  await fresh.drop();
});

async function count(
  facilityId: string,
  at: string,
  counts: Record<string, number>,
  absentRows: "keep" | "zero" = "keep",
) {
  const { resetId, facility } = await stage(database, { at, counts, facilityId });
  await reconcileFacility(database, { resetId, facility }, { ...reconcileOptions, absentRows });
  return resetId;
}

const named = async (resetId: string) =>
  (await listAbsent(database, resetId, { limit: 10 })).items.map(({ idValue, onHand }) => [idValue, onHand]);

describe("the products that a count leaves out", () => {
  it("are listed with the units they hold and the count that had them, sold out ones are not", async () => {
    await snapshot(database, { at: "08:00", counts: { TEE: 3, CAP: 5, SOLD: 0 }, facilityId: "A1" });
    const resetId = await count("A1", "2 08:00", { CAP: 5 });
    expect((await listAbsent(database, resetId, { limit: 10 })).items).toEqual([
      {
        ...{ facilityId: "A1", idType: "SKU", idValue: "TEE", onHand: 3, state: "applied" },
        ...{ countedAt: expect.stringContaining("T08:00"), updatedAt: expect.any(String) },
      },
    ]);
    await send(database, [event("A1-1", "sale", { at: "2 09:00", lines: { TEE: 1 }, facilityId: "A1" })]);
    expect(await named(resetId)).toEqual([["TEE", 2]]);
    const newer = await count("A1", "3 08:00", { TEE: 2 });
    expect(await named(resetId), "of a count that a newer one has followed").toEqual([]);
    expect(await named(newer)).toEqual([["CAP", 5]]);
  });

  it("are none where what is left out counts as 0", async () => {
    await snapshot(database, { at: "08:00", counts: { TEE: 3, CAP: 5 }, facilityId: "A2" });
    expect(await named(await count("A2", "2 08:00", { CAP: 5 }, "zero"))).toEqual([]);
  });

  it("come a page after the other, and whole as rows of a spreadsheet", async () => {
    await snapshot(database, { at: "08:00", counts: { P1: 1, P2: 2, P3: 3, KEPT: 9 }, facilityId: "A3" });
    const resetId = await count("A3", "2 08:00", { KEPT: 9 });
    const first = await listAbsent(database, resetId, { limit: 2 });
    const second = await listAbsent(database, resetId, { after: first.next, limit: 2 });
    expect([...first.items, ...second.items].map(({ idValue }) => idValue)).toEqual(["P1", "P2", "P3"]);
    expect(second.next).toBeUndefined();
    const { columns, pages } = absentOfReset(database, resetId);
    const rows = [];
    for await (const page of pages()) rows.push(...page);
    expect(columns.slice(0, 4)).toEqual(["facilityId", "idType", "idValue", "onHand"]);
    expect(rows.map((row) => row.slice(0, 4))).toEqual(
      [1, 2, 3].map((units) => ["A3", "SKU", `P${units}`, `${units}`]),
    );
  });
});
