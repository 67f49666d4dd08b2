// Repairs: rejected rows of a reset that were corrected later, straight through the database. They have its time, change only what they
// name, and are no whole count.
import {
  approveFacility,
  deadlineKept,
  failedResets,
  missingFacilities,
  type ReconcileOptions,
  type RowReject,
  reconcileFacility,
  reconcileTogether,
  rejectFacility,
  revertReset,
  seenBefore,
  withStaging,
} from "@inventory-sync/db";
import { listAttention, listRepairs, rowsToRepair, surveyFacilities } from "@inventory-sync/operator";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { eventually } from "../../../tests/support/index.ts";
import { asOf, event, FACILITY, onHand, reconcileOptions, send, snapshot, stage } from "./ledger-driver.ts";
import { type OpenTestDatabase, openFresh, waitingOnLocks } from "./support.ts";

const guards = { rejectedPct: 5, zeroedPct: 20, missingPct: 20, unitsPct: 50 };
/** As strict as can be: what is not listed becomes 0. */
const guarded: ReconcileOptions = { ...reconcileOptions, absentRows: "zero", guards };

let database: OpenTestDatabase;

beforeAll(async () => {
  database = await openFresh();
});
beforeEach(() =>
  database.pool.query(
    "truncate facility, facility_reset, reset, rejected_row, held_row, correction, movement, level, facility_snapshot, snapshot_part cascade",
  ),
);
afterAll(() => database.drop());

const tens = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`P${index + 1}`, 10]));
const badRow = (line: number, fields: string[]) => ({
  ...{ line, fields, facilityId: FACILITY },
  ...{ code: "BAD_QUANTITY", reason: "no number" },
});

/** Counts X and P1 to P20 as 10 at 08:00, then at 12:00 all but X, whose row of line 7 was rejected. */
async function countWithBadRow() {
  await snapshot(database, { at: "08:00", counts: { X: 10, ...tens } });
  const rejects = [badRow(7, [FACILITY, "X", "9 pcs"])];
  const origin = await stage(database, { at: "12:00", counts: tens, rejects });
  expect(await reconcileFacility(database, origin, reconcileOptions)).toMatchObject({ ended: "applied" });
  await ended(origin.resetId);
  return origin;
}

const ended = (resetId: string, state = "completed") =>
  database.prisma.reset.update({ where: { id: resetId }, data: { state, finishedAt: new Date(), rows: 20 } });
const repair = (origin: { resetId: string }, counts: Record<string, number>, lines = [7]) =>
  stage(database, { at: "12:00", counts, repairs: { resetId: origin.resetId, lines } });
const sell = (id: string, quantity: number, at: string, sku = "X") =>
  send(database, [event(id, "sale", { at, lines: { [sku]: quantity } })]);
const part = (resetId: string) => database.prisma.facilityReset.findFirstOrThrow({ where: { resetId } });

test("a repair sets what it names to the count, with the sales since that count, and leaves all else as it is", async () => {
  const origin = await countWithBadRow();
  await sell("before", 1, "11:00");
  await sell("between", 2, "13:00");
  await sell("other", 3, "13:00", "P1");
  const repaired = await repair(origin, { X: 8 });
  expect(await reconcileFacility(database, repaired, guarded)).toMatchObject({
    ended: "applied",
    rows: 1,
    corrected: 1,
  });
  expect([await onHand(database, "X"), await onHand(database, "P1"), await onHand(database, "P2")]).toEqual([6, 7, 10]);
  expect(await asOf(database, "X")).toBe(await asOf(database, "P2"));
  await sell("late", 5, "11:30");
  await sell("after", 1, "14:00");
  expect(await onHand(database, "X")).toBe(5);
  expect(await part(repaired.resetId)).toMatchObject({ state: "applied", absent: 0, stale: 0 });
  const movements = await database.prisma.movement.count({ where: { resetId: repaired.resetId, type: "correction" } });
  expect(movements).toBe(1);
  const levels = await database.prisma.level.findMany({ where: { resetId: repaired.resetId } });
  expect(levels).toHaveLength(1);
});

test("its few rows hold nothing, and are not what the next count is compared with; its values are guarded as ever", async () => {
  const origin = await countWithBadRow();
  const repaired = await repair(origin, { X: 8 });
  expect(await reconcileFacility(database, repaired, guarded)).toMatchObject({ ended: "applied" });
  const half = await stage(database, { at: "14:00", counts: { X: 8, P1: 10, P2: 10 } });
  expect(await reconcileFacility(database, half, { ...guarded, absentRows: "keep" })).toMatchObject({
    ended: "held",
    because: expect.stringContaining("3 rows, last time 20"),
  });
  const wild = await repair(origin, { X: 9_999 });
  expect(await reconcileFacility(database, wild, guarded)).toMatchObject({
    ended: "held",
    because: expect.stringMatching(/^stock would rise by/),
  });
});

