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
import type { SubsidiaryWatch } from "../subsidiaries.ts";

/** What was made of each document, in the order in which they were sent. */
export type PrismAnswer = {
  /** How many events were queued. */
  accepted: number;
  documents: {
    sid: string;
    events: { eventId: string; facilityId: string; lines: number }[];
    ignored: PrismNote[];
    /** What counts all the same, and is odd; only where there is something. */
    odd?: PrismNote[];
  }[];
};

/** What the call needs besides what every call has. */
export type PrismParts = {
  readonly settings: PrismSettings;
  readonly subsidiaries: SubsidiaryWatch;
  readonly metrics: Pick<IngestMetrics, "countPrism">;
  readonly log: Logger;
};

/**
 * Queues the events of all documents.
 * @throws Problem 403, 422 (a document cannot be understood; nothing is queued) or 503.
 */
export async function postPrismDocuments(
  received: Received,
  acceptor: Acceptor,
  { settings, subsidiaries, metrics, log }: PrismParts,
): Promise<PrismAnswer> {
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
  if (
    typeof value === "object" &&
    value !== null &&
    "data" in value &&
    Array.isArray(value.data) &&
    !("sid" in value)
  ) {
    return value.data.map((document: unknown, index) => ({ value: document, at: ["data", index] }));
  }
  return [{ value, at: [] }];
}

function faultsAt(at: Path, { faults }: PrismReading): Fault[] {
  return faults.map(({ path, message }) => ({ path: [...at, ...path], detail: message }));
}

/** A document's event may hold sale lines and return lines: the client needs the right to each kind it holds. */
function requestedAt(at: Path, event: StockEvent): RequestedEvent {
  const types = new Set(event.lines.map(({ quantity }): EventType => (quantity.startsWith("-") ? "sale" : "return")));
  return { event, at, needs: { types: [...types], facilityPath: at, typePath: [...at, "items"] } };
}

function describe(
  { sid, events, ignored, odd }: PrismReading,
  stores: readonly PrismNote[],
): PrismAnswer["documents"][number] {
  const made = events.map(({ eventId, facilityId, lines }) => ({ eventId, facilityId, lines: lines.length }));
  const all = [...odd, ...stores];
  return { sid, events: made, ignored: [...ignored], ...(all.length > 0 && { odd: all }) };
}
