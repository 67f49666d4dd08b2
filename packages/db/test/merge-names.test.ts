// Two names made one, and separated again: what the levels end as, whatever came before, between and after.
import {
  approveFacility,
  facilitySide,
  holdFacility,
  type MergeKind,
  mergeNames,
  productSide,
  reconcileFacility,
  run,
  unmergeNames,
} from "@inventory-sync/db";
import { PRISM_DOCUMENT } from "@inventory-sync/domain";
import { auditLevels } from "@inventory-sync/operator";
import { afterAll, beforeAll, expect, it } from "vitest";
import { eventually } from "../../../tests/support/index.ts";
import { event, onHand, reconcileOptions, send, snapshot, stage } from "./ledger-driver.ts";
import { type OpenTestDatabase, openFresh, waitingOnLocks } from "./support.ts";

let database: OpenTestDatabase;
beforeAll(async () => {
  database = await openFresh();
});
afterAll(async () => {
  const { differences, listed } = await auditLevels(database);
  expect(differences, JSON.stringify(listed)).toBe(0);
  await database.drop();
});

const wait = { lockWaitMsMax: 5_000 };
const sale = (id: string, at: string, lines: Record<string, number>, facilityId: string) =>
  event(id, "sale", { at, lines, facilityId });

async function numberOf(kind: MergeKind, name: string): Promise<number> {
  const side =
    kind === "facility"
      ? await facilitySide(database.pool, name)
      : await productSide(database.pool, { idType: "SKU", idValue: name });
  if (!side) throw new Error(`there is no ${kind} ${name}`);
  return side.id;
}

async function merge(kind: MergeKind, from: string, into: string) {
  const pair = { kind, from: await numberOf(kind, from), into: await numberOf(kind, into) };
  return mergeNames(database, { ...pair, reason: "one", who: "test" }, wait);
}

const undo = (id: string) => unmergeNames(database, { id, reason: "two", who: "test" }, wait);

it("a store that sold under one name and was counted under another has what is left, and resends change nothing", async () => {
  const early = sale("early", "08:00", { X: 2 }, "1");
  const late = sale("late", "15:00", { X: 1 }, "1");
  await send(database, [early, late]);
  await snapshot(database, { at: "09:00", counts: { X: 10 }, facilityId: "001" });
  const { id, unitsAfter } = await merge("facility", "1", "001");
  expect(unitsAfter).toBe(9);
  expect(await onHand(database, "X", "001")).toBe(9);
  expect(await onHand(database, "X", "1")).toBe(0);

  await send(database, [early, late]);
  await send(database, [sale("between", "16:00", { X: 3 }, "1"), sale("own", "16:00", { X: 1 }, "001")]);
  expect(await onHand(database, "X", "001")).toBe(5);

  await undo(id);
  expect(await onHand(database, "X", "001")).toBe(9);
  expect(await onHand(database, "X", "1")).toBe(-6);
  await send(database, [early, late, sale("between", "16:00", { X: 3 }, "1"), sale("own", "16:00", { X: 1 }, "001")]);
  expect(await onHand(database, "X", "001")).toBe(9);
  expect(await onHand(database, "X", "1")).toBe(-6);

  const again = await merge("facility", "1", "001");
  expect(await onHand(database, "X", "001")).toBe(5);
  await undo(again.id);
  expect(await onHand(database, "X", "001")).toBe(9);
  expect(await onHand(database, "X", "1")).toBe(-6);
});

it("a product whose row was rejected keeps its level though what is not listed becomes 0, also under the name that it has when the hold is approved", async () => {
  await snapshot(database, { at: "08:00", counts: { R1: 4, R2: 5, R3: 6 }, facilityId: "held" });
  const product = await numberOf("product", "R1");
  const counted = { at: "2 08:00", counts: { R3: 7 }, facilityId: "held" };
  const reject = { line: 9, facilityId: "held", code: "BAD_QUANTITY", reason: "x", fields: ["R1"] };
  const held = await stage(database, { ...counted, rejects: [{ ...reject, product }] });
  await holdFacility(database, held, { options: { ...reconcileOptions, absentRows: "zero" }, because: "a doubt" });
  await database.pool.query("update reset set state = 'completed-with-holds', finished_at = now() where id = $1", [
    held.resetId,
  ]);
  await merge("product", "R1", "R2");
  const kept = await onHand(database, "R2", "held");
  expect(kept).toBeGreaterThan(0);
  await approveFacility(database, { ...held, decidedBy: "ann" }, { ...reconcileOptions, absentRows: "zero" });
  expect([await onHand(database, "R2", "held"), await onHand(database, "R3", "held")]).toEqual([kept, 7]);
});

