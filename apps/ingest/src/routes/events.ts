// POST /v1/events: events in this system's own form, one, an array, or NDJSON.
import { fromWire, wireEvent } from "@inventory-sync/domain";
import { FAULTS_MAX, type Fault } from "@inventory-sync/http";
import { shapeFaults } from "@inventory-sync/runtime";
import { acceptEvents, type RequestedEvent } from "../accept.ts";
import type { Acceptor } from "../acceptor.ts";
import { invalidBody } from "../problem.ts";
import type { Part, Received } from "../receive.ts";

/**
 * Queues all events of the request, and names them in the order in which they were sent.
 * @throws Problem 403, 422 (naming the faults of all events, up to 100; nothing is queued) or 503.
 */
export async function postEvents(received: Received, acceptor: Acceptor) {
  const parts = received.isNdjson ? received.parts : received.parts.flatMap(elementsOf);
  if (parts.length === 0) throw invalidBody([{ path: [], detail: "has no events; send at least one" }]);

  const faults: Fault[] = [];
  const requested: RequestedEvent[] = [];
  for (const { value, at, ...line } of parts) {
    if (received.turn.isOver()) await received.turn.next();
    const checked = wireEvent.safeParse(value);
    if (checked.success) {
      const event = fromWire(checked.data, received.receivedAt);
      const needs = { types: [event.type], facilityPath: [...at, "facilityId"], typePath: [...at, "type"] };
      requested.push({ event, at, needs, ...line });
    } else for (const fault of shapeFaults(checked.error, value, at)) faults.push({ ...fault, ...line });
    if (faults.length >= FAULTS_MAX) break;
  }
  if (faults.length > 0) throw invalidBody(faults);
  await acceptEvents(requested, { client: received.client, acceptor });
  const events = requested.map(({ event: { eventId } }) => ({ eventId, status: "queued" as const }));
  return { accepted: events.length, events };
}

function elementsOf(part: Part): Part[] {
  if (!Array.isArray(part.value)) return [part];
  return part.value.map((value: unknown, index) => ({ value, at: [index] }));
}
