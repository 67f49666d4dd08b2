// Guards, holds, previews and reverts, straight through the database.
import {
  approveFacility,
  type Database,
  NotRevertible,
  observeFile,
  openDatabase,
  openReset,
  type ReconcileOptions,
  reconcileFacility,
  recordArchived,
  rejectFacility,
  revertReset,
} from "@inventory-sync/db";
import { decideEach } from "@inventory-sync/operator";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually, type FreshDatabase, freshDatabase } from "../../../tests/support/index.ts";
import { asOf, event, FACILITY, onHand, reconcileOptions, send, snapshot, stage } from "./ledger-driver.ts";
import { waitingOnLocks } from "./support.ts";

const guards = { rejectedPct: 5, zeroedPct: 20, missingPct: 20, unitsPct: 50 };
const guarded: ReconcileOptions = { ...reconcileOptions, guards };
const lockWait = { lockWaitMsMax: 5_000 };

let fresh: FreshDatabase;
let database: Database;

beforeEach(async () => {
  fresh = await freshDatabase();
  database = openDatabase({ url: fresh.url, name: "test" });
});

afterEach(async () => {
  await database.close();
  await fresh.drop();
});

const sell = (id: string, quantity: number, at: string) =>
  send(database, [event(id, "sale", { at, lines: { X: quantity } })]);

/** A facility at X 100, held by a snapshot that says X 10 as of 12:00. */
async function holdAtTen() {
  await snapshot(database, { at: "08:00", counts: { X: 100 } });
  const held = await stage(database, { at: "12:00", counts: { X: 10 } });
  expect(await reconcileFacility(database, held, guarded)).toMatchObject({
    ended: "held",
    because: expect.stringContaining("stock would fall by 90 %: 100 → 10 units (limit ±50 %)"),
  });
  return held;
}

/** Another transaction that has the facility's lock until it is let go. */
async function locked(facility: number): Promise<{ release(): Promise<void> }> {
  const other = await database.pool.connect();
  await other.query("begin");
  await other.query("select pg_advisory_xact_lock(7002, $1)", [facility]);
  return {
    release: async () => {
      await other.query("rollback");
      other.release();
    },
  };
}

describe("a guarded facility reset", () => {
  it("is never held the first time", async () => {
    const first = await stage(database, { at: "12:00", counts: { X: 0 } });
    expect(await reconcileFacility(database, first, guarded)).toMatchObject({ ended: "applied" });
  });

  it("past a limit changes nothing, and the facility's sales go on being applied", async () => {
    await holdAtTen();
    expect(await onHand(database, "X")).toBe(100);
    await sell("since", 3, "13:00");
    expect(await onHand(database, "X")).toBe(97);
  });

  it("approved later is applied with the sales since (R4), and its rows survive a crash that empties the staging table", async () => {
    const held = await holdAtTen();
    await sell("before", 1, "11:00");
    await sell("since", 3, "13:00");
    await database.pool.query("truncate snapshot_part");
    const approved = await approveFacility(database, { ...held, decidedBy: "ann" }, reconcileOptions);
    expect(approved).toMatchObject({ ended: "applied", corrected: 1 });
    expect(await onHand(database, "X")).toBe(7);
    expect(await approveFacility(database, { ...held, decidedBy: "ann" }, reconcileOptions)).toEqual({
      ended: "already",
      state: "applied",
    });
    expect(await database.prisma.heldRow.count()).toBe(0);
  });

  it("decided among others is left as it was, and said to be, while somebody else has the facility", async () => {
    const held = await holdAtTen();
    const decide = async () => {
      const which = { verdict: "approve", resetId: held.resetId, facilityIds: [FACILITY, "nowhere"] } as const;
      const deciding = { ...reconcileOptions, lockWaitMsMax: 50, decidedBy: "ann" };
      const told = [];
      for await (const each of decideEach(database, which, deciding)) told.push(each);
      return told;
    };
    const nowhere = { facilityId: "nowhere", left: "Store nowhere has no part in this reset." };
    const lock = await locked(held.facility);
    try {
      const busy = expect.stringMatching(/^Store \S+ is busy: its lock could not be had within 0.05 s\./);
      expect(await decide()).toEqual([{ facilityId: FACILITY, left: busy }, nowhere]);
      expect(await onHand(database, "X")).toBe(100);
    } finally {
      await lock.release();
    }
    expect(await decide()).toEqual([{ facilityId: FACILITY }, nowhere]);
    expect(await onHand(database, "X")).toBe(10);
  });

  it("rejected leaves the levels and cannot be approved any more", async () => {
    const held = await holdAtTen();
    expect(await rejectFacility(database, { ...held, decidedBy: "ann" })).toBe(true);
    expect(await rejectFacility(database, { ...held, decidedBy: "ann" })).toBe(false);
    expect(await approveFacility(database, { ...held, decidedBy: "ann" }, reconcileOptions)).toMatchObject({
      ended: "already",
      state: "rejected",
    });
    expect(await onHand(database, "X")).toBe(100);
  });

  it("ends by itself as rejected when a newer snapshot is accepted", async () => {
    const held = await holdAtTen();
    await snapshot(database, { at: "14:00", counts: { X: 90 } });
    const ended = await database.prisma.facilityReset.findFirstOrThrow({ where: { resetId: held.resetId } });
    expect(ended.state).toBe("rejected");
    expect(ended.heldBecause).toMatch(/ended by the newer snapshot/);
    expect(await onHand(database, "X")).toBe(90);
    expect(await database.prisma.heldRow.count()).toBe(0);
  });

  it("explains, while held, what approving it would do", async () => {
    const held = await holdAtTen();
    const explained = await database.prisma.correction.findMany({ where: { resetId: held.resetId } });
    expect(explained.map((row) => [Number(row.before), Number(row.counted), Number(row.after)])).toEqual([
      [100, 10, 10],
    ]);
  });
});