it("the next count of a store is guarded by the count that came with another one's name", async () => {
  const counts = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`G${index}`, 10]));
  await snapshot(database, { at: "08:00", counts, facilityId: "guarded old" });
  await send(database, [sale("new", "09:00", { G1: 1 }, "guarded new")]);
  await merge("facility", "guarded old", "guarded new");
  const few = await stage(database, { at: "2 08:00", counts: { G1: 900, G2: 10, G3: 10 }, facilityId: "guarded new" });
  const guards = { rejectedPct: 5, zeroedPct: 20, missingPct: 20, unitsPct: 50 };
  const held = { ended: "held", because: expect.stringContaining("3 rows, last time 10") };
  expect(await reconcileFacility(database, few, { ...reconcileOptions, guards })).toMatchObject(held);
  expect(await onHand(database, "G1", "guarded new")).toBe(9);
});

it("a document is taken away once, however its store or its product is called when it is sent again", async () => {
  const document = (id: string, facilityId: string, sku = "X") => ({
    ...sale(id, "15:00", { [sku]: 1 }, facilityId),
    reason: PRISM_DOCUMENT,
  });
  const levels = async () => [await onHand(database, "X", "D1"), await onHand(database, "X", "D001")];
  await snapshot(database, { at: "09:00", counts: { X: 10 }, facilityId: "D001" });
  await send(database, [document("doc-a", "D1")]);
  const { id } = await merge("facility", "D1", "D001");
  for (const name of ["D1", "D001"]) await send(database, [document("doc-a", name), document("doc-b", name)]);
  expect(await levels()).toEqual([0, 8]);
  expect(await send(database, [document("doc-a", "D2"), document("doc-b", "D2")])).toMatchObject([
    { code: "DOCUMENT_MOVED" },
    { code: "DOCUMENT_MOVED" },
  ]);

  await undo(id);
  expect(await levels()).toEqual([-2, 10]);
  for (const name of ["D1", "D001"]) await send(database, [document("doc-a", name), document("doc-b", name)]);
  expect(await levels()).toEqual([-2, 10]);

  await send(database, [document("doc-c", "D3", "DOC-UPC")]);
  await merge("product", "DOC-UPC", "X");
  for (const sku of ["DOC-UPC", "X"]) await send(database, [document("doc-c", "D3", sku)]);
  expect(await onHand(database, "X", "D3")).toBe(-1);
});

it("a product that sold under one id and was counted under another has what is left, at each store", async () => {
  await send(database, [
    sale("p1", "15:00", { UPC: 1 }, "S1"),
    sale("p2", "08:00", { UPC: 4 }, "S1"),
    sale("p3", "15:00", { UPC: 2 }, "S2"),
  ]);
  await snapshot(database, { at: "09:00", counts: { ART: 10 }, facilityIds: ["S1", "S3"] });
  const { id } = await merge("product", "UPC", "ART");
  expect(await onHand(database, "ART", "S1")).toBe(9);
  expect(await onHand(database, "ART", "S2")).toBe(-2);
  expect(await onHand(database, "ART", "S3")).toBe(10);
  await send(database, [sale("p4", "16:00", { UPC: 1 }, "S1"), sale("p1", "15:00", { UPC: 1 }, "S1")]);
  expect(await onHand(database, "UPC", "S1"), "read by either id").toBe(8);
  await undo(id);
  expect(await onHand(database, "ART", "S1")).toBe(10);
  expect(await onHand(database, "UPC", "S1")).toBe(-6);
  expect(await onHand(database, "UPC", "S2")).toBe(-2);
});

