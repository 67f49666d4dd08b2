// Accepting into the inbox and sweeping out of it, on a real database.
import { applyEvents, type Database, openDatabase, sweepAcceptedEvents } from "@inventory-sync/db";
import { fromWire, type StockEvent } from "@inventory-sync/domain";
import { type EventInbox, InboxUnavailable, openEventInbox } from "@inventory-sync/event-inbox";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FreshDatabase, freshDatabase } from "../../../tests/support/index.ts";

const create = { facility: "create", product: "create" } as const;
const sweepAll = { limit: 100, skipUnknownProducts: false };

let fresh: FreshDatabase;
let database: Database;
let inbox: EventInbox;

beforeEach(async () => {
  fresh = await freshDatabase();
  database = openDatabase({ url: fresh.url, name: "test" });
  inbox = openEventInbox({ url: fresh.url });
});

afterEach(async () => {
  await inbox.close();
  await database.close();
  await fresh.drop();
});

function sale(eventId: string, quantity = 1, sku = "X"): StockEvent {
  const wire = {
    eventId,
    facilityId: "S001",
    type: "sale",
    occurredAt: "2026-11-23T10:00:00Z",
    lines: [{ sku, quantity }],
  } as const;
  return fromWire({ ...wire, lines: [...wire.lines] }, new Date("2026-11-23T10:00:01Z"));
}

/** Makes everything in the inbox due now, as five seconds would. */
async function letTimePass(): Promise<void> {
  await database.pool.query("update accepted_event set sweep_at = clock_timestamp() where sweep_at is not null");
}

async function swept(options = sweepAll): Promise<string[]> {
  await letTimePass();
  const { unsettled } = await sweepAcceptedEvents(database, options);
  return unsettled.map(({ event }) => event.eventId);
}

describe("the event inbox", () => {
  it("keeps an event once however often it is sent, and its other content beside it", async () => {
    await Promise.all([inbox.accept([sale("a")], "pos"), inbox.accept([sale("a"), sale("b")], "pos")]);
    await inbox.accept([sale("a", 2)], "pos");
    expect(await database.prisma.acceptedEvent.count()).toBe(3);
  });

  it("commits many requests in few transactions", async () => {
    const before = await commits();
    await Promise.all(Array.from({ length: 300 }, (_, index) => inbox.accept([sale(`e${index}`)], "pos")));
    expect(await database.prisma.acceptedEvent.count()).toBe(300);
    expect((await commits()) - before).toBeLessThan(60);
  });

  it("says so when the database does not take the events", async () => {
    await database.pool.query("alter table accepted_event rename to hidden");
    await expect(inbox.accept([sale("a")], "pos")).rejects.toThrow(InboxUnavailable);
    await expect(inbox.ping()).rejects.toThrow();
    await database.pool.query("alter table hidden rename to accepted_event");
    await inbox.accept([sale("a")], "pos");
  });

  it("refuses more than it can keep in memory", async () => {
    const many = Array.from({ length: 1_000 }, (_, index) => sale(`e${index}`));
    const sent = await Promise.allSettled(Array.from({ length: 60 }, () => inbox.accept(many, "pos")));
    expect(sent.some((one) => one.status === "rejected" && one.reason instanceof InboxUnavailable)).toBe(true);
    expect(sent.some((one) => one.status === "fulfilled")).toBe(true);
  });
});

describe("sweeping", () => {
  it("returns what the ledger does not have, later and later, and nothing that is not due", async () => {
    await inbox.accept([sale("a")], "pos");
    expect((await sweepAcceptedEvents(database, sweepAll)).due).toBe(0);
    expect(await swept()).toEqual(["a"]);
    expect((await sweepAcceptedEvents(database, sweepAll)).due).toBe(0);
    expect(await swept()).toEqual(["a"]);
    const row = await database.prisma.acceptedEvent.findFirstOrThrow();
    expect(row.sweeps).toBe(2);
    expect(row.sweepAt?.getTime()).toBeGreaterThan(Date.now() + 15_000);
  });

  it("keeps none back for one that cannot be read", async () => {
    await inbox.accept([sale("a"), sale("b")], "pos");
    const change = `update accepted_event set payload = jsonb_set(payload, '{reason}', '"x\u200b"') where event_id = 'a'`;
    expect((await database.pool.query(change)).rowCount).toBe(1);
    await letTimePass();
    const { unsettled, unreadable } = await sweepAcceptedEvents(database, sweepAll);
    expect([unsettled.map(({ event }) => event.eventId), unreadable]).toEqual([["b"], 1]);
  });

  it("lets go of what the ledger has", async () => {
    await inbox.accept([sale("a"), sale("b")], "pos");
    await applyEvents(database, [sale("a")], create);
    expect(await swept()).toEqual(["b"]);
    expect(await database.prisma.acceptedEvent.count()).toBe(1);
  });

  it("keeps asking for an event of which only some lines are applied (R13)", async () => {
    const two = {
      ...sale("a"),
      lines: [...sale("a").lines, { line: 2, idType: "SKU", idValue: "NEVER", quantity: "-1" }],
    };
    await applyEvents(database, [sale("first")], create);
    await inbox.accept([two], "pos");
    await applyEvents(database, [two], { facility: "create", product: "reject" });
    expect(await swept()).toEqual(["a"]);
    expect(await swept({ ...sweepAll, skipUnknownProducts: true })).toEqual([]);
    expect(await database.prisma.acceptedEvent.count()).toBe(0);
  });

  it("keeps on record what can never be applied, and asks for it no more", async () => {
    await applyEvents(database, [sale("a", 1)], create);
    await inbox.accept([sale("a", 2)], "pos");
    expect(await swept()).toEqual([]);
    const row = await database.prisma.acceptedEvent.findFirstOrThrow();
    expect([row.rejectedCode, row.sweepAt]).toEqual(["EVENT_ID_REUSED", null]);
  });

  it("lets go of acknowledgements, which have no lines", async () => {
    const acknowledgement = fromWire(
      {
        eventId: "ack",
        facilityId: "S001",
        type: "shipment-acknowledged",
        occurredAt: "2026-11-23T10:00:00Z",
        shipmentEventId: "s",
      },
      new Date(),
    );
    await inbox.accept([acknowledgement], "pos");
    expect(await swept()).toEqual(["ack"]);
    await applyEvents(database, [acknowledgement], create);
    expect(await swept()).toEqual([]);
    expect(await database.prisma.acceptedEvent.count()).toBe(0);
  });
});

async function commits(): Promise<number> {
  const found = await database.pool.query<{ commits: number }>(
    "select count(distinct xmin::text)::int as commits from accepted_event",
  );
  return found.rows[0]?.commits ?? 0;
}
