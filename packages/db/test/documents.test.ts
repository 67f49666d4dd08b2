// Prism documents meet the ledger: a line sold once is taken away once, also when its store changes; and only what bears stock is
// content. What other events do is in semantics.test.ts.
import { readFileSync } from "node:fs";
import { applyEvents, createProducts, importCatalogue, sweepAcceptedEvents } from "@inventory-sync/db";
import { contentDigest, type EventFate, PRISM_DOCUMENT, type StockEvent } from "@inventory-sync/domain";
import { facilityPlace, readEvent } from "@inventory-sync/operator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../../../tests/support/index.ts";
import { type OpenTestDatabase, openFresh, waitingOnLocks } from "./support.ts";

const POSTED = "2026-11-20T10:00:00.000Z";
const LATER = "2026-11-20T10:05:00.000Z";
const RECEIVED = "2026-11-20T12:00:00.000Z";
const CREATE = { facility: "create", product: "create" } as const;
const REJECT = { facility: "create", product: "reject" } as const;

let database: OpenTestDatabase;

beforeAll(async () => {
  database = await openFresh();
});

afterAll(async () => {
  await database?.drop();
});

/** A facility's part of a document. @param lines item_pos to product and signed quantity */
function part(
  sid: string,
  facilityId: string,
  lines: Record<number, [string, string]>,
  occurredAt = POSTED,
): StockEvent {
  return {
    ...{ eventId: sid, facilityId, type: "sale", occurredAt, receivedAt: RECEIVED, reason: PRISM_DOCUMENT },
    lines: Object.entries(lines).map(([pos, [idValue, quantity]]) => ({
      line: Number(pos),
      idType: "ALU",
      idValue: `${sid}-${idValue}`,
      quantity,
    })),
  };
}

const apply = (events: StockEvent[], policy: Parameters<typeof applyEvents>[2] = CREATE) =>
  applyEvents(database, events, policy);
const done = (counts: object): object => ({
  fate: "done",
  ...{ applied: 0, duplicate: 0, absorbed: 0, skipped: 0, ...counts },
});
const moved = (...stores: string[]) => ({
  fate: "rejected",
  code: "DOCUMENT_MOVED",
  message: expect.stringMatching(stores.join(".*")),
});
const reused = { fate: "rejected", code: "EVENT_ID_REUSED" };

/** What a document has taken away in all: by store, what is in the ledger. */
async function taken(sid: string): Promise<Record<string, number>> {
  const { rows } = await database.pool.query<{ facility: string; effect: string }>(
    `select f.facility_id as facility, sum(m.effect) as effect
       from movement m join facility f on f.id = m.facility_id where m.event_id = $1 group by 1 order by 1`,
    [sid],
  );
  return Object.fromEntries(rows.map(({ facility, effect }) => [facility, Number(effect)]));
}

const one = { 1: ["A", "-1"] } as Record<number, [string, string]>;
const two = { 2: ["B", "-2"] } as Record<number, [string, string]>;