it("a later count under either name absorbs what both sold before it", async () => {
  await snapshot(database, { at: "09:00", counts: { L: 10 }, facilityId: "002" });
  await send(database, [sale("l1", "10:00", { L: 1 }, "2"), sale("l2", "12:00", { L: 2 }, "2")]);
  const { id } = await merge("facility", "2", "002");
  expect(await onHand(database, "L", "002")).toBe(7);
  await snapshot(database, { at: "11:00", counts: { L: 20 }, facilityId: "002" });
  expect(await onHand(database, "L", "002")).toBe(18);
  await undo(id);
  expect(await onHand(database, "L", "002")).toBe(20);
  expect(await onHand(database, "L", "2")).toBe(-3);
});

it("the newer of two counts is in force, level by level, and an undoing brings the older one back", async () => {
  await snapshot(database, { at: "12:00", counts: { M: 5 }, facilityId: "3" });
  await snapshot(database, { at: "09:00", counts: { M: 30, N: 7 }, facilityId: "003" });
  await send(database, [
    sale("m1", "13:00", { M: 1 }, "3"),
    sale("m2", "13:00", { M: 1 }, "003"),
    sale("m3", "10:00", { M: 1 }, "003"),
  ]);
  const { id, counted } = await merge("facility", "3", "003");
  expect(counted).toBe(1);
  expect(await onHand(database, "M", "003")).toBe(3);
  expect(await onHand(database, "N", "003")).toBe(7);
  await undo(id);
  expect(await onHand(database, "M", "003")).toBe(28);
  expect(await onHand(database, "M", "3")).toBe(4);
});

it("is refused in words while a file is being read, and in a circle", async () => {
  await send(database, [sale("r1", "10:00", { R: 1 }, "4"), sale("r2", "10:00", { R: 1 }, "004")]);
  const { resetId } = await stage(database, { at: "12:00", counts: { R: 5 }, facilityId: "4" });
  await expect(merge("facility", "4", "004")).rejects.toThrow("is being read");
  await database.pool.query("update reset set finished_at = now(), state = 'failed' where id = $1", [resetId]);
  await merge("facility", "4", "004");
  await expect(merge("facility", "004", "4")).rejects.toThrow("made one with another");
});

/** Begins what `hold` locks, and keeps it open while `meanwhile` runs. */
async function whileOpen(hold: string, meanwhile: () => Promise<void>): Promise<void> {
  const client = await database.pool.connect();
  try {
    await client.query("begin");
    await client.query(hold);
    await meanwhile();
  } finally {
    await client.query("rollback");
    client.release();
  }
}

it("a merge waits for the sales under way at either store, and those that come meanwhile wait for it", async () => {
  await send(database, [sale("w1", "10:00", { W: 1 }, "5"), sale("w2", "10:00", { W: 1 }, "005")]);
  // The one with the greater number, so that the merge has the other one already.
  const held = Math.max(await numberOf("facility", "5"), await numberOf("facility", "005"));
  let merging: Promise<unknown> = Promise.resolve();
  await whileOpen(`select pg_advisory_xact_lock_shared(7002, ${held})`, async () => {
    merging = merge("facility", "5", "005");
    await eventually(async () => expect(await waitingOnLocks(database)).toBe(1));
    const fates = await send(database, [sale("w3", "11:00", { W: 1 }, "5"), sale("w4", "11:00", { W: 1 }, "005")]);
    expect(fates.map(({ fate }) => fate)).toEqual(["deferred", "deferred"]);
  });
  await merging;
  await send(database, [sale("w3", "11:00", { W: 1 }, "5"), sale("w4", "11:00", { W: 1 }, "005")]);
  expect(await onHand(database, "W", "005")).toBe(-4);
});

it("a batch that looked its store up before the merge changes nothing, and is run again", async () => {
  await send(database, [sale("b1", "10:00", { B: 1 }, "6"), sale("b2", "10:00", { B: 1 }, "006")]);
  const before = await numberOf("facility", "6");
  await merge("facility", "6", "006");
  const line = [
    [before],
    ["b3"],
    [1],
    ["SKU"],
    ["B"],
    ["sale"],
    ["-1"],
    ["2026-11-23T11:00:00Z"],
    [false],
    ["00"],
    [null],
    [],
    [],
  ];
  expect(await run(database.pool, "apply_movements", line)).toEqual([{ outcomes: "c" }]);
  expect(await onHand(database, "B", "006")).toBe(-2);
});