test("once a newer count is the facility's, all rows are stale: also those that the newer count does not list", async () => {
  const origin = await countWithBadRow();
  const newer = await stage(database, { at: "15:00", counts: tens });
  await reconcileFacility(database, newer, reconcileOptions);
  await sell("since", 1, "16:00");
  const late = await repair(origin, { X: 3, P1: 1 });
  expect(await reconcileFacility(database, late, guarded)).toMatchObject({ ended: "stale", corrected: 0 });
  expect([await onHand(database, "X"), await onHand(database, "P1")]).toEqual([9, 10]);
  expect(await part(late.resetId)).toMatchObject({ state: "stale", stale: 2 });
  await revertReset(database, { resetId: newer.resetId, decidedBy: "ann" }, reconcileOptions);
  const again = await repair(origin, { X: 3 });
  expect(await reconcileFacility(database, again, guarded)).toMatchObject({ ended: "applied" });
  expect(await onHand(database, "X")).toBe(2);
});

test("a count of the same time that was applied after the one that it corrects is newer, too", async () => {
  const origin = await countWithBadRow();
  await snapshot(database, { at: "12:00", counts: { X: 5, ...tens } });
  await database.prisma.rejectedRow.updateMany({ data: { facilityId: FACILITY } });
  const open = await rowsToRepair(database, origin.resetId, { skip: 0, limit: 9 });
  expect(open.rows).toMatchObject([{ line: 7, isOvertaken: true }]);
  const late = await repair(origin, { X: 8 });
  expect(await reconcileFacility(database, late, guarded)).toMatchObject({ ended: "stale", corrected: 0 });
  expect(await onHand(database, "X")).toBe(5);
});

test("a newer count that is being applied is waited for, and makes the rows stale once it has been", async () => {
  const origin = await countWithBadRow();
  const late = await repair(origin, { X: 3 });
  const newer = await database.pool.connect();
  await newer.query("begin");
  await newer.query("select pg_advisory_xact_lock(7002, $1)", [origin.facility]);
  await newer.query("update facility_snapshot set as_of = as_of + interval '1 hour' where facility_id = $1", [
    origin.facility,
  ]);
  const reconciling = reconcileFacility(database, late, guarded);
  await eventually(async () => (await waitingOnLocks(database)) === 1);
  expect(await onHand(database, "X")).toBe(10);
  await newer.query("commit");
  newer.release();
  expect(await reconciling).toMatchObject({ ended: "stale" });
  expect(await onHand(database, "X")).toBe(10);
});

test("what is held of the count that it corrects stays held", async () => {
  await snapshot(database, { at: "08:00", counts: { X: 10, ...tens } });
  const origin = await stage(database, { at: "12:00", counts: { P1: 10 }, rejects: [badRow(7, ["a"])] });
  expect(await reconcileFacility(database, origin, { ...guarded, absentRows: "keep" })).toMatchObject({
    ended: "held",
  });
  await ended(origin.resetId, "completed-with-holds");
  await reconcileFacility(database, await repair(origin, { X: 9 }), guarded);
  expect([await onHand(database, "X"), await onHand(database, "P1")]).toEqual([9, 10]);
  expect(await part(origin.resetId)).toMatchObject({ state: "held" });
  expect((await listAttention(database, 9)).parts).toMatchObject([{ resetId: origin.resetId, state: "held" }]);
  const survey = await surveyFacilities(database, { text: "", kind: "all", skip: 0, limit: 9 });
  expect(survey.facilities).toMatchObject([{ lastReset: { state: "held" } }]);
});

test("where those that are not listed become 0, what a repair has counted stays when the held count is approved after it", async () => {
  await snapshot(database, { at: "08:00", counts: { X: 10, ...tens } });
  const origin = await stage(database, { at: "12:00", counts: { P1: 10, P2: 10 }, rejects: [badRow(7, ["a"])] });
  expect(await reconcileFacility(database, origin, guarded)).toMatchObject({ ended: "held" });
  await ended(origin.resetId, "completed-with-holds");
  await reconcileFacility(database, await repair(origin, { X: 9, NEW: 4 }), guarded);
  const approved = { ...origin, decidedBy: "ann" };
  await approveFacility(database, approved, { ...reconcileOptions, absentRows: "zero" });
  expect(await Promise.all(["X", "NEW", "P1", "P5"].map((sku) => onHand(database, sku)))).toEqual([9, 4, 10, 0]);
});

