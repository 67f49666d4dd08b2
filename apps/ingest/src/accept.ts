// Flow 1, step 4: what a body asks for is known; it is checked against the client's rights and against itself.
import { type Client, type EventType, facilityTest, isSameContent, type StockEvent } from "@inventory-sync/domain";
import type { Fault } from "@inventory-sync/http";
import type { Path } from "@inventory-sync/runtime";
import type { Acceptor } from "./acceptor.ts";
import { invalidBody, Problem } from "./problem.ts";

/** An event that a body asks for. */
export interface RequestedEvent {
  readonly event: StockEvent;
  /** Where in the body it is. */
  readonly at: Path;
  readonly line?: number;
  /** The permissions that it takes, and where the body names what they are for. */
  readonly needs: { readonly types: readonly EventType[]; readonly facilityPath: Path; readonly typePath: Path };
}

/**
 * Takes all events of a request or none: the client may send each of them, no id is used for two contents, and they are
 * durably accepted when this resolves.
 * @throws Problem 403, 422 or 503.
 */
export async function acceptEvents(
  requested: readonly RequestedEvent[],
  { client, acceptor }: { readonly client: Client; readonly acceptor: Acceptor },
): Promise<void> {
  authorize(client, requested, acceptor);
  const events = onceEach(requested);
  if (events.length > 0) await acceptor.add(events, client.name);
}

/** @throws Problem 403 naming each facility and type that the client may not send, and each facility of another installation */
function authorize(client: Client, requested: readonly RequestedEvent[], { isOurs }: Acceptor): void {
  if (client.facilities === "*" && client.types === "*" && requested.every(({ event }) => isOurs(event.facilityId)))
    return;
  const maySendFor = facilityTest(client.facilities);
  const types = client.types === "*" ? undefined : new Set(client.types);
  const faults = requested.flatMap(({ event: { facilityId }, needs, line }) => {
    const places = [
      ...(!maySendFor(facilityId)
        ? [{ path: needs.facilityPath, detail: `may not send for facility ${facilityId}` }]
        : []),
      ...(!isOurs(facilityId)
        ? [{ path: needs.facilityPath, detail: `facility ${facilityId} belongs to another installation` }]
        : []),
      ...needs.types
        .filter((type) => types?.has(type) === false)
        .map((type) => ({ path: needs.typePath, detail: `may not send events of type ${type}` })),
    ];
    return line === undefined ? places : places.map((fault) => ({ ...fault, line }));
  });
  if (faults.length === 0) return;
  const what = [...new Set(faults.map(({ detail }) => detail))].slice(0, 5).join("; ");
  const detail = `Client ${client.name}: ${what}. Nothing was accepted. Ask the operator to allow it.`;
  throw new Problem("forbidden", detail, { faults });
}

/**
 * Each event once. An id with two contents in one request is a fault: one of them is a mistake, and only the client knows which (R2).
 * @throws Problem 422
 */
function onceEach(requested: readonly RequestedEvent[]): StockEvent[] {
  const byKey = new Map<string, StockEvent>();
  const faults: Fault[] = [];
  for (const { event, at, line } of requested) {
    const key = JSON.stringify([event.facilityId, event.eventId]);
    const earlier = byKey.get(key);
    if (earlier === undefined) byKey.set(key, event);
    else if (!isSameContent(earlier, event)) {
      const detail = `the id ${event.eventId} stands in this request already with other content; give each event its own id`;
      faults.push({ path: [...at, "eventId"], detail, ...(line !== undefined && { line }) });
    }
  }
  if (faults.length > 0) throw invalidBody(faults);
  return [...byKey.values()];
}
