// POST /v1/prism/documents: Retail Pro Prism's own documents, as its REST API gives them.
import {
  type EventType,
  fromPrism,
  type PrismIgnored,
  type PrismReading,
  type PrismSettings,
} from "@inventory-sync/domain";
import { type AskedEvent, acceptEvents } from "../accept.ts";
import type { Wish } from "../auth.ts";
import type { DurableQueue } from "../durable-queue.ts";
import { FAULTS_MAX, type Fault, invalidBody } from "../problem.ts";
import type { Received } from "../receive.ts";

/** What was made of each document, in the order in which they were sent. */
export type PrismAnswer = {
  /** How many events were queued. */
  accepted: number;
  documents: {
    sid: string;
    events: { eventId: string; facilityId: string; lines: number }[];
    ignored: PrismIgnored[];
  }[];
};

/**
 * Queues the events of all documents.
 * @throws Problem 403, 422 (a document cannot be understood; nothing is queued) or 503.
 */
export async function postPrismDocuments(
  received: Received,
  queue: DurableQueue,
  settings: PrismSettings,
): Promise<PrismAnswer> {
  const readings: { at: Fault["path"]; reading: PrismReading }[] = [];
  const faults: Fault[] = [];
  for (const { value, at } of documentsOf(received.parts[0]?.value)) {
    if (received.turn.isOver()) await received.turn.next();
    const reading = fromPrism(value, settings, received.receivedAt);
    readings.push({ at, reading });
    for (const fault of faultsAt(at, reading)) faults.push(fault);
    if (faults.length >= FAULTS_MAX) break;
  }
  if (faults.length > 0) throw invalidBody(faults);

  const asked = readings.flatMap(({ at, reading }) => reading.events.map((event) => ({ event, at })));
  await acceptEvents(asked, { client: received.client, queue, wishOf });
  return { accepted: asked.length, documents: readings.map(({ reading }) => describe(reading)) };
}

/** Prism answers with an array; asked for version 2 of its API, with an object that has the array under `data`. */
function documentsOf(value: unknown): { value: unknown; at: Fault["path"] }[] {
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

function faultsAt(at: Fault["path"], { faults }: PrismReading): Fault[] {
  return faults.map(({ path, message }) => ({ path: [...at, ...path], detail: message }));
}

/** A document's event may hold sale lines and return lines: the client needs the right to each kind it holds. */
function wishOf({ event, at }: AskedEvent): Wish {
  const types = new Set(event.lines.map(({ quantity }): EventType => (quantity.startsWith("-") ? "sale" : "return")));
  return { facilityId: event.facilityId, types: [...types], facilityPath: at, typePath: [...at, "items"] };
}

function describe({ sid, events, ignored }: PrismReading): PrismAnswer["documents"][number] {
  const made = events.map(({ eventId, facilityId, lines }) => ({ eventId, facilityId, lines: lines.length }));
  return { sid, events: made, ignored: [...ignored] };
}