describe("approving what is not held", () => {
  it("applies nothing: a facility that is still to be compared does not slip past the guards", async () => {
    await snapshot(database, { at: "08:00", counts: { X: 100 } });
    const pending = await stage(database, { at: "12:00", counts: { X: 1 } });
    const approving = () => approveFacility(database, { ...pending, decidedBy: "ann" }, reconcileOptions);
    expect(await approving()).toEqual({ ended: "already", state: "pending" });
    expect(await onHand(database, "X")).toBe(100);
    expect(await reconcileFacility(database, pending, guarded)).toMatchObject({ ended: "held" });
    expect(await approving()).toMatchObject({ ended: "applied" });
  });

  it("is refused in words when rows that were held are gone, and stays held", async () => {
    const held = await holdAtTen();
    await database.pool.query("delete from held_row");
    await database.pool.query("truncate snapshot_part");
    const approving = approveFacility(database, { ...held, decidedBy: "ann" }, reconcileOptions);
    await expect(approving).rejects.toThrow(/Of the 1 rows that were held only 0 are left, so nothing was applied/);
    const part = await database.prisma.facilityReset.findFirstOrThrow({ where: { resetId: held.resetId } });
    expect(part).toMatchObject({ state: "held", decidedBy: null });
  });

  it("finds all rows, also when the reset clears its staging away in the midst of it", async () => {
    const held = await holdAtTen();
    const lock = await locked(held.facility);
    const approving = approveFacility(database, { ...held, decidedBy: "ann" }, reconcileOptions);
    await eventually(async () => (await waitingOnLocks(database)) === 1);
    let isCleared = false;
    const clearing = recordArchived(database, held.resetId, "archive/held.csv").then(() => {
      isCleared = true;
    });
    await eventually(async () => isCleared || (await waitingOnLocks(database)) === 2);
    await lock.release();
    expect(await approving).toMatchObject({ ended: "applied", corrected: 1 });
    await clearing;
    expect(await onHand(database, "X")).toBe(10);
    expect(await database.prisma.snapshotPart.count({ where: { resetId: held.resetId } })).toBe(0);
  });

  it("waits for the facility's lock only as long as it was told to", async () => {
    const held = await holdAtTen();
    const lock = await locked(held.facility);
    try {
      const startedAt = performance.now();
      const approving = approveFacility(
        database,
        { ...held, decidedBy: "ann" },
        { ...reconcileOptions, lockWaitMsMax: 300 },
      );
      await expect(approving).rejects.toMatchObject({ code: "55P03" });
      expect(performance.now() - startedAt).toBeLessThan(1_100);
    } finally {
      await lock.release();
    }
    const part = await database.prisma.facilityReset.findFirstOrThrow({ where: { resetId: held.resetId } });
    expect(part).toMatchObject({ state: "held", decidedBy: null });
  });
});

describe("a file that waits for its turn", () => {
  it("stands still from when it was found, with what lay beside it, unless one of them changes", async () => {
    const file = {
      name: "stock.csv",
      size: 1,
      modifiedAt: new Date("2026-11-23T04:00:00Z"),
      beside: "stock.csv.sha256 64 1",
    };
    const { resetId } = await openReset(database, file, { requestedBy: "ann" });
    await database.prisma.reset.update({ where: { id: resetId }, data: { observedAt: new Date(Date.now() - 60_000) } });
    expect(await observeFile(database, resetId, file)).toBeGreaterThan(59_000);
    expect(await observeFile(database, resetId, { ...file, beside: "stock.csv.sha256 64 2" })).toBeLessThan(1_000);
  });
});

