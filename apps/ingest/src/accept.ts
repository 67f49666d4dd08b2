// Flow 1, step 4: what a body asks for is known; it is checked against the client's rights and against itself.
import { type Client, contentDigest, type StockEvent } from "@inventory-sync/domain";
import { authorize, type Wish } from "./auth.ts";
import type { DurableQueue } from "./durable-queue.ts";
import { type Fault, invalidBody } from "./problem.ts";

/** An event that a body asks for, and where. */
export type AskedEvent = { readonly event: StockEvent; readonly at: Fault["path"]; readonly line?: number };

/**
 * Takes all events of a request or none: the client may send each of them, no id is used for two contents, and the queue
 * has all of them when this resolves.
 * @param wishOf where the body names an event's facility and types
 * @throws Problem 403, 422 or 503.
 */
export async function acceptEvents(
  asked: readonly AskedEvent[],
  given: { client: Client; queue: DurableQueue; wishOf(asked: AskedEvent): Wish },
): Promise<void> {
  authorize(given.client, asked.map(given.wishOf));
  const { events, faults } = onceEach(asked);
  if (faults.length > 0) throw invalidBody(faults);
  if (events.length > 0) await given.queue.add(events, given.client.name);
}

/** Each event once. An id with two contents in one request is a fault: one of them is a mistake, and only the sender knows which (R2). */
function onceEach(asked: readonly AskedEvent[]): { events: StockEvent[]; faults: Fault[] } {
  const byKey = new Map<string, StockEvent>();
  const faults: Fault[] = [];
  for (const { event, at, line } of asked) {
    const key = keyOf(event);
    const earlier = byKey.get(key);
    if (earlier === undefined) byKey.set(key, event);
    else if (contentDigest(earlier) !== contentDigest(event)) {
      const detail = `the id ${event.eventId} stands in this request already with other content; give each event its own id`;
      faults.push({ path: [...at, "eventId"], detail, ...(line !== undefined && { line }) });
    }
  }
  return { events: [...byKey.values()], faults };
}

function keyOf({ facilityId, eventId }: StockEvent): string {
  return JSON.stringify([facilityId, eventId]);
}
