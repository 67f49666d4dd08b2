// Made-up days of a store, each from a seed: events in the order in which they arrive, snapshots between them, and what must be
// on hand at the end. That is worked out from what was sent alone, by the words of R4 to R6, and shares no code with the product.

/** An event as the POS sends it. */
export interface SentEvent {
  readonly eventId: string;
  readonly facilityId: string;
  readonly type: "sale" | "return" | "adjustment" | "shipment" | "shipment-acknowledged";
  readonly occurredAt: string;
  readonly lines?: readonly { readonly sku: string; readonly quantity: number }[];
  readonly shipmentEventId?: string;
}

interface Snapshot {
  readonly asOf: string;
  readonly counts: Readonly<Record<string, number>>;
}

export interface Day {
  readonly seed: number;
  readonly facilityId: string;
  /** Each event once. */
  readonly events: readonly SentEvent[];
  /** In the order in which they arrive, some of them twice or three times. */
  readonly arrivals: readonly SentEvent[];
  /** In the order in which they are applied; the times mostly rise. */
  readonly snapshots: readonly Snapshot[];
}

const skus = ["A", "B", "C", "D", "E"];
const opening = Date.parse("2026-11-01T06:00:00.000Z");
const hourMs = 3_600_000;
const eventsPerDay = 260;
export const snapshotsPerDay = 3;

type Random = () => number;

/** Mulberry32: the same numbers for the same seed, on every machine. */
function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Makes the day of a seed. @param archives the ledger is archived meanwhile, so that a count older than that would be stale: none is */
export function makeDay(seed: number, archives: boolean): Day {
  const random = randomFrom(seed);
  const facilityId = `S${seed}`;
  const snapshots = makeSnapshots(random, archives);
  const events = makeEvents(random, facilityId, snapshots);
  const copies = events.flatMap((event) =>
    Array.from({ length: random() < 0.75 ? 1 : 2 + pick(random, 2) }, () => event),
  );
  return { seed, facilityId, events, arrivals: shuffled(random, copies), snapshots };
}

function makeSnapshots(random: Random, archives: boolean): Snapshot[] {
  const times = Array.from(
    { length: snapshotsPerDay },
    (_, index) => opening + (index + 1) * hourMs + pick(random, hourMs),
  );
  // Now and then an old count comes last.
  if (random() < 0.3 && !archives) times.push(times.shift() ?? opening);
  return times.map((time) => ({ asOf: iso(time), counts: countsOf(random) }));
}

function countsOf(random: Random): Record<string, number> {
  const listed = skus.filter(() => random() < 0.8);
  return Object.fromEntries((listed.length > 0 ? listed : ["A"]).map((sku) => [sku, pick(random, 400) / 4 - 5]));
}

function makeEvents(random: Random, facilityId: string, snapshots: readonly Snapshot[]): SentEvent[] {
  const time = (): string => {
    // Every other event is at a snapshot's very time, or one millisecond to either side.
    const near = snapshots[pick(random, 2 * snapshots.length)];
    return iso(near ? Date.parse(near.asOf) + pick(random, 3) - 1 : opening + pick(random, 5 * hourMs));
  };
  const events: SentEvent[] = [];
  for (let number = 0; number < eventsPerDay; number += 1) {
    const type =
      (["sale", "sale", "sale", "sale", "return", "adjustment", "shipment"] as const)[pick(random, 7)] ?? "sale";
    const sign = type === "adjustment" && random() < 0.5 ? -1 : 1;
    const lines = Array.from({ length: 1 + pick(random, 3) }, () => ({
      sku: skus[pick(random, skus.length)] ?? "A",
      quantity: (sign * (1 + pick(random, 20))) / 4,
    }));
    const eventId = `e${number}`;
    events.push({ eventId, facilityId, type, occurredAt: time(), lines });
    if (type !== "shipment" || random() < 0.35) continue;
    const acknowledgement = { eventId: `a${number}`, type: "shipment-acknowledged" as const, shipmentEventId: eventId };
    events.push({ ...acknowledgement, facilityId, occurredAt: time() });
  }
  return events;
}

/** What must be on hand once everything has arrived: products that were counted or moved. */
export function onHandAfter({ events, snapshots }: Day): Record<string, number> {
  const acknowledgedAt = new Map(
    events.flatMap((each) => (each.shipmentEventId ? [[each.shipmentEventId, each.occurredAt]] : [])),
  );
  const onHand: Record<string, number> = {};
  for (const sku of skus) {
    // R6: an older count than the one in force changes nothing.
    let inForce: Snapshot | undefined;
    for (const snapshot of snapshots)
      if (sku in snapshot.counts && (!inForce || snapshot.asOf >= inForce.asOf)) inForce = snapshot;
    let quantity = inForce?.counts[sku] ?? 0;
    let isKnown = inForce !== undefined;
    for (const event of events) {
      const isIn = event.type === "shipment" ? acknowledgedAt.get(event.eventId) : event.occurredAt;
      for (const line of event.lines ?? []) {
        if (line.sku !== sku) continue;
        isKnown = true;
        // R4, R5: the count has it already.
        if (inForce && isIn !== undefined && isIn <= inForce.asOf) continue;
        quantity += event.type === "sale" || event.type === "shipment" ? -line.quantity : line.quantity;
      }
    }
    if (isKnown) onHand[sku] = quantity;
  }
  return onHand;
}

/** Rows of a snapshot file with a time of each row's own: `[facility, sku, quantity, asOf]`. */
export function rowsOf(days: readonly Day[], number: number): string[] {
  return days.flatMap(({ facilityId, snapshots }) => {
    const snapshot = snapshots[number];
    return Object.entries(snapshot?.counts ?? {}).map(([sku, count]) =>
      [facilityId, sku, count, snapshot?.asOf].join(),
    );
  });
}

function shuffled<T>(random: Random, items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** A whole number from 0 up to below `below`. */
function pick(random: Random, below: number): number {
  return Math.floor(random() * below);
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
