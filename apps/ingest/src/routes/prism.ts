// POST /v1/prism/documents: Retail Pro Prism's own documents, as its REST API gives them.
import {
  type EventType,
  fromPrism,
  type PrismNote,
  type PrismReading,
  type PrismSettings,
  type StockEvent,
} from "@inventory-sync/domain";
import { FAULTS_MAX, type Fault } from "@inventory-sync/http";
import type { Logger, Path } from "@inventory-sync/runtime";
import { acceptEvents, type RequestedEvent } from "../accept.ts";
import type { Acceptor } from "../acceptor.ts";
import type { IngestMetrics } from "../metrics.ts";
import { invalidBody } from "../problem.ts";
import type { Received } from "../receive.ts";

export type PrismParts = {
  readonly settings: PrismSettings;
  readonly subsidiaries: ReturnType<typeof watchSubsidiaries>;
  readonly metrics: Pick<IngestMetrics, "countPrism">;
  readonly log: Logger;
};

/**
 * Queues the events of all documents, and says what was made of each, in the order in which they were sent.
 * @throws Problem 403, 422 (a document cannot be understood; nothing is queued) or 503.
 */
export async function postPrismDocuments(
  received: Received,
  acceptor: Acceptor,
  { settings, subsidiaries, metrics, log }: PrismParts,
) {
  const readings: { at: Path; reading: PrismReading }[] = [];
  const faults: Fault[] = [];
  for (const { value, at } of documentsOf(received.parts[0]?.value)) {
    if (received.turn.isOver()) await received.turn.next();
    const reading = fromPrism(value, settings, received.receivedAt);
    readings.push({ at, reading });
    for (const fault of faultsAt(at, reading)) faults.push(fault);
    if (faults.length >= FAULTS_MAX) break;
  }
  if (faults.length > 0) throw invalidBody(faults);

  const requested = readings.flatMap(({ at, reading }) => reading.events.map((event) => requestedAt(at, event)));
  await acceptEvents(requested, { client: received.client, acceptor });
  const documents = readings.map(({ reading }) => describe(reading, subsidiaries(reading)));
  metrics.countPrism(documents.flatMap(({ ignored, odd = [] }) => [...ignored, ...odd]));
  const mixed = documents.flatMap(({ odd = [] }) => odd).find(({ code }) => code === "MIXED_SUBSIDIARIES");
  if (mixed !== undefined) log.warn({ client: received.client.name }, mixed.reason);
  return { accepted: requested.length, documents };
}

/** Prism answers with an array; asked for version 2 of its API, with an object that has the array under `data`. */
function documentsOf(value: unknown): { value: unknown; at: Path }[] {
  if (Array.isArray(value)) return value.map((document: unknown, index) => ({ value: document, at: [index] }));
  const { data, sid } = Object(value) as { readonly data?: unknown; readonly sid?: unknown };
  if (!Array.isArray(data) || sid !== undefined) return [{ value, at: [] }];
  return data.map((document: unknown, index) => ({ value: document, at: ["data", index] }));
}

function faultsAt(at: Path, { faults }: PrismReading): Fault[] {
  return faults.map(({ path, message }) => ({ path: [...at, ...path], detail: message }));
}

/** A document's event may hold sale lines and return lines: the client needs the right to each kind it holds. */
function requestedAt(at: Path, event: StockEvent): RequestedEvent {
  const types = new Set(event.lines.map(({ quantity }): EventType => (quantity.startsWith("-") ? "sale" : "return")));
  return { event, at, needs: { types: [...types], facilityPath: at, typePath: [...at, "items"] } };
}

function describe({ sid, events, ignored, odd }: PrismReading, stores: readonly PrismNote[]) {
  const made = events.map(({ eventId, facilityId, lines }) => ({ eventId, facilityId, lines: lines.length }));
  // What counts all the same.
  const all = [...odd, ...stores];
  return { sid, events: made, ignored: [...ignored], ...(all.length > 0 && { odd: all }) };
}

/** Facilities remembered at most; of those that come later nothing is noticed. */
const FACILITIES_MAX = 20_000;

/**
 * Makes what looks at the stores that documents name, and gives what is odd about them: whether stores of two subsidiaries come under one name.
 * Numbers and codes of stores are unique within one subsidiary only: a store 1 of each of two countries, named by number, would have one
 * stock between them. It remembers what this process has seen: so it is an indication, told with each document until stores are named otherwise.
 */
export function watchSubsidiaries() {
  const first = new Map<string, string>();
  return ({ subsidiaries }: PrismReading): PrismNote[] =>
    subsidiaries.flatMap(({ facilityId, subsidiary }) => {
      const known = first.get(facilityId);
      if (known === undefined && first.size < FACILITIES_MAX) first.set(facilityId, subsidiary);
      if (known === undefined || known === subsidiary) return [];
      const reason =
        `store ${facilityId} was of subsidiary ${known} before, and is of subsidiary ${subsidiary} here: their stock is kept as one. ` +
        `Where these are two stores, set PRISM_STORE_FIELD=subsidiary+number`;
      return [{ code: "MIXED_SUBSIDIARIES", reason }];
    });
}
