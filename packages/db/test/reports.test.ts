// What the board's pages read beyond the API: corrections summed up, levels and products looked for, histories in a bounded
// number of points, facilities surveyed.

import { type Database, reconcileFacility, revertReset } from "@inventory-sync/db";
import {
  correctionHistogram,
  facilityStock,
  findProducts,
  largestCorrections,
  lateOfReset,
  levelHistory,
  levelPlace,
  levelsOfProduct,
  listResets,
  rejectsByCode,
  resetsOfFacility,
  searchLevels,
  surveyFacilities,
} from "@inventory-sync/operator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { event, reconcileOptions, send, snapshot, stage } from "./ledger-driver.ts";
import { type OpenTestDatabase, openFresh } from "./support.ts";

const guards = { rejectedPct: 5, zeroedPct: 20, missingPct: 20, unitsPct: 50 };

let database: OpenTestDatabase;
let second: { resetId: string; facility: number };
let held: { resetId: string; facility: number };

const sell = (id: string, at: string, lines: Record<string, number>) =>
  send(database, [event(id, "sale", { at, lines })]);

beforeAll(async () => {
  database = await openFresh();
  await snapshot(database, { at: "08:00", counts: { TEE: 100, "TEE-RED": 50, HAT: 3, SOCK: 0.5 } });
  await sell("s1", "09:00", { TEE: 2 });
  second = await stage(database, { at: "12:00", counts: { TEE: 91, "TEE-RED": 50, HAT: 1_203, SOCK: 0.25 } });
  await reconcileFacility(database, second, reconcileOptions);
  await sell("late", "11:00", { TEE: 4 });
  await sell("s2", "13:00", { TEE: 5, "NEVER-COUNTED": 1 });
  await snapshot(database, { at: "12:00", counts: { TEE: 7, HAT: 1 }, facilityId: "S002" });
  await send(database, [event("s3", "sale", { at: "13:00", lines: { TEE: 1 }, facilityId: "s003 no reset" })]);
  held = await stage(database, { at: "14:00", counts: { TEE: 900 }, facilityId: "S002" });
  await reconcileFacility(database, held, { ...reconcileOptions, guards });
  const reject = `insert into rejected_row (reset_id, line, facility_id, code, reason, fields) values ($1, $2, $3, $4, 'why', '{a,b}')`;
  for (const [line, facilityId, code] of [
    [7, "S001", "BAD_QUANTITY"],
    [3, "S002", "BAD_QUANTITY"],
    [5, null, "MISSING_FACILITY"],
  ])
    await database.pool.query(reject, [second.resetId, line, facilityId, code]);
});
afterAll(() => database.drop());

const place = (db: Database, facilityId: string, idValue: string) =>
  levelPlace(db, { facilityId, names: [{ idType: "SKU", idValue }] });

describe("what a reset changed", () => {
  it("is counted by size and direction", async () => {
    expect(await correctionHistogram(database, second)).toEqual([
      { size: 0, isUp: false, products: 1, units: -0.25, firstCounts: 0 },
      { size: 3, isUp: false, products: 1, units: -7, firstCounts: 0 },
      { size: 8, isUp: true, products: 1, units: 1_200, firstCounts: 0 },
    ]);
  });

  it("lists the largest first, and tells opening stock from what nothing explains", async () => {
    const { resetId } = second;
    const largest = await largestCorrections(database, { resetId, unexplained: true, limit: 2 });
    expect(largest).toMatchObject([
      { facilityId: "S001", idValue: "HAT", before: 3, counted: 1_203, after: 1_203, isFirst: false },
      { idValue: "TEE", before: 98, counted: 91, lateSales: 0, after: 91 },
    ]);
    const [first] = (await resetsOfFacility(database, { facility: held.facility, limit: 9 })).slice(-1);
    const opening = { resetId: first?.resetId ?? "", limit: 9 };
    expect(await largestCorrections(database, { ...opening, unexplained: true })).toEqual([]);
    expect(await largestCorrections(database, { ...opening, unexplained: false })).toMatchObject([
      { idValue: "TEE", isFirst: true },
      { idValue: "HAT", isFirst: true },
    ]);
  });

  it("has its rejected rows by code with an example, and knows what a revert would apply again", async () => {
    expect(await rejectsByCode(database, second.resetId)).toMatchObject([
      { code: "BAD_QUANTITY", rows: 2, facilities: 2, line: 3, facilityId: "S002", fields: ["a", "b"] },
      { code: "MISSING_FACILITY", rows: 1, facilities: 0, line: 5, facilityId: null },
    ]);
    const late = await lateOfReset(database, { resetId: second.resetId, facilityIds: ["S001", "S002"] });
    expect(late).toEqual({ movements: 1, units: -4 });
  });

  it("is listed page by page", async () => {
    const first = await listResets(database, { after: undefined, limit: 3 });
    const rest = await listResets(database, { after: first.next, limit: 3 });
    expect([first.resets.length, rest.resets.length, rest.next]).toEqual([3, 1, undefined]);
    const all = [...first.resets, ...rest.resets];
    expect(all.find((reset) => reset.id === second.resetId)).toMatchObject({ corrected: 3 });
  });
});

