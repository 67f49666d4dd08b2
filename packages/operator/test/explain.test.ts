// Why a level is what it is, in lines that add up.

import { reconcileFacility, revertReset } from "@inventory-sync/db";
import { type Explanation, explainLevel, explanationWords, levelPlace } from "@inventory-sync/operator";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { event, FACILITY, reconcileOptions, send, snapshot, stage } from "../../db/test/ledger-driver.ts";
import { type OpenTestDatabase, openFresh } from "../../db/test/support.ts";

let database: OpenTestDatabase;

beforeEach(async () => {
  database = await openFresh();
});

afterEach(async () => {
  await database.drop();
});

async function explain(sku = "X"): Promise<Explanation> {
  const names = [{ idType: "sku", idValue: sku }];
  return explainLevel(database, await levelPlace(database, { facilityId: FACILITY, names }));
}

const sell = (id: string, quantity: number, at: string) =>
  send(database, [event(id, "sale", { at, lines: { X: quantity } })]);

const amounts = ({ lines }: Explanation) => lines.map(({ what, quantity }) => [what, quantity]);

/** As a terminal writes it. */
function sentences(explained: Explanation): readonly string[] {
  const text = (parts: TemplateStringsArray, ...values: readonly (string | number)[]) =>
    String.raw({ raw: parts }, ...values);
  const file = (name: string) => name;
  const write = { text, time: (at: string | null) => `${at}`, quantity: String, signed: String, file };
  return explanationWords<string>(explained, write).verdict;
}

describe("an explained level", () => {
  it("rests on its snapshot, with the correction on record, and everything since", async () => {
    await sell("before", 3, "09:00");
    await sell("after", 2.5, "12:30");
    await snapshot(database, { at: "12:00", counts: { X: 95 } });
    await sell("late", 1, "11:00");
    await send(database, [
      event("back", "return", { at: "13:00", lines: { X: 1 } }),
      event("fixed", "adjustment", { at: "13:10", lines: { X: -0.25 } }),
      event("ship", "shipment", { at: "08:00", lines: { X: 4 } }),
    ]);
    const explained = await explain();
    expect(amounts(explained)).toEqual([
      ["counted", 95],
      ["adjustment", -0.25],
      ["return", 1],
      ["sale", -2.5],
      ["shipment", -4],
    ]);
    expect(explained).toMatchObject({
      onHand: 89.25,
      snapshot: {
        asOf: "2026-11-01T12:00:00.000Z",
        counted: 95,
        countedFrom: "correction",
        correction: { before: -5.5, counted: 95, lateSales: -2.5, shipments: 0, after: 92.5, unexplained: 98 },
      },
      absorbed: [{ what: "sale", quantity: -1, movements: 1, firstAt: "2026-11-01T11:00:00.000Z" }],
      pendingShipments: [{ eventId: "ship", quantity: -4, acknowledgedAt: null }],
      corrections: [{ state: "applied", counted: 95, unexplained: 98 }],
    });
    expect(explained.movements.map((entry) => entry.onHandAfter)).toEqual([89.25, 93.25, 93.5, 92.5, 92.5, -5.5, -3]);
  });

  it("takes the count from the ledger where there was nothing to correct", async () => {
    await sell("a", 2, "09:00");
    await snapshot(database, { at: "12:00", counts: { X: -2 } });
    await sell("b", 1, "13:00");
    const explained = await explain();
    expect(explained.snapshot).toMatchObject({ counted: -2, countedFrom: "ledger", correction: null });
    expect(amounts(explained)).toEqual([
      ["counted", -2],
      ["sale", -1],
    ]);
    expect(explained.onHand).toBe(-3);
  });

  it("rests on its movements alone before its first count, and again after that was reverted", async () => {
    await sell("a", 2, "09:00");
    expect(await explain()).toMatchObject({ onHand: -2, snapshot: null, lines: [{ what: "sale", quantity: -2 }] });
    const first = await stage(database, { at: "12:00", counts: { X: 10 } });
    await reconcileFacility(database, first, reconcileOptions);
    await sell("late", 1, "11:00");
    await revertReset(database, { resetId: first.resetId, decidedBy: "ann" }, { lockWaitMsMax: 5_000 });
    const explained = await explain();
    expect(explained).toMatchObject({ onHand: -3, snapshot: null, lines: [{ what: "sale", quantity: -3 }] });
    expect(explained.corrections).toMatchObject([{ state: "reverted", decidedBy: "ann" }]);
  });

  it("leaves out shipments that the count has, and gives the date of those acknowledged since", async () => {
    await send(database, [
      event("told", "shipment", { at: "08:00", lines: { X: 1 } }),
      event("told later", "shipment", { at: "08:30", lines: { X: 2 } }),
    ]);
    await send(database, [event("ack 1", "shipment-acknowledged", { at: "09:00", of: "told" })]);
    await snapshot(database, { at: "12:00", counts: { X: 10 } });
    await send(database, [event("ack 2", "shipment-acknowledged", { at: "13:00", of: "told later" })]);
    const explained = await explain();
    expect(amounts(explained)).toEqual([
      ["counted", 10],
      ["shipment", -2],
    ]);
    expect(explained.pendingShipments).toMatchObject([
      { eventId: "told later", acknowledgedAt: "2026-11-01T13:00:00.000Z" },
    ]);
  });

  it("shows events next to each other that may be one sale under two numbers, and both count", async () => {
    const sold = (id: string, at: string, lines: Record<string, number>) =>
      send(database, [event(id, "sale", { at, lines })]);
    await sold("R-0546", "12:30", { X: 1, Y: 2 });
    await sold("R-0547", "12:30", { X: 1, Y: 2 });
    await sold("more of Y", "12:30", { X: 1, Y: 3 });
    await sold("without Y", "12:30", { X: 1 });
    await sold("a minute later", "12:31", { X: 1, Y: 2 });
    const explained = await explain();
    expect(explained.onHand).toBe(-5);
    expect(explained.twins).toEqual([
      {
        ...{ type: "sale", quantity: -1, eventId: "R-0546", twinId: "R-0547" },
        ...{ occurredAt: "2026-11-01T12:30:00.000Z", twinOccurredAt: "2026-11-01T12:30:00.000Z" },
      },
    ]);
    expect(sentences(explained)).toContain(
      "Two events have the same lines, -1 of this product each: sale R-0546 at 2026-11-01T12:30:00.000Z and sale R-0547 at 2026-11-01T12:30:00.000Z. Perhaps that is one sale that was sent under two numbers; both count.",
    );
  });

  it("says so, in a line of its own, when the ledger is at odds with itself", async () => {
    await snapshot(database, { at: "12:00", counts: { X: 10 } });
    await database.pool.query("update level set on_hand = on_hand + 0.0001");
    const explained = await explain();
    expect(amounts(explained)).toEqual([
      ["counted", 10],
      ["remainder", 0.0001],
    ]);
  });

  it("names the product's other ids", async () => {
    await sell("a", 1, "09:00");
    await database.pool.query(
      "insert into product_identification select 'UPCA', '012345678905', id from product where id_value = 'X'",
    );
    expect((await explain()).otherIds).toEqual([{ idType: "UPCA", idValue: "012345678905" }]);
  });
});