test("where those that are not listed become 0, they stay at a store of which a rejected row names no product, also when it is held first", async () => {
  const stores = { facilityIds: ["S001", "S002"] };
  await snapshot(database, { at: "08:00", counts: { X: 10, ...tens }, ...stores });
  const nameless: RowReject = { line: 7, facilityId: "S002", code: "MANGLED_ID", reason: "1.2E+12", fields: ["a"] };
  const count = (at: string) =>
    stage(database, { at, counts: { P1: 9, P2: 9 }, rejects: [nameless], keptAt: ["S002"], ...stores });
  const held = await count("12:00");
  const [first = 0, second = 0] = held.facilities;
  expect(await reconcileFacility(database, { ...held, facility: second }, guarded)).toMatchObject({ ended: "held" });
  await ended(held.resetId, "completed-with-holds");
  const levels = async () => {
    const skus = ["X", "P1", "P5"].map((sku) => ["S001", "S002"].map((store) => onHand(database, sku, store)));
    return Promise.all(skus.map((each) => Promise.all(each)));
  };
  await approveFacility(
    database,
    { ...held, facility: second, decidedBy: "ann" },
    { ...reconcileOptions, absentRows: "zero" },
  );
  expect(await levels()).toEqual([
    [10, 10],
    [10, 9],
    [10, 10],
  ]);
  const both = await count("14:00");
  const options = { ...reconcileOptions, absentRows: "zero" } as const;
  await reconcileTogether(database, { resetId: both.resetId, facilities: [first, second] }, options);
  expect(await levels()).toEqual([
    [0, 10],
    [9, 9],
    [0, 10],
  ]);
  const parts = await database.prisma.facilityReset.findMany({
    where: { resetId: both.resetId },
    orderBy: { facilityId: "asc" },
  });
  expect(parts.map(({ absent, absentRows, unitsAfter }) => [absent, absentRows, Number(unitsAfter)])).toEqual([
    [19, null, 18],
    [19, "keep", 18],
  ]);
});

test("where those that are not listed become 0, an older count leaves what it does not list to the newer one, and is stale", async () => {
  await snapshot(database, { at: "12:00", counts: { X: 10 } });
  await sell("between", 5, "11:00", "Y");
  const late = await stage(database, { at: "10:00", counts: { X: 4 } });
  const options = { ...reconcileOptions, absentRows: "zero" } as const;
  expect(await reconcileFacility(database, late, options)).toMatchObject({ ended: "stale", corrected: 0 });
  expect([await onHand(database, "X"), await onHand(database, "Y")]).toEqual([10, -5]);
});

test("a held repair changes nothing once the count that it corrects was reverted", async () => {
  const origin = await countWithBadRow();
  const wild = await repair(origin, { X: 9_999 });
  expect(await reconcileFacility(database, wild, guarded)).toMatchObject({ ended: "held" });
  await ended(wild.resetId, "completed-with-holds");
  await revertReset(database, { resetId: origin.resetId, decidedBy: "ann" }, reconcileOptions);
  const approved = await approveFacility(database, { ...wild, decidedBy: "ann" }, reconcileOptions);
  expect(approved).toMatchObject({ ended: "stale" });
  expect(await onHand(database, "X")).toBe(10);
});

test("a held repair stays held when the held count that it corrects is approved", async () => {
  await snapshot(database, { at: "08:00", counts: { X: 10, ...tens } });
  const origin = await stage(database, { at: "12:00", counts: { P1: 10, P2: 10 }, rejects: [badRow(7, ["a"])] });
  expect(await reconcileFacility(database, origin, guarded)).toMatchObject({ ended: "held" });
  await ended(origin.resetId, "completed-with-holds");
  const wild = await repair(origin, { X: 9_999 });
  expect(await reconcileFacility(database, wild, guarded)).toMatchObject({ ended: "held" });
  await ended(wild.resetId, "completed-with-holds");
  await approveFacility(database, { ...origin, decidedBy: "ann" }, reconcileOptions);
  expect(await part(wild.resetId)).toMatchObject({ state: "held" });
  expect(await approveFacility(database, { ...wild, decidedBy: "ann" }, reconcileOptions)).toMatchObject({
    ended: "applied",
  });
  expect(await onHand(database, "X")).toBe(9_999);
});

