// What one seed sends: a day of a small retailer, squeezed into seconds. Every event comes from here, with its time and its
// content; nothing in it depends on how the system answers.
import { type Random, randomOf } from "./random.ts";

export type EventType = "sale" | "return" | "adjustment" | "shipment" | "shipment-acknowledged";

/** One content of one event id. An id that is sent with two contents has two of these. */
export interface PlannedEvent {
  readonly facilityId: string;
  readonly eventId: string;
  readonly type: EventType;
  readonly occurredAtMs: number;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
  readonly shipmentEventId?: string;
}

/** One POST. After `triesMax` tries without a 202 its sender gives up: then it is unknown whether it was taken. */
export interface PlannedRequest {
  readonly atMs: number;
  readonly events: readonly PlannedEvent[];
  readonly triesMax: number;
}

export interface PlannedFile {
  readonly atMs: number;
  readonly name: string;
  readonly asOfMs: number;
  readonly rows: readonly { readonly facilityId: string; readonly sku: string; readonly quantity: number }[];
}

export interface Workload {
  readonly requests: readonly PlannedRequest[];
  readonly files: readonly PlannedFile[];
  /** What arrives when all resets have ended: much of it happened before the counts, which have it already. */
  readonly late: readonly PlannedRequest[];
}

export interface WorkloadSize {
  /** How long it takes to send all of it. */
  readonly loadMs: number;
  readonly events: number;
  readonly files: number;
  /** Rows of a facility that sells nothing, in the first two files: so that downloading and resetting take a while. */
  readonly bulkRows: number;
}

const dayStartMs = Date.parse("2026-01-05T08:00:00Z");
const dayMs = 12 * 3_600_000;
const patience = 1_000;
const share = { resentRequest: 0.08, resentEvent: 0.1, reused: 0.02, impatient: 0.15, atTheEdge: 0.12, late: 0.2 };
const typeOf = (roll: number): EventType =>
  roll < 0.62 ? "sale" : roll < 0.75 ? "return" : roll < 0.87 ? "adjustment" : "shipment";

/** The workload of a seed. */
export function workloadOf(seed: number, size: WorkloadSize): Workload {
  const random = randomOf(seed).fork("workload");
  const facilities = Array.from({ length: random.int(3, 6) }, (_, index) => `F${index + 1}`);
  const skus = Array.from({ length: random.int(4, 8) }, (_, index) => `P${index + 1}`);
  const files = filesOf(random.fork("files"), { facilities, skus, size });
  const edges = files.map(({ asOfMs }) => asOfMs);
  const events = eventsOf(random.fork("events"), { facilities, skus, edges, count: size.events });
  const all = requestsOf(random.fork("requests"), events, size.loadMs);
  const late = new Set(all.filter(() => random.chance(share.late)));
  return { requests: all.filter((request) => !late.has(request)), files, late: [...late] };
}

function filesOf(
  random: Random,
  { facilities, skus, size }: { facilities: readonly string[]; skus: readonly string[]; size: WorkloadSize },
): PlannedFile[] {
  // Each second of the day at most once: which of two files with one time holds would depend on which came first.
  const seconds = random.shuffled(Array.from({ length: 600 }, (_, index) => index)).slice(0, size.files);
  return seconds.map((second, index) => {
    const asOfMs = dayStartMs + Math.floor((second * dayMs) / 600 / 1_000) * 1_000;
    const some = random.shuffled(facilities).slice(0, random.int(Math.ceil(facilities.length / 2), facilities.length));
    const rows = some.flatMap((facilityId) => {
      const listed = random.chance(0.7) ? skus : random.shuffled(skus).slice(1);
      return listed.map((sku) => ({ facilityId, sku, quantity: random.int(0, 200) }));
    });
    const bulk = Array.from({ length: index < 2 ? size.bulkRows : 0 }, (_, row) => ({
      facilityId: "BULK",
      sku: `B${row}`,
      quantity: (row + index) % 100,
    }));
    const stamp = new Date(asOfMs).toISOString().slice(0, 19).replace(/[-:]/g, "");
    const atMs = Math.round(((index + 0.5) / size.files) * size.loadMs);
    return { atMs, name: `onhand-${index + 1}-${stamp}Z.csv`, asOfMs, rows: [...rows, ...bulk] };
  });
}

function eventsOf(
  random: Random,
  given: { facilities: readonly string[]; skus: readonly string[]; edges: readonly number[]; count: number },
): PlannedEvent[] {
  const events: PlannedEvent[] = [];
  for (let index = 0; events.length < given.count; index += 1) {
    const facilityId = random.pick(given.facilities);
    const edge = random.chance(share.atTheEdge) && given.edges.length > 0;
    const occurredAtMs = edge
      ? random.pick(given.edges) + random.pick([-1, 0, 0, 1])
      : dayStartMs + random.int(0, dayMs);
    const type = typeOf(random.next());
    const lines = Array.from({ length: random.chance(0.7) ? 1 : random.int(2, 3) }, () => ({
      sku: random.pick(given.skus),
      quantity: type === "adjustment" ? random.pick([-3, -2, -1, 1, 2, 3]) : random.int(1, 4),
    }));
    const eventId = `e${index}`;
    events.push({ facilityId, eventId, type, occurredAtMs, lines });
    if (type === "shipment" && random.chance(0.7)) {
      const acknowledgedAtMs = occurredAtMs + random.int(1, dayMs);
      const named = { eventId: `a${index}`, type: "shipment-acknowledged" as const, shipmentEventId: eventId };
      events.push({ ...named, facilityId, occurredAtMs: acknowledgedAtMs, lines: [] });
    }
    if (type !== "shipment" && random.chance(share.reused)) {
      events.push({ facilityId, eventId, type, occurredAtMs, lines: lines.map(moreOf) });
    }
  }
  return events;
}

const moreOf = (line: { sku: string; quantity: number }) => ({ ...line, quantity: line.quantity + 5 });

/** The events in requests of all sizes, some out of order, some sent again as they were, some again among others. */
function requestsOf(random: Random, events: readonly PlannedEvent[], loadMs: number): PlannedRequest[] {
  const again = events.filter(() => random.chance(share.resentEvent));
  const waiting = random.shuffled([...events, ...again]);
  const groups: PlannedEvent[][] = [];
  while (waiting.length > 0) {
    const size = random.chance(0.75) ? 1 : random.chance(0.9) ? random.int(2, 12) : random.int(30, 80);
    const group = new Map<string, PlannedEvent>();
    for (const event of waiting.splice(0, size)) {
      const key = `${event.facilityId} ${event.eventId}`;
      const other = group.get(key);
      // Two contents of one id in one request are refused whole; the second goes alone.
      if (other !== undefined && other !== event) groups.push([event]);
      else group.set(key, event);
    }
    groups.push([...group.values()]);
  }
  const resent = groups.filter(() => random.chance(share.resentRequest));
  return random.shuffled([...groups, ...resent]).map((group) => ({
    atMs: random.int(0, loadMs),
    events: group,
    triesMax: random.chance(share.impatient) ? random.int(1, 2) : patience,
  }));
}
