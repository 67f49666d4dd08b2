// The facility lock (R8) and the races around the ledger, with two transactions held open.
import { applyEvents, type Database, openDatabase, reconcileFacility, reconcileTogether } from "@inventory-sync/db";
import { fromWire } from "@inventory-sync/domain";
import type pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually, type FreshDatabase, freshDatabase } from "../../../tests/support/index.ts";
import { asOf, event, FACILITY, instant, onHand, reconcileOptions, send, snapshot, stage } from "./ledger-driver.ts";
import { waitingOnLocks } from "./support.ts";

const FACILITY_LOCK = 7002;

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

async function inOpenTransaction(work: (client: pg.PoolClient) => Promise<void>): Promise<void> {
  const client = await database.pool.connect();
  try {
    await client.query("begin");
    await work(client);
  } finally {
    await client.query("rollback");
    client.release();
  }
}

describe("while a facility reset holds its facility", () => {
  it("events of that facility are deferred at once and those of others are applied", async () => {
    await send(database, [event("first", "return", { at: "09:00", lines: { X: 10 } })]);
    const facility = await database.prisma.facility.findFirstOrThrow();
    await inOpenTransaction(async (client) => {
      await client.query("select pg_advisory_xact_lock($1, $2)", [FACILITY_LOCK, facility.id]);
      const fates = await send(database, [
        event("here", "sale", { at: "10:00", lines: { X: 1 } }),
        event("there", "sale", { at: "10:00", lines: { X: 1 }, facilityId: "S002" }),
      ]);
      expect(fates).toMatchObject([
        { fate: "deferred", reason: expect.stringContaining(FACILITY) },
        { fate: "done", applied: 1 },
      ]);
      expect(await onHand(database, "X")).toBe(10);
    });
    expect(await send(database, [event("here", "sale", { at: "10:00", lines: { X: 1 } })])).toMatchObject([
      { fate: "done", applied: 1 },
    ]);
    expect(await onHand(database, "X")).toBe(9);
  });

  it("a reset waits for the batch in flight and then counts its movements", async () => {
    await snapshot(database, { at: "08:00", counts: { X: 10 } });
    const staged = await stage(database, { at: "10:00", counts: { X: 20 } });
    let reset: Promise<unknown> = Promise.resolve();
    await inOpenTransaction(async (client) => {
      await client.query("select pg_advisory_xact_lock_shared($1, $2)", [FACILITY_LOCK, staged.facility]);
      reset = reconcileFacility(database, staged, reconcileOptions);
      await eventually(async () => expect(await waitingOnLocks(database)).toBe(1));
      // The reset that waits keeps new batches out, so it cannot be starved.
      expect(await send(database, [event("late", "sale", { at: "10:30", lines: { X: 1 } })])).toMatchObject([
        { fate: "deferred" },
      ]);
    });
    expect(await reset).toMatchObject({ ended: "applied", corrected: 1 });
    expect(await onHand(database, "X")).toBe(20);
  });

  it("a batch that started before a reset committed sees the reset's as-of", async () => {
    // The lock is taken by a statement of its own, so what follows reads after the reset, not before it.
    await snapshot(database, { at: "08:00", counts: { X: 10 } });
    const staged = await stage(database, { at: "12:00", counts: { X: 7 } });
    const many = Array.from({ length: 40 }, (_, index) => event(`e${index}`, "sale", { at: "11:00", lines: { X: 1 } }));
    const reset = reconcileFacility(database, staged, reconcileOptions);
    for (const one of many) {
      let [fate] = await send(database, [one]);
      while (fate?.fate === "deferred") [fate] = await send(database, [one]);
    }
    await reset;
    expect(await onHand(database, "X")).toBe(7);
  });
});