describe("the lines of a document", () => {
  it.each<[string, StockEvent[][], object[], Record<string, number>]>([
    ["sent again count once", [[part("d1", "1", one)], [part("d1", "1", one)]], [done({ duplicate: 1 })], { 1: -1 }],
    [
      "fail visibly at another store, and name both",
      [[part("d2", "1", one)], [part("d2", "2", one)]],
      [moved("store 2 now", "line 1 at store 1")],
      { 1: -1 },
    ],
    [
      "fail at another store in the same batch",
      [[part("d3", "1", one), part("d3", "2", one)]],
      [done({ applied: 1 }), moved("store 2 now", "line 1 at store 1")],
      { 1: -1 },
    ],
    [
      "count at each of the stores that share the document",
      [[part("d4", "1", one), part("d4", "2", two)]],
      [done({ applied: 1 }), done({ applied: 1 })],
      { 1: -1, 2: -2 },
    ],
    [
      "that are shared count once when all of it is sent again",
      [
        [part("d5", "1", one), part("d5", "2", two)],
        [part("d5", "2", two), part("d5", "1", one)],
      ],
      [done({ duplicate: 1 }), done({ duplicate: 1 })],
      { 1: -1, 2: -2 },
    ],
    [
      "all stay away from another store when one of them is another's, and are free for the store that has them",
      [[part("d6", "1", one)], [part("d6", "2", { ...one, ...two })], [part("d6", "3", two)]],
      [done({ applied: 1 })],
      { 1: -1, 3: -2 },
    ],
    [
      "that were added to an edited document stay free for the store that has them",
      [[part("d7", "1", one)], [part("d7", "1", { ...one, ...two })], [part("d7", "2", two)]],
      [done({ applied: 1 })],
      { 1: -1, 2: -2 },
    ],
    [
      "with a later time are the same ones",
      [[part("d8", "1", one)], [part("d8", "1", one, LATER)]],
      [done({ duplicate: 1 })],
      { 1: -1 },
    ],
    [
      "with an earlier time from a clock that is ahead are the same ones",
      [[part("d9", "1", one, "2026-11-20T15:00:00.000Z")], [part("d9", "1", one)]],
      [done({ duplicate: 1 })],
      { 1: -1 },
    ],
    [
      "with another quantity are refused",
      [[part("e1", "1", one)], [part("e1", "1", { 1: ["A", "-2"] })]],
      [reused],
      { 1: -1 },
    ],
    [
      "with another product are refused",
      [[part("e2", "1", one)], [part("e2", "1", { 1: ["C", "-1"] }, LATER)]],
      [reused],
      { 1: -1 },
    ],
    [
      "fewer than before are refused",
      [[part("e3", "1", { ...one, ...two })], [part("e3", "1", one, LATER)]],
      [reused],
      { 1: -3 },
    ],
    [
      "more than before are refused",
      [[part("e4", "1", one)], [part("e4", "1", { ...one, ...two }, LATER)]],
      [reused],
      { 1: -1 },
    ],
  ])("%s", async (_what, batches, ends, effects) => {
    let fates: EventFate[] = [];
    for (const batch of batches) fates = await apply(batch);
    expect(fates).toMatchObject(ends);
    expect(await taken(batches[0]?.[0]?.eventId ?? "")).toEqual(effects);
  });

  it("of an event that is no document are known within each facility, as ever", async () => {
    const { reason: _reason, ...plain } = part("d1", "8", one);
    expect(await apply([plain])).toMatchObject([done({ applied: 1 })]);
    expect(await taken("d1")).toEqual({ 1: -1, 8: -1 });
  });

  it("whose product was not known then are applied by a later sending with another time, and are not another store's", async () => {
    await createProducts(database.pool, [{ idType: "ALU", idValue: "f1-A" }]);
    const both = { ...one, ...two };
    expect(await apply([part("f1", "1", both)], REJECT)).toMatchObject([{ code: "UNKNOWN_PRODUCT" }]);
    expect(await apply([part("f1", "2", two)], REJECT)).toMatchObject([moved("store 2 now", "line 2 at store 1")]);
    await createProducts(database.pool, [{ idType: "ALU", idValue: "f1-B" }]);
    expect(await apply([part("f1", "1", both, LATER)], REJECT)).toMatchObject([done({ applied: 1, duplicate: 1 })]);
    expect(await taken("f1")).toEqual({ 1: -3 });
  });
});

describe("a line whose product has no stock by the catalogue", () => {
  const withCard = { ...one, ...two, 3: ["CARD", "-1"] } as Record<number, [string, string]>;
  const catalogue = (sid: string, kind: string) =>
    importCatalogue(database, [
      { line: 2, productId: `${sid}-CARD`, idType: "ALU", idValue: `${sid}-CARD`, kind },
      { line: 3, productId: `${sid}-A`, idType: "ALU", idValue: `${sid}-A`, kind: "kit" },
    ]);

  it("is left out, is on record with why, and stays out under a later time; a kit counts", async () => {
    expect(await catalogue("k1", "gift-card")).toMatchObject({ products: 2, kinds: 2, conflicts: [] });
    expect(await apply([part("k1", "1", withCard)])).toMatchObject([done({ applied: 2, skipped: 1 })]);
    await catalogue("k1", "stock");
    expect(await apply([part("k1", "1", withCard, LATER)])).toMatchObject([done({ duplicate: 2, skipped: 1 })]);
    expect(await taken("k1")).toEqual({ 1: -3 });
    const place = await facilityPlace(database, "1");
    expect(await readEvent(database, { ...place, eventId: "k1" })).toMatchObject({
      leftOut: [{ line: 3, kind: "gift-card" }],
    });
  });

  it("of which all lines are is on record too", async () => {
    await catalogue("k2", "non-inventory");
    expect(await apply([part("k2", "1", { 1: ["CARD", "-1"] })])).toMatchObject([done({ skipped: 1 })]);
    const place = await facilityPlace(database, "1");
    const event = await readEvent(database, { ...place, eventId: "k2" });
    expect(event).toMatchObject({ movements: [], leftOut: [{ line: 1, kind: "non-inventory" }] });
  });

  it("that was booked before the catalogue said so stays booked, and a kind that is none is refused", async () => {
    expect(await apply([part("k3", "1", withCard)])).toMatchObject([done({ applied: 3 })]);
    await catalogue("k3", "gift-card");
    expect(await apply([part("k3", "1", withCard)])).toMatchObject([done({ duplicate: 3 })]);
    expect(await catalogue("k3", "voucher")).toMatchObject({
      kinds: 0,
      conflicts: [{ reason: expect.stringMatching(/kind must be one of stock/) }],
    });
  });
});

