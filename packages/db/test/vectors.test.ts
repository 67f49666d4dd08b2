// The vectors of the ledger's rules, straight through the database: what arrives, in which order, and on hand afterwards.
import { applyEvents, createProducts } from "@inventory-sync/db";
import { fromWire, type WireEvent } from "@inventory-sync/domain";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { freshFolder } from "../../../tests/support/index.ts";
import { archiveAll } from "./archive-driver.ts";
import { event, onHand, send, snapshot } from "./ledger-driver.ts";
import { type OpenTestDatabase, openFresh } from "./support.ts";

let database: OpenTestDatabase;
let folder: string;

beforeEach(async () => {
  database = await openFresh();
  folder = await freshFolder("archive");
});

afterEach(async () => {
  await database.drop();
});

type Step = readonly ["snapshot", string, Record<string, number>] | readonly ["event", WireEvent];

interface Vector {
  readonly name: string;
  readonly steps: readonly Step[];
  /** On hand of X (or of each product named) after each step. */
  readonly onHand: readonly (number | Record<string, number>)[];
}

const sale = (id: string, quantity: number, at: string): Step => [
  "event",
  event(id, "sale", { at, lines: { X: quantity } }),
];

const v1: readonly Step[] = [
  ["snapshot", "13:00", { X: 100 }],
  sale("a", 3, "13:10"),
  ["snapshot", "13:30", { X: 95 }],
  sale("b", 2, "13:20"),
  sale("c", 2, "13:40"),
];

const vectors: readonly Vector[] = [
  { name: "V1: a late sale from before the snapshot is absorbed", steps: v1, onHand: [100, 97, 95, 95, 93] },
  {
    name: "V2: a sale that happened after the snapshot's time stays, one from before it does not count twice",
    steps: [
      ["snapshot", "12:00", { X: 102 }],
      sale("a", 1, "12:04"),
      ["snapshot", "12:03", { X: 100 }],
      sale("b", 2, "12:02"),
    ],
    onHand: [102, 101, 99, 99],
  },
  {
    name: "V3: a shipment that the POS has not been told of is not given back by the next snapshot",
    steps: [
      ["snapshot", "1 08:00", { A: 10, B: 10 }],
      ["event", event("ship", "shipment", { at: "1 09:00", lines: { A: 2, B: 2 } })],
      ["snapshot", "2 07:00", { A: 10, B: 10 }],
      ["event", event("ack", "shipment-acknowledged", { at: "2 12:00", of: "ship" })],
      ["snapshot", "3 07:00", { A: 8, B: 8 }],
    ],
    onHand: [10, 8, 8, 8, 8].map((each) => ({ A: each, B: each })),
  },
  {
    name: "V4: everything sent several times ends the same",
    steps: v1.flatMap((step): Step[] => (step[0] === "snapshot" ? [step, step] : [step, step, step])),
    onHand: [100, 100, 97, 97, 97, 95, 95, 95, 95, 95, 93, 93, 93],
  },
  {
    name: "V5: a snapshot older than the one in force is stale",
    steps: [
      ["snapshot", "12:00", { X: 10 }],
      ["snapshot", "11:00", { X: 99 }],
    ],
    onHand: [10, 10],
  },
  {
    name: "V8: an event id that comes again with other content changes nothing",
    steps: [sale("e1", 1, "10:00"), sale("e1", 2, "10:00")],
    onHand: [-1, -1],
  },
  {
    name: "an equal as-of replaces (R6)",
    steps: [
      ["snapshot", "12:00", { X: 10 }],
      ["snapshot", "12:00", { X: 11 }],
    ],
    onHand: [10, 11],
  },
  {
    name: "an acknowledgement that comes after the snapshot it preceded gives the shipment back (R3, R4)",
    steps: [
      ["snapshot", "08:00", { X: 10 }],
      ["event", event("ship", "shipment", { at: "09:00", lines: { X: 2 } })],
      ["snapshot", "12:00", { X: 8 }],
      ["event", event("ack", "shipment-acknowledged", { at: "11:00", of: "ship" })],
    ],
    onHand: [10, 8, 6, 8],
  },
  {
    name: "a shipment that comes after its acknowledgement and the snapshot is absorbed (R5)",
    steps: [
      ["snapshot", "12:00", { X: 8 }],
      ["event", event("ack", "shipment-acknowledged", { at: "11:00", of: "ship" })],
      ["event", event("ship", "shipment", { at: "09:00", lines: { X: 2 } })],
    ],
    onHand: [8, 8, 8],
  },
  {
    name: "on hand may be negative, and so may a count (R10)",
    steps: [sale("a", 5, "09:00"), ["snapshot", "10:00", { X: -7 }], sale("b", 1, "11:00")],
    onHand: [-5, -7, -8],
  },
  {
    name: "a product that the snapshot does not list stays as it is (R7)",
    steps: [
      ["snapshot", "10:00", { X: 4, Y: 6 }],
      ["snapshot", "11:00", { X: 5 }],
    ],
    onHand: [
      { X: 4, Y: 6 },
      { X: 5, Y: 6 },
    ],
  },
];

