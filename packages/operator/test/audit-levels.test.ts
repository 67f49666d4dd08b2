// R1 is checked, and a difference is found wherever it hides.
import { auditLevels } from "@inventory-sync/operator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apply, type OpenTestDatabase, openFresh, sale } from "../../db/test/support.ts";

describe("the audit", () => {
  let database: OpenTestDatabase;
  beforeAll(async () => {
    database = await openFresh();
    await apply(database, sale("e1", "S001", "A", 2));
    await apply(database, sale("e2", "S001", "A", 0.5));
    await apply(database, sale("e3", "S002", "=1+1", 7));
  });
  afterAll(() => database.drop());

  it("finds nothing where every level is the sum of its effects", async () => {
    const seen: number[] = [];
    const report = await auditLevels(database, (done) => seen.push(done));
    expect(report).toEqual({ facilities: 2, levels: 2, movements: 3, differences: 0, listed: [] });
    expect(seen).toEqual([1, 2]);
  });

  it("accepts a level of 0 that no movement touched: a snapshot counted nothing", async () => {
    await database.pool.query(
      `insert into level (facility_id, product_id, on_hand)
       select f.id, p.id, 0 from facility f, product p where f.facility_id = 'S002' and p.id_value = 'A'`,
    );
    expect((await auditLevels(database)).differences).toBe(0);
  });

  it("names a level that differs, movements without a level, and stock without movements", async () => {
    await database.pool.query("update level set on_hand = -2 where on_hand = -2.5");
    await database.pool.query("delete from level where on_hand = -7");
    await database.pool.query("update level set on_hand = 4 where on_hand = 0");
    const report = await auditLevels(database);
    expect(report.differences).toBe(3);
    expect(report.listed).toEqual([
      { facilityId: "S001", idType: "SKU", idValue: "A", onHand: -2, effects: -2.5 },
      { facilityId: "S002", idType: "SKU", idValue: "A", onHand: 4, effects: null },
      { facilityId: "S002", idType: "SKU", idValue: "=1+1", onHand: null, effects: -7 },
    ]);
  });
});
