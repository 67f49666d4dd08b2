// What each input ends as, by the statements: the rows of tests/support/semantics.ts. What a part of a reset may become stands in
// reset-states.test.ts.
import {
  applyEvents,
  createProducts,
  facilitySide,
  mergeNames,
  partitionLedger,
  setTimeOffset,
} from "@inventory-sync/db";
import { contentDigest, type EventFate, fromWire, type WireEvent } from "@inventory-sync/domain";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, freshFolder } from "../../../tests/support/index.ts";
import {
  before,
  type Ends,
  mergedBefore,
  mergedSemantics,
  type Row,
  semantics,
  type Unknown,
} from "../../../tests/support/semantics.ts";
import { archiveAll } from "./archive-driver.ts";
import { event, onHand, snapshot } from "./ledger-driver.ts";
import { type OpenTestDatabase, openFresh, waitingOnLocks } from "./support.ts";

const RECEIVED_AT = new Date("2026-11-01T14:00:00Z");
const AHEAD = "20:00";

let database: OpenTestDatabase;
let busy: { release(): Promise<void> };
let folder: string;

const send = async (wire: WireEvent, unknown: Unknown): Promise<EventFate | undefined> => {
  const policy = { facility: unknown === "create" ? "create" : "reject", product: unknown } as const;
  return (await applyEvents(database, [fromWire(wire, RECEIVED_AT)], policy))[0];
};

const open = async ({ isArchived = false, isPartitioned = false }) => {
  database = await openFresh();
  if (isPartitioned) await partitionLedger(String(database.pool.options.connectionString));
  await createProducts(
    database.pool,
    before.products.map((idValue) => ({ idType: "SKU", idValue })),
  );
  for (const wire of before.first) await send(wire, "create");
  await snapshot(database, before.count);
  for (const wire of before.last) await send(wire, "create");
  if (isArchived) {
    // What has been counted twice may go: the sales before the count.
    await snapshot(database, { ...before.count, counts: { X: 10 } });
    folder = await freshFolder("archive");
    expect((await archiveAll(database, { facilityId: "S001", folder })).moved).toBeGreaterThan(0);
  }
  const { facilityId, minutes } = before.corrected;
  await snapshot(database, { ...before.count, facilityId });
  const { id: facility } = await database.prisma.facility.findUniqueOrThrow({ where: { facilityId } });
  await setTimeOffset(database, { facility, from: RECEIVED_AT, minutes }, { setBy: "test", lockWaitMsMax: 1_000 });
  const client = await database.pool.connect();
  await client.query("begin");
  await client.query("select pg_advisory_xact_lock(7002, id) from facility where facility_id = 'S009'");
  busy = {
    release: async () => {
      await client.query("rollback");
      client.release();
    },
  };
};
const close = async () => {
  await busy?.release();
  await database?.drop();
};

function fateOf(ends: Ends): object {
  if ("rejected" in ends) return { fate: "rejected", code: ends.rejected };
  if ("deferred" in ends) return { fate: "deferred", reason: ends.deferred };
  return { fate: "done", applied: 0, duplicate: 0, absorbed: 0, skipped: 0, ...ends.done };
}

async function stock(): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const sku of ["X", "W", "NEW"]) found[sku] = (await onHand(database, sku)) ?? 0;
  return found;
}

function runRows(rows: readonly Row[]): void {
  it.each(rows)("%s", async (_what, wire, unknown, ends, moves) => {
    const had = await stock();
    expect(await send(wire, unknown)).toMatchObject(fateOf(ends));
    const expected = Object.fromEntries(
      Object.entries(had).map(([sku, quantity]) => [sku, quantity + (moves[sku] ?? 0)]),
    );
    expect(await stock()).toEqual(expected);
  });
}

describe("over an archived ledger", () => {
  beforeAll(() => open({ isArchived: true }));
  afterAll(close);
  describe.each(Object.entries(semantics(AHEAD)))("%s", (_part, rows) => runRows(rows));
});

describe.each([
  ["one table", false],
  ["partitions", true],
] as const)("over a ledger in %s", (_shape, isPartitioned) => {
  beforeAll(() => open({ isPartitioned }));
  afterAll(close);
  describe.each(Object.entries(semantics(AHEAD)))("%s", (_part, rows) => runRows(rows));

  describe.each(Object.entries(mergedSemantics))("%s", (_part, rows) => {
    beforeAll(async () => {
      for (const wire of mergedBefore.first) await send(wire, "create");
      const from = (await facilitySide(database.pool, mergedBefore.from))?.id ?? 0;
      const into = (await facilitySide(database.pool, mergedBefore.into))?.id ?? 0;
      await mergeNames(
        database,
        { kind: "facility", from, into, reason: "one", who: "test" },
        { lockWaitMsMax: 5_000 },
      );
    });
    runRows(rows);
  });

  describe("a clock that is ahead", () => {
    it("is marked on the movement, which has the time of receipt", async () => {
      const marked = await database.prisma.movement.findMany({ where: { clockSkew: true } });
      expect(marked.map(({ eventId, occurredAt }) => [eventId, occurredAt])).toEqual([["a3", RECEIVED_AT]]);
    });
  });

  describe("an event that two workers have in hand", () => {
    it("waits for the other one's commit, and is a duplicate then", async () => {
      const other = await database.pool.connect();
      await other.query("begin");
      // As the other worker writes it.
      const wire = event("raced", "sale", { at: "13:00", lines: { X: 1 } });
      await other.query(
        `insert into movement (facility_id, event_id, line, product_id, type, quantity, effect, occurred_at, content)
         select f.id, 'raced', 1, p.product_id, 'sale', -1, -1, '2026-11-01T13:00:00Z', decode($1, 'hex')
           from facility f, product_identification p
          where f.facility_id = 'S001' and p.id_value = 'X'`,
        [contentDigest(fromWire(wire, RECEIVED_AT)).slice(0, 32)],
      );
      const sending = send(wire, "reject");
      await eventually(async () => (await waitingOnLocks(database)) === 1);
      await other.query("commit");
      other.release();
      expect(await sending).toEqual(fateOf({ done: { duplicate: 1 } }));
    });
  });
});