describe("the ledger's vectors", () => {
  // Once at a store as it is, and once at one of which all that can be is archived after each step.
  it.each(vectors)("$name", async ({ steps, onHand: expected }) => {
    for (const facilityId of ["S001", "ARCHIVED"]) {
      for (const [index, step] of steps.entries()) {
        if (step[0] === "event") await send(database, [{ ...step[1], facilityId }]);
        else await snapshot(database, { at: step[1], counts: step[2], facilityId });
        if (facilityId === "ARCHIVED") await archiveAll(database, { facilityId, folder });
        const wanted = expected[index] ?? {};
        for (const [sku, quantity] of Object.entries(typeof wanted === "number" ? { X: wanted } : wanted))
          expect(await onHand(database, sku, facilityId), `${sku} at ${facilityId} after step ${index + 1}`).toBe(
            quantity,
          );
      }
    }
  });

  it("V7: an unknown product rejects its line, and a retry after the catalogue was mended applies it", async () => {
    const policy = { facility: "create", product: "reject" } as const;
    const one = fromWire(event("e1", "sale", { at: "10:00", lines: { X: 1 } }), new Date());
    const [first] = await applyEvents(database, [one], policy);
    expect(first).toMatchObject({ fate: "rejected", code: "UNKNOWN_PRODUCT" });
    expect(await onHand(database, "X")).toBeUndefined();
    await createProducts(database.pool, [{ idType: "SKU", idValue: "X" }]);
    const [second] = await applyEvents(database, [one], policy);
    expect(second).toMatchObject({ fate: "done", applied: 1 });
    expect(await onHand(database, "X")).toBe(-1);
  });
});

describe("a batch of events", () => {
  it("gives each event its own fate: one bad event leaves its neighbours alone", async () => {
    await send(database, [event("known", "sale", { at: "10:00", lines: { X: 1 } })]);
    const reject = { facility: "reject", product: "reject" } as const;
    const fates = await send(
      database,
      [
        event("good", "sale", { at: "10:00", lines: { X: 2 } }),
        event("known", "sale", { at: "10:00", lines: { X: 9 } }),
        event("elsewhere", "sale", { at: "10:00", lines: { X: 1 }, facilityId: "NOWHERE" }),
        event("strange", "sale", { at: "10:00", lines: { NEVER: 1 } }),
        event("fine", "return", { at: "10:00", lines: { X: 1 } }),
      ],
      reject,
    );
    expect(fates.map((fate) => (fate.fate === "rejected" ? fate.code : fate.fate))).toEqual([
      "done",
      "EVENT_ID_REUSED",
      "UNKNOWN_FACILITY",
      "UNKNOWN_PRODUCT",
      "done",
    ]);
    expect(await onHand(database, "X")).toBe(-2);
  });

  it("applies the lines that can be applied, and a retry applies just the missing ones (R13)", async () => {
    await send(database, [event("first", "sale", { at: "09:00", lines: { X: 1 } })]);
    const reject = { facility: "reject", product: "reject" } as const;
    const mixed = event("mixed", "sale", { at: "10:00", lines: { X: 2, Y: 3 } });
    const [fate] = await send(database, [mixed], reject);
    expect(fate).toMatchObject({ fate: "rejected", code: "UNKNOWN_PRODUCT" });
    expect(fate).toMatchObject({ message: expect.stringContaining("line 2 SKU Y") });
    expect(await onHand(database, "X")).toBe(-3);
    await createProducts(database.pool, [{ idType: "SKU", idValue: "Y" }]);
    expect(await send(database, [mixed], reject)).toMatchObject([{ fate: "done", applied: 1, duplicate: 1 }]);
    expect([await onHand(database, "X"), await onHand(database, "Y")]).toEqual([-3, -3]);
  });

  it("takes the time of receipt for a time from the future and marks it (R9)", async () => {
    const receivedAt = new Date("2026-11-01T10:00:00.000Z");
    const ahead = fromWire(event("ahead", "sale", { at: "10:06", lines: { X: 1 } }), receivedAt);
    const nearly = fromWire(event("nearly", "sale", { at: "10:05", lines: { X: 1 } }), receivedAt);
    await applyEvents(database, [ahead, nearly], { facility: "create", product: "create" });
    const found = await database.prisma.movement.findMany({ orderBy: { eventId: "asc" } });
    expect(found.map(({ eventId, occurredAt, clockSkew }) => [eventId, occurredAt.toISOString(), clockSkew])).toEqual([
      ["ahead", "2026-11-01T10:00:00.000Z", true],
      ["nearly", "2026-11-01T10:05:00.000Z", false],
    ]);
  });

  it("skips unknown products without an error where the settings say so", async () => {
    const fates = await send(database, [event("a", "sale", { at: "10:00", lines: { X: 1 } })], {
      facility: "create",
      product: "skip",
    });
    expect(fates).toEqual([{ fate: "done", applied: 0, duplicate: 0, absorbed: 0, skipped: 1 }]);
    expect(await database.prisma.product.count()).toBe(0);
  });

  it("keeps quantities of four decimals exact over thousands of them", async () => {
    const many = Array.from({ length: 3_000 }, (_, index) =>
      event(`e${index}`, "return", { at: "10:00", lines: { X: 0.1001 } }),
    );
    await send(database, many);
    expect(await onHand(database, "X")).toBe(300.3);
  });
});