test("a row can be corrected again once the repair that corrected it was held and rejected", async () => {
  const origin = await countWithBadRow();
  await database.prisma.rejectedRow.updateMany({ data: { facilityId: FACILITY } });
  const wild = await repair(origin, { X: 9_999 });
  expect(await reconcileFacility(database, wild, guarded)).toMatchObject({ ended: "held" });
  await ended(wild.resetId, "completed-with-holds");
  const open = async () => (await rowsToRepair(database, origin.resetId, { skip: 0, limit: 9 })).rows;
  expect(await open()).toEqual([]);
  expect(await rejectFacility(database, { ...wild, decidedBy: "ann" })).toBe(true);
  expect(await open()).toMatchObject([{ line: 7 }]);
});

test("rows whose products the reset has counted already are taken out, and what an earlier repair counted can be corrected again", async () => {
  await snapshot(database, { at: "08:00", counts: { X: 10, ...tens } });
  const rejects = [badRow(7, [FACILITY, "?", "8"]), badRow(9, [FACILITY, "??", "7"])];
  const origin = await stage(database, { at: "12:00", counts: tens, rejects });
  await reconcileFacility(database, origin, reconcileOptions);
  await reconcileFacility(database, await repair(origin, { X: 8 }), guarded);
  const again = await repair(origin, { X: 7 }, []);
  const stamp = { resetId: again.resetId, generation: 0, sha256: "a" };
  await database.prisma.reset.update({ where: { id: again.resetId }, data: { state: "staging" } });
  const [x, p1] = await Promise.all(
    ["X", "P1"].map((idValue) => database.prisma.productIdentification.findFirstOrThrow({ where: { idValue } })),
  );
  const row = (product: number, line: number) => ({
    ...{ facility: again.facility, product, line, location: "", quantity: "7", asOf: null },
  });
  for (const [corrects, taken] of [
    [7, [3]],
    [9, [2, 3]],
  ] as const)
    await withStaging(database, stamp, async (staging) => {
      await staging.write(
        (async function* () {
          yield [row(x?.productId ?? 0, 2), row(p1?.productId ?? 0, 3)];
        })(),
      );
      expect(await staging.takeCounted(origin.resetId, new Map([[2, corrects]]))).toEqual(taken);
    });
});

test("a repair can be reverted, and then the reset that it corrected", async () => {
  const origin = await countWithBadRow();
  const repaired = await repair(origin, { X: 4 });
  await reconcileFacility(database, repaired, guarded);
  await ended(repaired.resetId);
  const revert = (resetId: string) => revertReset(database, { resetId, decidedBy: "ann" }, reconcileOptions);
  await expect(revert(origin.resetId)).rejects.toThrow("has had a later reset");
  expect((await rowsToRepair(database, origin.resetId, { skip: 0, limit: 9 })).total).toBe(0);
  await revert(repaired.resetId);
  await database.prisma.reset.update({ where: { id: repaired.resetId }, data: { state: "reverted" } });
  expect(await onHand(database, "X")).toBe(10);
  expect((await rowsToRepair(database, origin.resetId, { skip: 0, limit: 9 })).rows).toMatchObject([{ line: 7 }]);
  expect(await revert(origin.resetId)).toMatchObject([{ levels: 20 }]);
});

test("a row that is still wrong is shown as it was tried last; one that is right is not shown any more", async () => {
  await snapshot(database, { at: "08:00", counts: { X: 10, Y: 10 } });
  const rejects = [badRow(7, [FACILITY, "X", "9 pcs"]), badRow(9, [FACILITY, "Y", "?"])];
  const origin = await stage(database, { at: "12:00", counts: {}, rejects });
  await ended(origin.resetId);
  await database.prisma.reset.update({
    where: { id: origin.resetId },
    data: { report: { columns: ["store", "sku", "qty"], ignoredColumns: [] } },
  });
  const open = () => rowsToRepair(database, origin.resetId, { skip: 0, limit: 9 });
  expect((await open()).rows).toMatchObject([{ line: 7 }, { line: 9, triedIn: null, isOvertaken: false }]);
  const stillWrong = { ...badRow(3, ["", "7", FACILITY, "YY"]), reason: "still none", repairsLine: 9 };
  const repaired = await stage(database, {
    ...{ at: "12:00", counts: { X: 8 }, rejects: [stillWrong] },
    repairs: { resetId: origin.resetId, lines: [7] },
  });
  await ended(repaired.resetId);
  await database.prisma.reset.update({
    where: { id: repaired.resetId },
    data: { report: { columns: ["qty", "errorCode", "store", "sku"] } },
  });
  const { rows, total } = await open();
  expect(total).toBe(1);
  expect(rows).toMatchObject([
    { line: 9, reason: "still none", fields: [FACILITY, "YY", ""], triedIn: repaired.resetId },
  ]);
  expect(await listRepairs(database, origin.resetId)).toMatchObject([{ id: repaired.resetId, rows: 20, rejected: 1 }]);
  await snapshot(database, { at: "15:00", counts: { X: 1 } });
  expect((await open()).rows).toMatchObject([{ line: 9, isOvertaken: true }]);
});

