// The vectors of the ledger's rules as what arrives from outside: events over HTTP, snapshot files over SFTP, and on hand after each.
import { expect } from "vitest";
import { eventually, type System } from "../support/index.ts";
import { type Outside, snapshotCsv } from "./outside.ts";

/** What arrives, and how often. Times are of 2026-11-01, or of the day given in front. */
type Step =
  | { readonly snapshot: string; readonly counts: Readonly<Record<string, number>> }
  | { readonly revert: "the latest reset" }
  | {
      readonly event: string;
      readonly type: string;
      readonly at: string;
      readonly lines?: Readonly<Record<string, number>>;
    };

export interface Vector {
  readonly name: string;
  readonly what: string;
  readonly steps: readonly Step[];
  /** On hand of each product after each step; a number alone is that of X. */
  readonly onHand: readonly (number | Readonly<Record<string, number>>)[];
  /** Each event is sent so often, each file put so often. */
  readonly times?: { readonly event: number; readonly snapshot: number };
}

const sale = (event: string, quantity: number, at: string): Step => ({
  event,
  type: "sale",
  at,
  lines: { X: quantity },
});
const count = (snapshot: string, X: number): Step => ({ snapshot, counts: { X } });

const v1: readonly Step[] = [
  count("13:00", 100),
  sale("s1", 3, "13:10"),
  count("13:30", 95),
  sale("s2", 2, "13:20"),
  sale("s3", 2, "13:40"),
];
const v1OnHand = [100, 97, 95, 95, 93];

export const vectors: readonly Vector[] = [
  { name: "V1", what: "a late sale from before the snapshot is absorbed", steps: v1, onHand: v1OnHand },
  {
    name: "V2",
    what: "a sale from after the snapshot's time stays; one from before it does not count twice",
    steps: [count("12:00", 102), sale("s1", 1, "12:04"), count("12:03", 100), sale("s2", 2, "12:02")],
    onHand: [102, 101, 99, 99],
  },
  {
    name: "V3",
    what: "a shipment that the POS was not told of is not given back by the next snapshot",
    steps: [
      { snapshot: "08:00", counts: { A: 10, B: 10 } },
      { event: "ship", type: "shipment", at: "09:00", lines: { A: 2, B: 2 } },
      { snapshot: "2026-11-02T07:00", counts: { A: 10, B: 10 } },
      { event: "ack", type: "shipment-acknowledged", at: "2026-11-02T12:00" },
      { snapshot: "2026-11-03T07:00", counts: { A: 8, B: 8 } },
    ],
    onHand: [10, 8, 8, 8, 8].map((each) => ({ A: each, B: each })),
  },
  {
    name: "V4",
    what: "V1 with every event sent three times and both files put twice ends the same",
    steps: v1,
    onHand: v1OnHand,
    times: { event: 3, snapshot: 2 },
  },
  { name: "V5", what: "an older snapshot is stale", steps: [count("12:00", 10), count("11:00", 99)], onHand: [10, 10] },
  {
    name: "V6",
    what: "a revert takes the correction back and applies what that reset alone had absorbed",
    steps: [
      count("10:00", 10),
      sale("s1", 4, "10:30"),
      count("11:00", 50),
      sale("s2", 1, "10:50"),
      { revert: "the latest reset" },
    ],
    onHand: [10, 6, 50, 50, 5],
  },
];

const iso = (at: string): string => (at.includes("T") ? `${at}:00Z` : `2026-11-01T${at}:00Z`);
const stamp = (at: string): string => iso(at).replace(/[-:]/g, "");

/** Nothing of the events waits or runs any more: what was sent again has been looked at as well. */
export async function quiet(outside: Outside): Promise<void> {
  await eventually(async () => {
    const { counts } = await outside.jobs("events", "completed");
    return [counts.waiting, counts.active, counts.delayed, counts.prioritized].every((each) => !each);
  });
}

/** Sends an event as often as asked and waits for all of its jobs. */
async function arrive(
  outside: Outside,
  facilityId: string,
  step: Extract<Step, { event: string }>,
  times: number,
): Promise<void> {
  const lines = Object.entries(step.lines ?? {}).map(([sku, quantity]) => ({ sku, quantity }));
  const named = step.type === "shipment-acknowledged" ? { shipmentEventId: "ship" } : { lines };
  const event = { eventId: step.event, facilityId, type: step.type, occurredAt: iso(step.at), ...named };
  for (let sent = 0; sent < times; sent += 1) await outside.send(event);
  await outside.applied(facilityId, step.event);
  await quiet(outside);
}

/** Has a vector happen in the facility of its name, and looks at what is on hand after each step. */
export async function happen(system: System, outside: Outside, vector: Vector): Promise<void> {
  const { name, steps, onHand, times = { event: 1, snapshot: 1 } } = vector;
  let latest = "";
  for (const [index, step] of steps.entries()) {
    if ("event" in step) await arrive(outside, name, step, times.event);
    else if ("revert" in step) {
      const reverted = await system.board(`/api/resets/${latest}/revert`, {});
      expect([reverted.status, await outside.reset(latest)]).toMatchObject([200, { state: "reverted" }]);
    } else {
      const file = `${name}-${stamp(step.snapshot)}.csv`;
      const csv = snapshotCsv(Object.entries(step.counts).map(([sku, quantity]) => [name, sku, quantity]));
      for (let put = 0; put < times.snapshot; put += 1) {
        const reset = await outside.runFile(file, csv);
        const asOf = iso(step.snapshot).replace("Z", ".000Z");
        expect(reset, file).toMatchObject({ state: "completed", asOf, asOfFrom: "name" });
        latest = reset.id;
      }
    }
    const wanted = onHand[index] ?? {};
    for (const [sku, quantity] of Object.entries(typeof wanted === "number" ? { X: wanted } : wanted))
      expect(await outside.onHand(name, sku), `${sku} after step ${index + 1}`).toBe(quantity);
  }
}