describe("a facility reset", () => {
  it("done twice changes nothing the second time", async () => {
    const staged = await stage(database, { at: "10:00", counts: { X: 5 } });
    expect(await reconcileFacility(database, staged, reconcileOptions)).toMatchObject({ ended: "applied" });
    expect(await reconcileFacility(database, staged, reconcileOptions)).toEqual({ ended: "already", state: "applied" });
    expect(await database.prisma.movement.count()).toBe(1);
  });

  it("two at once on one facility: one does it, the other finds it done", async () => {
    const staged = await stage(database, { at: "10:00", counts: { X: 5 } });
    const both = await Promise.all([
      reconcileFacility(database, staged, reconcileOptions),
      reconcileFacility(database, staged, reconcileOptions),
    ]);
    expect(both.map((each) => each.ended).sort()).toEqual(["already", "applied"]);
    expect(await onHand(database, "X")).toBe(5);
  });

  it("never reads a staging table that a crash has emptied as no products", async () => {
    await snapshot(database, { at: "09:00", counts: { X: 5 } });
    const staged = await stage(database, { at: "10:00", counts: { X: 6, Y: 1 } });
    await database.pool.query("truncate snapshot_part");
    expect(await reconcileFacility(database, staged, reconcileOptions)).toEqual({
      ended: "staging-lost",
      wanted: 2,
      found: 0,
    });
    expect(await onHand(database, "X")).toBe(5);
  });

  it("gives up waiting for its lock in the time it is given", async () => {
    const staged = await stage(database, { at: "10:00", counts: { X: 5 } });
    await inOpenTransaction(async (client) => {
      await client.query("select pg_advisory_xact_lock_shared($1, $2)", [FACILITY_LOCK, staged.facility]);
      const refused = reconcileFacility(database, staged, { ...reconcileOptions, lockWaitMsMax: 50 });
      await expect(refused).rejects.toMatchObject({ code: "55P03" });
    });
  });

  it("writes no correction where the level agrees, but its as-of moves on (R4)", async () => {
    await snapshot(database, { at: "09:00", counts: { X: 5 } });
    expect(await snapshot(database, { at: "10:00", counts: { X: 5 } })).toMatchObject({
      ended: "applied",
      corrected: 0,
    });
    expect(await asOf(database, "X")).toBe(instant("10:00").replace("Z", ".000Z"));
  });
});

describe("small facilities of one reset together", () => {
  const facilityIds = ["S001", "S002", "S003", "S004"];
  const states = async (resetId: string) =>
    (await database.prisma.facilityReset.findMany({ where: { resetId }, orderBy: { facilityId: "asc" } })).map(
      ({ state }) => state,
    );

  it("are applied in one transaction, and one that somebody has is left alone and keeps nobody waiting", async () => {
    await snapshot(database, { at: "08:00", counts: { X: 10 }, facilityIds });
    const { resetId, facilities } = await stage(database, { at: "10:00", counts: { X: 20, Y: 1 }, facilityIds });
    const [, busy = 0] = facilities;
    await inOpenTransaction(async (client) => {
      await client.query("select pg_advisory_xact_lock_shared($1, $2)", [FACILITY_LOCK, busy]);
      const ended = await reconcileTogether(database, { resetId, facilities }, reconcileOptions);
      expect([...ended].filter(([, result]) => result.ended !== "applied")).toEqual([[busy, { ended: "apart" }]]);
    });
    expect(await states(resetId)).toEqual(["applied", "reconciling", "applied", "applied"]);
    expect([await onHand(database, "X", "S001"), await onHand(database, "X", "S002")]).toEqual([20, 10]);
    const transactions = await database.pool.query("select distinct xmin::text from level where on_hand = 20");
    expect(transactions.rows).toHaveLength(1);
    const again = await reconcileTogether(database, { resetId, facilities }, reconcileOptions);
    expect([...again.values()].map(({ ended }) => ended).sort()).toEqual(["already", "already", "already", "apart"]);
    expect(await reconcileFacility(database, { resetId, facility: busy }, reconcileOptions)).toMatchObject({
      ended: "applied",
      corrected: 2,
    });
  });

  it("are applied without the one that is to be held, and without the one of which a crash has taken rows", async () => {
    await snapshot(database, { at: "08:00", counts: { X: 10, Y: 5 }, facilityIds });
    await send(database, [event("much", "sale", { at: "09:00", lines: { X: 1_000 }, facilityId: "S003" })]);
    const { resetId, facilities } = await stage(database, { at: "10:00", counts: { X: 10, Y: 6 }, facilityIds });
    const [lost = 0, fine = 0, odd = 0, well = 0] = facilities;
    await database.pool.query("delete from snapshot_part where facility_id = $1", [lost]);
    const guards = { rejectedPct: 5, zeroedPct: 20, missingPct: 20, unitsPct: 50 };
    const ended = await reconcileTogether(database, { resetId, facilities }, { ...reconcileOptions, guards });
    expect(Object.fromEntries([...ended].map(([facility, result]) => [facility, result.ended]))).toEqual({
      [lost]: "apart",
      [fine]: "applied",
      [odd]: "apart",
      [well]: "applied",
    });
    expect([await onHand(database, "X", "S001"), await onHand(database, "X", "S003")]).toEqual([10, -990]);
    expect(await onHand(database, "Y", "S004")).toBe(6);
    expect(
      await reconcileFacility(database, { resetId, facility: odd }, { ...reconcileOptions, guards }),
    ).toMatchObject({ ended: "held" });
  });
});

