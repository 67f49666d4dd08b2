// What each input ends as, on one screen: a row is an event, the fate of it, and by how much X and the other products move. The rows of
// each part stand in the order in which the statement decides, so that what goes before what can be read off: the first that
// holds is the answer. What a part of a reset may become stands in reset-states.test.ts.
import { applyEvents, createProducts, type UnknownPolicy } from "@inventory-sync/db";
import { contentDigest, type EventFate, fromWire, type WireEvent } from "@inventory-sync/domain";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../../../tests/support/index.ts";
import { event, onHand, snapshot } from "./ledger-driver.ts";
import { type OpenTestDatabase, openFresh, waitingOnLocks } from "./support.ts";

const RECEIVED_AT = new Date("2026-11-01T14:00:00Z");
const CREATE: UnknownPolicy = { facility: "create", product: "create" };
const REJECT: UnknownPolicy = { facility: "reject", product: "reject" };
const SKIP: UnknownPolicy = { facility: "reject", product: "skip" };

let database: OpenTestDatabase;
let busy: { release(): Promise<void> };

const send = async (wire: WireEvent, policy: UnknownPolicy): Promise<EventFate | undefined> =>
  (await applyEvents(database, [fromWire(wire, RECEIVED_AT)], policy))[0];

/** A sale of these quantities. */
const sale = (id: string, at: string, lines: Record<string, number>, facilityId = "S001"): WireEvent =>
  event(id, "sale", { at, lines, facilityId });
const shipment = (id: string, at: string) => event(id, "shipment", { at, lines: { X: 1 } });
const acknowledged = (id: string, at: string, of: string) => event(id, "shipment-acknowledged", { at, of });

beforeAll(async () => {
  database = await openFresh();
  // S001 was counted at 12:00: X 10. W is known and was never counted. `early` came before the count, `late` after it.
  await createProducts(database.pool, [{ idType: "SKU", idValue: "W" }]);
  await send(sale("early", "11:00", { X: 1 }), CREATE);
  await snapshot(database, { at: "12:00", counts: { X: 10 } });
  await send(sale("late", "13:00", { X: 1 }), CREATE);
  // At S009 a reset is under way: another transaction has the facility.
  await send(sale("before", "11:00", { X: 1 }, "S009"), CREATE);
  const client = await database.pool.connect();
  await client.query("begin");
  await client.query("select pg_advisory_xact_lock(7002, id) from facility where facility_id = 'S009'");
  busy = {
    release: async () => {
      await client.query("rollback");
      client.release();
    },
  };
});

afterAll(async () => {
  await busy?.release();
  await database?.drop();
});

const done = (counts: Partial<Record<"applied" | "duplicate" | "absorbed" | "skipped", number>>) => ({
  fate: "done",
  ...{ applied: 0, duplicate: 0, absorbed: 0, skipped: 0, ...counts },
});
const rejected = (code: string) => ({ fate: "rejected", code });
const locked = { fate: "deferred", reason: "facility S009 is being reset" };

type Row = readonly [
  what: string,
  event: WireEvent,
  policy: UnknownPolicy,
  fate: object,
  moves: Record<string, number>,
];