it("one event that came under both names of a store before they were made one counts once", async () => {
  const counted = { at: "09:00", counts: { D: 10 }, facilityId: "009" };
  await snapshot(database, counted);
  await send(database, [sale("d1", "10:00", { D: 1 }, "9"), sale("d1", "10:00", { D: 1 }, "009")]);
  await send(database, [sale("d2", "10:00", { D: 2 }, "9"), sale("d2", "11:00", { D: 3 }, "009")]);
  const { id, twins } = await merge("facility", "9", "009");
  expect(twins).toBe(1);
  expect(await onHand(database, "D", "009")).toBe(4);
  await undo(id);
  expect([await onHand(database, "D", "9"), await onHand(database, "D", "009")]).toEqual([-3, 6]);
});

it("one event in one batch under both names of a store counts once", async () => {
  await send(database, [sale("t0", "10:00", { T: 1 }, "7"), sale("t1", "10:00", { T: 1 }, "007")]);
  await merge("facility", "7", "007");
  const fates = await send(database, [sale("t2", "11:00", { T: 1 }, "7"), sale("t2", "11:00", { T: 1 }, "007")]);
  expect(fates.map(({ fate }) => fate)).toEqual(["done", "deferred"]);
  expect(await send(database, [sale("t2", "11:00", { T: 1 }, "007")])).toMatchObject([{ code: "EVENT_ID_REUSED" }]);
  expect(await onHand(database, "T", "007")).toBe(-3);
});

it("sales of merged products wait while their names are being changed, at every store", async () => {
  await send(database, [sale("n1", "10:00", { N1: 1, N2: 1 }, "S8")]);
  await whileOpen("select pg_advisory_xact_lock(7006, 0)", async () => {
    expect(await send(database, [sale("n2", "11:00", { N1: 1 }, "S9")])).toMatchObject([{ fate: "deferred" }]);
  });
});

it("merges of what was merged are undone in the order in which they were made, the last one first", async () => {
  for (const [store, units] of [
    ["a", 1],
    ["aa", 2],
    ["aaa", 4],
  ] as const)
    await send(database, [sale(`c-${store}`, "10:00", { C: units }, store)]);
  const first = await merge("facility", "a", "aa");
  const second = await merge("facility", "aa", "aaa");
  expect(await onHand(database, "C", "aaa")).toBe(-7);
  await send(database, [sale("c-later", "11:00", { C: 8 }, "a"), sale("c-a", "10:00", { C: 1 }, "a")]);
  expect(await onHand(database, "C", "aaa")).toBe(-15);
  await expect(undo(first.id)).rejects.toThrow("undo that first");
  await undo(second.id);
  expect([await onHand(database, "C", "aaa"), await onHand(database, "C", "aa")]).toEqual([-4, -11]);
  await undo(first.id);
  expect([await onHand(database, "C", "aa"), await onHand(database, "C", "a")]).toEqual([-2, -9]);
  await send(database, [sale("c-later", "11:00", { C: 8 }, "a")]);
  expect(await onHand(database, "C", "a")).toBe(-9);
});

it("a shipment of the merged store is found by its acknowledgement, and keeps the merge from being undone", async () => {
  const lines = { H: 2 };
  await send(database, [event("h1", "shipment", { at: "10:00", lines, facilityId: "8" })]);
  await snapshot(database, { at: "09:00", counts: { H: 10 }, facilityId: "008" });
  const { id } = await merge("facility", "8", "008");
  expect(await onHand(database, "H", "008")).toBe(8);
  await send(database, [event("h1-ack", "shipment-acknowledged", { at: "11:00", of: "h1", facilityId: "8" })]);
  await snapshot(database, { at: "12:00", counts: { H: 8 }, facilityId: "008" });
  expect(await onHand(database, "H", "008")).toBe(8);
  await expect(undo(id)).rejects.toThrow("online orders");
});
