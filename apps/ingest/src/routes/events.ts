// POST /v1/events: events in this system's own form, one, an array, or NDJSON.
import { fromWire, type StockEvent, wireEvent } from "@inventory-sync/domain";
import { type AskedEvent, acceptEvents } from "../accept.ts";
import type { Wish } from "../auth.ts";
import type { DurableQueue } from "../durable-queue.ts";
import { faultsOf } from "../faults.ts";
import { FAULTS_MAX, type Fault, invalidBody } from "../problem.ts";
import type { Part, Received } from "../receive.ts";

/** The answer to accepted events, in the order in which they were sent. */
export type EventsAnswer = { accepted: number; events: { eventId: string; status: "queued" }[] };

/**
 * Queues all events of the request.
 * @throws Problem 403, 422 (naming the faults of all events, up to 100; nothing is queued) or 503.
 */
export async function postEvents(received: Received, queue: DurableQueue): Promise<EventsAnswer> {
  const parts = received.isNdjson ? received.parts : received.parts.flatMap(elementsOf);
  if (parts.length === 0) throw invalidBody([{ path: [], detail: "has no events; send at least one" }]);

  const faults: Fault[] = [];
  const asked: AskedEvent[] = [];
  for (const part of parts) {
    if (received.turn.isOver()) await received.turn.next();
    const checked = wireEvent.safeParse(part.value);
    const line = part.line !== undefined && { line: part.line };
    if (checked.success) asked.push({ event: fromWire(checked.data, received.receivedAt), at: part.at, ...line });
    else for (const fault of faultsOf(checked.error, part.value, part.at)) faults.push({ ...fault, ...line });
    if (faults.length >= FAULTS_MAX) break;
  }
  if (faults.length > 0) throw invalidBody(faults);
  await acceptEvents(asked, { client: received.client, queue, wishOf });
  return { accepted: asked.length, events: asked.map(({ event }) => queued(event)) };
}

function elementsOf(part: Part): Part[] {
  if (!Array.isArray(part.value)) return [part];
  return part.value.map((value: unknown, index) => ({ value, at: [index] }));
}

function wishOf({ event, at, line }: AskedEvent): Wish {
  const { facilityId, type } = event;
  const place = { facilityPath: [...at, "facilityId"], typePath: [...at, "type"] };
  return { facilityId, types: [type], ...place, ...(line !== undefined && { line }) };
}

function queued({ eventId }: StockEvent) {
  return { eventId, status: "queued" as const };
}