describe("the same event in two batches at once", () => {
  const sale = (quantity: number, extra?: Record<string, number>) =>
    fromWire(event("twice", "sale", { at: "10:00", lines: { X: quantity, ...extra } }), new Date());
  const create = { facility: "create", product: "create" } as const;

  it("counts once when the content is the same", async () => {
    await send(database, [event("first", "return", { at: "09:00", lines: { X: 10 } })]);
    const both = await Promise.all([
      applyEvents(database, [sale(1)], create),
      applyEvents(database, [sale(1)], create),
    ]);
    expect(both.flat().every((fate) => fate.fate === "done")).toBe(true);
    expect(await onHand(database, "X")).toBe(9);
  });

  it("counts whole or not at all when the contents differ", async () => {
    await send(database, [event("first", "return", { at: "09:00", lines: { X: 10, Y: 10 } })]);
    const both = await Promise.all([
      applyEvents(database, [sale(1)], create),
      applyEvents(database, [sale(2, { Y: 5 })], create),
    ]);
    expect(
      both
        .flat()
        .map((fate) => fate.fate)
        .sort(),
    ).toEqual(["done", "rejected"]);
    const levels = [await onHand(database, "X"), await onHand(database, "Y")];
    expect([
      [9, 10],
      [8, 5],
    ]).toContainEqual(levels);
  });

  it("never deadlocks when batches overlap", async () => {
    const skus = Array.from({ length: 30 }, (_, index) => `P${index}`);
    await send(database, [
      event("all", "return", { at: "09:00", lines: Object.fromEntries(skus.map((sku) => [sku, 100])) }),
    ]);
    const batches = Array.from({ length: 24 }, (_, batch) =>
      Array.from({ length: 20 }, (__, index) => {
        const sku = skus[(batch * 7 + index * 11) % skus.length] ?? "P0";
        return event(`${batch}-${index}`, "sale", { at: "10:00", lines: { [sku]: 1 } });
      }),
    );
    const before = await deadlocks();
    await Promise.all(batches.map((batch) => send(database, batch)));
    const total = await database.pool.query<{ total: number }>("select sum(on_hand)::int as total from level");
    expect(total.rows[0]?.total).toBe(3_000 - 24 * 20);
    expect(await deadlocks()).toBe(before);
  });
});

async function deadlocks(): Promise<number> {
  const found = await database.pool.query<{ deadlocks: number }>(
    "select pg_stat_clear_snapshot(), deadlocks::int from pg_stat_database where datname = current_database()",
  );
  return found.rows[0]?.deadlocks ?? 0;
}