describe("what people look for", () => {
  it("is found in one facility by any part of an id, the closest first", async () => {
    const { facility } = second;
    const search = async (text: string, kind: "all" | "negative" | "uncounted" = "all", skip = 0) =>
      (await searchLevels(database, { facility, text, kind, skip, limit: 3 })).map((level) => level.idValue);
    expect(await search("tee")).toEqual(["TEE", "TEE-RED"]);
    expect(await search("ed")).toEqual(["NEVER-COUNTED", "TEE-RED"]);
    expect(await search("")).toEqual(["HAT", "NEVER-COUNTED", "SOCK"]);
    expect(await search("", "all", 3)).toEqual(["TEE", "TEE-RED"]);
    expect(await search("", "negative")).toEqual(["NEVER-COUNTED"]);
    expect(await search("tee", "uncounted")).toEqual([]);
    expect(await facilityStock(database, facility)).toMatchObject({
      products: 5,
      inStock: 4,
      negative: 1,
      uncounted: 1,
    });
  });

  it("is found wherever it stands, also by another of its names", async () => {
    const tee = await place(database, "S001", "TEE");
    await database.pool.query("insert into product_identification values ('UPCA', '012345', $1)", [tee.product]);
    expect(await findProducts(database, { text: "012345", limit: 5 })).toEqual([
      { product: tee.product, idType: "SKU", idValue: "TEE", matched: "UPCA 012345", isExact: true },
    ]);
    expect((await findProducts(database, { text: "EE", limit: 1 })).map((each) => each.isExact)).toEqual([false]);
    expect(await levelsOfProduct(database, { product: tee.product, limit: 2 })).toMatchObject({
      ...{ facilities: 3, units: 92 },
      levels: [
        { facilityId: "S001", onHand: 86 },
        { facilityId: "S002", onHand: 7 },
      ],
    });
    const { facility } = second;
    expect(await searchLevels(database, { facility, text: "0123", kind: "all", skip: 0, limit: 3 })).toMatchObject([
      { idValue: "TEE", matched: "UPCA 012345" },
    ]);
  });

  it("are facilities, those that need somebody first", async () => {
    await database.pool.query(
      "insert into alarm (key, kind, message, facility_id) values ('k', 'facility-silent', 'm', 's003 no reset')",
    );
    const survey = await surveyFacilities(database, { text: "s0", kind: "all", skip: 0, limit: 2 });
    expect(survey.facilities).toMatchObject([
      { facilityId: "S002", lastReset: { state: "held" }, snapshotAsOf: "2026-11-01T12:00:00.000Z", alarms: [] },
      { facilityId: "s003 no reset", lastReset: null, snapshotAsOf: null, alarms: ["facility-silent"] },
    ]);
    expect([survey.matching, survey.counts]).toEqual([
      3,
      { all: 3, attention: 2, held: 1, failed: 0, reconciling: 0, uncounted: 1, retired: 0 },
    ]);
    const none = await surveyFacilities(database, { text: "", kind: "failed", skip: 0, limit: 2 });
    expect([none.facilities, none.matching, none.counts.all]).toEqual([[], 0, 3]);
  });
});

describe("the history of a level", () => {
  it("has each movement while they are few, with what was on hand after it", async () => {
    const points = await levelHistory(database, await place(database, "S001", "TEE"), { pointsMax: 100 });
    expect(
      points.map(({ before, onHand, sold, corrected, absorbed }) => [before, onHand, sold, corrected, absorbed]),
    ).toEqual([
      [0, 100, 0, 100, 0],
      [100, 98, -2, 0, 0],
      [98, 91, 0, -7, 0],
      [91, 91, 0, 0, -4],
      [91, 86, -5, 0, 0],
    ]);
    expect(points[3]).toMatchObject({ absorbedMovements: 1, resetId: second.resetId });
  });

  it("lets neighbours share a point where they are many, but never across a correction", async () => {
    for (let each = 0; each < 12; each += 1) await sell(`many${each}`, "15:00", { TEE: 1 });
    await revertReset(database, { resetId: second.resetId, decidedBy: "test" }, { lockWaitMsMax: 5_000 });
    const tee = await place(database, "S001", "TEE");
    const points = await levelHistory(database, tee, { pointsMax: 4 });
    expect(points.length).toBeLessThanOrEqual(4 + 2 * 3);
    expect(points.filter((point) => point.corrected !== 0).every((point) => point.movements === 1)).toBe(true);
    expect(points.reduce((sum, point) => sum + point.movements, 0)).toBe(18);
    expect(points.slice(1).map((point) => point.before)).toEqual(points.slice(0, -1).map((point) => point.onHand));
    const until = new Date(points[1]?.at ?? "");
    expect((await levelHistory(database, tee, { until, pointsMax: 4 })).at(-1)).toMatchObject({ onHand: 98 });
  });
});