test("a preview of a repair corrects no row, and a repair with rows that were wrong may come once more as it is", async () => {
  const origin = await countWithBadRow();
  const bytes = async (resetId: string) =>
    (await database.prisma.reset.findUniqueOrThrow({ where: { id: resetId } })).sha256;
  const repairs = { resetId: origin.resetId, lines: [7] };
  await stage(database, { at: "12:00", counts: { X: 8 }, repairs, preview: true });
  expect((await rowsToRepair(database, origin.resetId, { skip: 0, limit: 9 })).total).toBe(1);
  const repaired = await repair(origin, { X: 8 });
  await ended(repaired.resetId);
  expect((await rowsToRepair(database, origin.resetId, { skip: 0, limit: 9 })).total).toBe(0);
  const again = { resetId: origin.resetId, sha256: (await bytes(repaired.resetId)) ?? "", asOfFrom: "origin" };
  const when = (await database.prisma.reset.findUniqueOrThrow({ where: { id: repaired.resetId } })).asOf ?? new Date();
  expect(await seenBefore(database, { ...again, asOf: when, timeZone: "UTC" })).toMatchObject({ id: repaired.resetId });
  await database.prisma.reset.update({ where: { id: repaired.resetId }, data: { rejected: 1 } });
  expect(await seenBefore(database, { ...again, asOf: when, timeZone: "UTC" })).toBeUndefined();
});

test("a repair of which a row is still wrong has not failed, and one whose facility cannot be done has", async () => {
  const origin = await countWithBadRow();
  const again = [{ ...badRow(2, [FACILITY, "X", "?"]), repairsLine: 7 }];
  const repairs = { resetId: origin.resetId, lines: [] };
  const wrong = await stage(database, { at: "12:00", counts: {}, rejects: again, repairs });
  await ended(wrong.resetId, "failed");
  const now = new Date(Date.now() + 60_000);
  expect(await part(wrong.resetId)).toMatchObject({ state: "failed", rows: 0 });
  expect([await failedResets(database, now), (await listAttention(database, 9)).total]).toEqual([[], 0]);
  const broken = await repair(origin, { X: 8 });
  await database.prisma.facilityReset.updateMany({ where: { resetId: broken.resetId }, data: { state: "failed" } });
  await ended(broken.resetId, "failed");
  expect(await failedResets(database, now)).toMatchObject([{ resetId: broken.resetId }]);
  expect((await listAttention(database, 9)).parts).toMatchObject([{ resetId: broken.resetId }]);
  const survey = await surveyFacilities(database, { text: "", kind: "all", skip: 0, limit: 9 });
  expect(survey.facilities).toMatchObject([{ lastReset: { state: "applied" } }]);
});

test("a repair is no count for the alarms: no facility is missing, no deadline kept, and only its own reset made good", async () => {
  const now = new Date(Date.now() + 60_000);
  await snapshot(database, { at: "08:00", counts: { X: 10 }, facilityIds: [FACILITY, "S002"] });
  await database.prisma.reset.updateMany({ data: { state: "completed", finishedAt: new Date() } });
  const failed = await stage(database, { at: "12:00", counts: { X: 10 }, facilityIds: [FACILITY, "S002"] });
  await database.prisma.facilityReset.updateMany({ where: { resetId: failed.resetId }, data: { state: "failed" } });
  await ended(failed.resetId, "failed");
  const repairOf = async (resetId: string) => {
    const repaired = await repair({ resetId }, { X: 9 });
    await reconcileFacility(database, repaired, guarded);
    await ended(repaired.resetId);
  };
  const [first] = await database.prisma.reset.findMany({ orderBy: { createdAt: "asc" }, take: 1 });
  await repairOf(first?.id ?? "");
  expect(await missingFacilities(database, now)).toEqual([]);
  expect(await failedResets(database, now)).toMatchObject([{ resetId: failed.resetId }]);
  expect((await listAttention(database, 9)).total).toBe(2);
  const kept = await deadlineKept(database, { deadline: now, opens: new Date(0) });
  expect(kept.lastAccepted?.file).toBe(first?.file);
  await repairOf(failed.resetId);
  expect(await failedResets(database, now)).toEqual([]);
  expect((await listAttention(database, 9)).parts).toMatchObject([{ facilityId: "S002" }]);
});