const table: Readonly<Record<string, readonly Row[]>> = {
  "an event, as a whole": [
    ["its facility is not known", sale("u1", "13:00", { X: 1 }, "NONE"), REJECT, rejected("UNKNOWN_FACILITY"), {}],
    ["… before an unknown product", sale("u2", "13:00", { Q: 1 }, "NONE"), REJECT, rejected("UNKNOWN_FACILITY"), {}],
    ["its facility is being reset", sale("k1", "13:00", { X: 1 }, "S009"), REJECT, locked, {}],
    ["… before an id that is used again", sale("before", "11:00", { X: 7 }, "S009"), REJECT, locked, {}],
    ["… before an unknown product", sale("k2", "13:00", { Q: 1 }, "S009"), REJECT, locked, {}],
    ["its id has other content", sale("late", "13:00", { X: 2 }), REJECT, rejected("EVENT_ID_REUSED"), {}],
    ["… or another time", sale("late", "13:01", { X: 1 }), REJECT, rejected("EVENT_ID_REUSED"), {}],
    ["… or one line more", sale("late", "13:00", { X: 1, W: 1 }), REJECT, rejected("EVENT_ID_REUSED"), {}],
    ["… before an unknown product", sale("late", "13:00", { Q: 1 }), REJECT, rejected("EVENT_ID_REUSED"), {}],
    ["… before a time that the count has", sale("early", "10:00", { X: 1 }), REJECT, rejected("EVENT_ID_REUSED"), {}],
  ],
  "a line": [
    ["it is in the ledger already", sale("late", "13:00", { X: 1 }), REJECT, done({ duplicate: 1 }), {}],
    ["… before the count that has it", sale("early", "11:00", { X: 1 }), REJECT, done({ duplicate: 1 }), {}],
    ["its product is not known", sale("p1", "13:00", { Q: 1 }), REJECT, rejected("UNKNOWN_PRODUCT"), {}],
    [
      "… and the others are applied",
      sale("p2", "13:00", { X: 2, Q: 1 }),
      REJECT,
      rejected("UNKNOWN_PRODUCT"),
      { X: -2 },
    ],
    [
      "… or is left out, where it may be",
      sale("p3", "13:00", { X: 1, Q: 1 }),
      SKIP,
      done({ applied: 1, skipped: 1 }),
      { X: -1 },
    ],
    ["… or is made, where it may be", sale("p4", "13:00", { NEW: 1 }), CREATE, done({ applied: 1 }), { NEW: -1 }],
    ["it happened when the count was true", sale("c1", "12:00", { X: 1 }), REJECT, done({ absorbed: 1 }), {}],
    ["… or before", sale("c2", "11:59", { X: 1, W: 1 }), REJECT, done({ applied: 1, absorbed: 1 }), { W: -1 }],
    ["it happened after the count", sale("a1", "12:01", { X: 1 }), REJECT, done({ applied: 1 }), { X: -1 }],
    ["its product was never counted", sale("a2", "09:00", { W: 1 }), REJECT, done({ applied: 1 }), { W: -1 }],
    [
      "its clock is ahead: it happened when it came",
      sale("a3", "20:00", { X: 1 }),
      REJECT,
      done({ applied: 1 }),
      { X: -1 },
    ],
  ],
  "a shipment and its acknowledgement": [
    ["from before the count, not acknowledged", shipment("s1", "11:00"), REJECT, done({ applied: 1 }), { X: -1 }],
    ["acknowledged after the count", acknowledged("s1-ack", "13:00", "s1"), REJECT, done({ applied: 1 }), {}],
    ["acknowledged again", acknowledged("s1-ack", "13:00", "s1"), REJECT, done({ duplicate: 1 }), {}],
    ["by the same id for another", acknowledged("s1-ack", "13:00", "s2"), REJECT, rejected("EVENT_ID_REUSED"), {}],
    [
      "acknowledged before the count, before it came",
      acknowledged("s3-ack", "11:30", "s3"),
      REJECT,
      done({ applied: 1 }),
      {},
    ],
    ["… and then it comes: the count has it", shipment("s3", "11:00"), REJECT, done({ absorbed: 1 }), {}],
    ["not yet acknowledged", shipment("s4", "11:00"), REJECT, done({ applied: 1 }), { X: -1 }],
    [
      "… and then before the count: it is given back",
      acknowledged("s4-ack", "11:30", "s4"),
      REJECT,
      done({ applied: 1 }),
      { X: 1 },
    ],
  ],
};

async function stock(): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const sku of ["X", "W", "NEW"]) found[sku] = (await onHand(database, sku)) ?? 0;
  return found;
}

describe.each(Object.entries(table))("%s", (_part, rows) => {
  it.each(rows)("%s", async (_what, wire, policy, fate, moves) => {
    const before = await stock();
    expect(await send(wire, policy)).toMatchObject(fate);
    const expected = Object.fromEntries(
      Object.entries(before).map(([sku, quantity]) => [sku, quantity + (moves[sku] ?? 0)]),
    );
    expect(await stock()).toEqual(expected);
  });
});

describe("an event that two workers have in hand", () => {
  it("waits for the other one's commit, and is a duplicate then", async () => {
    const other = await database.pool.connect();
    await other.query("begin");
    // As the other worker writes it.
    const wire = sale("raced", "13:00", { X: 1 });
    await other.query(
      `insert into movement (facility_id, event_id, line, product_id, type, quantity, effect, occurred_at, content)
       select f.id, 'raced', 1, p.product_id, 'sale', -1, -1, '2026-11-01T13:00:00Z', decode($1, 'hex')
         from facility f, product_identification p
        where f.facility_id = 'S001' and p.id_value = 'X'`,
      [contentDigest(fromWire(wire, RECEIVED_AT)).slice(0, 32)],
    );
    const sending = send(wire, REJECT);
    await eventually(async () => (await waitingOnLocks(database)) === 1);
    await other.query("commit");
    other.release();
    expect(await sending).toEqual(done({ duplicate: 1 }));
  });
});