describe("a document that two workers have in hand for two stores", () => {
  it("counts at the one whose transaction took the line first, and fails at the other", async () => {
    await apply([part("g0", "1", one), part("g0", "2", two)]);
    const other = await database.pool.connect();
    await other.query("begin");
    await other.query(
      "insert into document_line (event_id, line, facility_id) select 'g1', 1, id from facility where facility_id = '1'",
    );
    const sending = apply([part("g1", "2", one)]);
    await eventually(async () => expect(await waitingOnLocks(database)).toBe(1));
    await other.query("commit");
    other.release();
    expect(await sending).toMatchObject([moved("store 2 now", "line 1 at store 1")]);
    expect(await taken("g1")).toEqual({});
  });

  it("counts once however the two run beside each other", async () => {
    const ids = Array.from({ length: 20 }, (_, at) => `h${at}`);
    const [first, second] = await Promise.all([
      apply(ids.map((sid) => part(sid, "1", { ...one, ...two }))),
      apply(ids.toReversed().map((sid) => part(sid, "2", { ...one, ...two }))),
    ]);
    expect([...first, ...second].filter(({ fate }) => fate === "done")).toHaveLength(ids.length);
    for (const sid of ids) expect(Object.values(await taken(sid))).toEqual([-3]);
  });
});

describe("a document of the version before", () => {
  it("has its owner after the migration: the store that it was booked at first", async () => {
    await apply([part("m1", "1", one), part("m1", "2", two)]);
    await database.pool.query("delete from document_line");
    const migration = "../../../prisma/migrations/20261128155000_document_lines/migration.sql";
    const [, backfill] = readFileSync(new URL(migration, import.meta.url), "utf8").split("-- Beyond Prisma");
    await database.pool.query(backfill ?? "");
    expect(await apply([part("m1", "3", one)])).toMatchObject([moved("store 3 now", "line 1 at store 1")]);
    expect(await apply([part("m1", "2", two)])).toMatchObject([done({ duplicate: 1 })]);
  });
});

describe("a document that was accepted into the inbox", () => {
  it("leaves it when its lines are in the ledger under another time, and stays on record where another store has them", async () => {
    await importCatalogue(database, [{ line: 2, productId: "i1-P", idType: "ALU", idValue: "i1-P", kind: "package" }]);
    const left = { ...one, 4: ["P", "-1"] } as Record<number, [string, string]>;
    await apply([part("i1", "1", left)]);
    const states = async () =>
      (await database.pool.query("select facility_id, rejected_code from accepted_event order by 1")).rows;
    for (const event of [part("i1", "1", left, LATER), part("i1", "2", one)]) {
      await database.pool.query(
        `insert into accepted_event (facility_id, event_id, content, payload, client, sweep_at)
         values ($1, $2, decode($3, 'hex'), $4, 'pos', now())`,
        [event.facilityId, event.eventId, contentDigest(event).slice(0, 32), JSON.stringify(event)],
      );
    }
    const swept = await sweepAcceptedEvents(database, { limit: 10, skipUnknownProducts: false });
    expect(swept).toEqual({ due: 2, unsettled: [], unreadable: 0 });
    expect(await states()).toEqual([{ facility_id: "2", rejected_code: "DOCUMENT_MOVED" }]);
  });
});