describe("a preview", () => {
  it("and a reset over the same file do not stand in each other's way", async () => {
    const file = { name: "stock.csv", size: 1, modifiedAt: new Date() };
    const open = (preview: boolean) => openReset(database, file, { requestedBy: "ann", preview });
    const [preview, reset] = [await open(true), await open(false)];
    expect(preview.already || reset.already || preview.resetId === reset.resetId).toBe(false);
    expect(await open(true)).toEqual({ resetId: preview.resetId, already: true });
    expect(await open(false)).toEqual({ resetId: reset.resetId, already: true });
  });

  it("reports what a reset would do and changes nothing", async () => {
    await snapshot(database, { at: "08:00", counts: { X: 100 } });
    await sell("a", 5, "13:00");
    const preview = await stage(database, { at: "12:00", counts: { X: 10 } });
    await database.prisma.reset.update({ where: { id: preview.resetId }, data: { preview: true } });
    expect(await reconcileFacility(database, preview, guarded)).toEqual({ ended: "previewed", corrected: 1 });
    const part = await database.prisma.facilityReset.findFirstOrThrow({ where: { resetId: preview.resetId } });
    expect([Number(part.unitsBefore), Number(part.unitsAfter), Number(part.lateSales)]).toEqual([95, 5, -5]);
    expect(part.heldBecause).toMatch(/would be held: stock would fall by 94.7 %: 95 → 5 units/);
    expect(await onHand(database, "X")).toBe(95);
    expect(await database.prisma.movement.count({ where: { resetId: preview.resetId } })).toBe(0);
  });
});

describe("reverting", () => {
  const revert = (resetId: string, facilityIds?: string[]) =>
    revertReset(database, { resetId, decidedBy: "ann", ...(facilityIds && { facilityIds }) }, lockWait);

  it("V6: posts the opposite correction and applies what that reset alone had absorbed", async () => {
    const seen: (number | undefined)[] = [];
    const note = async () => seen.push(await onHand(database, "X"));
    await snapshot(database, { at: "10:00", counts: { X: 10 } });
    await note();
    await sell("a", 4, "10:30");
    await note();
    const second = await stage(database, { at: "11:00", counts: { X: 50 } });
    await reconcileFacility(database, second, reconcileOptions);
    await note();
    await sell("late", 1, "10:50");
    await note();
    await revert(second.resetId);
    await note();
    expect(seen).toEqual([10, 6, 50, 50, 5]);
    expect(await asOf(database, "X")).toBe("2026-11-01T10:00:00.000Z");
  });

  it("restores levels that needed no correction, too", async () => {
    await snapshot(database, { at: "10:00", counts: { X: 10 } });
    const second = await stage(database, { at: "11:00", counts: { X: 10 } });
    await reconcileFacility(database, second, reconcileOptions);
    await sell("late", 2, "10:30");
    expect(await onHand(database, "X")).toBe(10);
    await revert(second.resetId);
    expect(await onHand(database, "X")).toBe(8);
  });

  it("takes a level of its first snapshot back to what the movements alone make of it", async () => {
    await sell("early", 2, "09:00");
    const first = await stage(database, { at: "10:00", counts: { X: 10 } });
    await reconcileFacility(database, first, reconcileOptions);
    await sell("late", 1, "09:30");
    await sell("after", 4, "11:00");
    expect(await onHand(database, "X")).toBe(6);
    await revert(first.resetId);
    expect(await onHand(database, "X")).toBe(-7);
  });

  it("takes back what an acknowledgement gave back because of that snapshot", async () => {
    await snapshot(database, { at: "08:00", counts: { X: 10 } });
    await send(database, [event("ship", "shipment", { at: "09:00", lines: { X: 2 } })]);
    const second = await stage(database, { at: "12:00", counts: { X: 8 } });
    await reconcileFacility(database, second, reconcileOptions);
    expect(await onHand(database, "X")).toBe(6);
    await send(database, [event("ack", "shipment-acknowledged", { at: "11:00", of: "ship" })]);
    expect(await onHand(database, "X")).toBe(8);
    await revert(second.resetId);
    expect(await onHand(database, "X")).toBe(8);
    await snapshot(database, { at: "13:00", counts: { X: 8 } });
    expect(await onHand(database, "X")).toBe(8);
  });

  it("is refused for all but a facility's latest reset, in words, and twice", async () => {
    const first = await stage(database, { at: "10:00", counts: { X: 10 } });
    await reconcileFacility(database, first, reconcileOptions);
    const second = await stage(database, { at: "11:00", counts: { X: 20 } });
    await reconcileFacility(database, second, reconcileOptions);
    await expect(revert(first.resetId)).rejects.toThrow(/has had a later reset .* only the latest reset/);
    await revert(second.resetId);
    await expect(revert(second.resetId)).rejects.toThrow(NotRevertible);
    await expect(revert(second.resetId, [FACILITY])).rejects.toThrow(/is reverted in this reset/);
    await expect(revert(first.resetId)).rejects.toThrow(NotRevertible);
    expect(await onHand(database, "X")).toBe(10);
  });
});
