// Packing staged rows loses none and changes none, in whatever order a file has them, and repetitions are still found.
import { randomUUID } from "node:crypto";
import {
  createFacilities,
  createProducts,
  type Database,
  openDatabase,
  openReset,
  type RowReject,
  type StagedRow,
  withStaging,
} from "@inventory-sync/db";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type FreshDatabase, freshDatabase } from "../../../tests/support/index.ts";

let fresh: FreshDatabase;
let database: Database;
let facilities: readonly number[];
let products: readonly number[];

beforeAll(async () => {
  fresh = await freshDatabase();
  database = openDatabase({ url: fresh.url, name: "staged-parts" });
  const names = Array.from({ length: 60 }, (_, n) => `F${n}`);
  await createFacilities(database.pool, names);
  const ids = new Map((await database.prisma.facility.findMany()).map(({ facilityId, id }) => [facilityId, id]));
  facilities = names.map((name) => ids.get(name) ?? 0);
  const identifications = Array.from({ length: 900 }, (_, n) => ({ idType: "SKU", idValue: `P${n}` }));
  products = await createProducts(database.pool, identifications);
});
afterAll(async () => {
  await database.close();
  await fresh.drop();
});

const row = (facility: number, product: number, line: number, more: Partial<StagedRow> = {}): StagedRow => ({
  ...{
    facility: facilities[facility] ?? 0,
    product: products[product] ?? 0,
    line,
    location: "",
    quantity: "1",
    asOf: null,
  },
  ...more,
});

/** Stages the rows; gives what is staged then, what was taken out as contradictory, and the counts of the facilities. */
async function staged(rows: readonly StagedRow[], rejects: readonly RowReject[] = []) {
  const file = { name: `${randomUUID()}.csv`, size: 1, modifiedAt: new Date() };
  const { resetId } = await openReset(database, file, { requestedBy: "test" });
  const stamp = { resetId, generation: 0, sha256: randomUUID() };
  async function* batches() {
    for (let at = 0; at < rows.length; at += 700) yield rows.slice(at, at + 700);
  }
  const out = await withStaging(database, stamp, async (staging) => {
    await staging.write(batches());
    const taken = await staging.settleDuplicates(rejects);
    await staging.record(
      { asOf: new Date(), asOfFrom: "manifest", rows: rows.length, skipped: 0, report: {} },
      rejects,
    );
    return [...taken];
  });
  const found = await database.pool.query<StagedRow>(
    `select facility_id as facility, product_id as product, line, location, trim_scale(quantity)::text as quantity,
            to_char(as_of at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "asOf"
       from snapshot_row where reset_id = $1 order by line`,
    [resetId],
  );
  const counted = await database.pool.query<{ facility_id: number; rows: number }>(
    "select facility_id, rows from facility_reset where reset_id = $1",
    [resetId],
  );
  const counts = new Map(counted.rows.map((each) => [each.facility_id, each.rows]));
  return { rows: found.rows, out, counts, resetId };
}

it("keeps every row of a file that goes product by product through all facilities", async () => {
  const rows: StagedRow[] = [];
  for (let product = 0; product < 900; product += 1) {
    for (let facility = 0; facility < 60; facility += 1) {
      rows.push(row(facility, product, rows.length + 2, { quantity: product % 7 === 0 ? "-0.25" : String(facility) }));
    }
  }
  const found = await staged(rows);
  expect(found.rows).toEqual(rows);
  expect(new Set(found.counts.values())).toEqual(new Set([900]));
  const parts = await database.prisma.snapshotPart.count({ where: { resetId: found.resetId } });
  expect(parts).toBeLessThan(rows.length / 300);
});

it("keeps locations and times of rows, whatever stands in them", async () => {
  const locations = ["", "A-1", 'B "2"', "C\\3", "D,4", "{E}", "F\t6", "G\n7", "null", "öЖ", " "];
  const times = [null, "2026-11-23T10:00:00.000Z", null];
  const rows = locations.flatMap((location, product) =>
    times.map((asOf, facility) => row(facility, product, 2 + 3 * product + facility, { location, asOf })),
  );
  expect((await staged(rows)).rows).toEqual(rows);
});

it("counts a repeated row once, takes out contradictions and what goes with a rejected row, and leaves the rest", async () => {
  const rest = [row(0, 0, 2), row(1, 1, 3), row(2, 5, 4, { location: "A" }), row(2, 5, 5, { location: "B" })];
  const repeated = [row(0, 3, 6, { quantity: "4" }), row(0, 3, 7, { quantity: "4" })];
  const contradictory = [
    row(1, 3, 8, { quantity: "4" }),
    row(1, 3, 9, { quantity: "5" }),
    row(1, 3, 10, { location: "X" }),
  ];
  const beside = row(3, 9, 11);
  const reject = { line: 12, fields: [], facilityId: "F3", code: "BAD_QUANTITY", reason: "empty" };
  const found = await staged(
    [...rest, ...repeated, ...contradictory, beside],
    [{ ...reject, facility: beside.facility, product: beside.product }],
  );
  expect(found.rows).toEqual([...rest, repeated[0]]);
  expect(found.out).toEqual([
    [8, null],
    [9, null],
    [10, null],
    [11, 12],
  ]);
  expect([...found.counts]).toEqual(
    expect.arrayContaining([
      [facilities[0], 2],
      [facilities[1], 1],
      [facilities[2], 2],
      [facilities[3], 0],
    ]),
  );
});
