// POST /api/service/updateInventoryByIdentification: HotWax Commerce's UpdateInventory call, as tills in use send it.
import { randomUUID } from "node:crypto";
import { eventIdFault, fromHotwax, type HotwaxUpdate, hotwaxUpdate } from "@inventory-sync/domain";
import type { Fault } from "@inventory-sync/http";
import { shapeFaults } from "@inventory-sync/runtime";
import { acceptEvents } from "../accept.ts";
import type { Acceptor } from "../acceptor.ts";
import { invalidBody } from "../problem.ts";
import type { Received } from "../receive.ts";

/**
 * Queues one change, and answers with the input again, and the id under which the change is known from now on.
 * @param idempotencyKey the header of that name; it counts as the event's id when the body has none and is not signed
 * @throws Problem 403, 422 or 503.
 */
export async function postHotwaxUpdate(received: Received, acceptor: Acceptor, idempotencyKey: string | undefined) {
  const value = received.parts[0]?.value;
  const checked = hotwaxUpdate.safeParse(value);
  const { signedId } = received;
  const key = keyOf(idempotencyKey);
  const faults = [
    ...(checked.success ? [] : shapeFaults(checked.error, value, [])),
    ...(signedId === undefined ? keyFaults(key, checked.data?.eventId) : signedFaults(signedId, key, checked.data)),
  ];
  if (!checked.success || faults.length > 0) throw invalidBody(faults);

  const update = checked.data;
  const givenId = update.eventId ?? signedId ?? key;
  const eventId = givenId ?? `made-${randomUUID()}`;
  const event = fromHotwax(update, { eventId, receivedAt: received.receivedAt });
  const needs = { types: [event.type], facilityPath: ["facilityId"], typePath: ["availableDelta"] };
  await acceptEvents([{ event, at: [], needs }], { client: received.client, acceptor });
  return { ...update, availableDelta: Number(update.availableDelta), eventId, idempotent: givenId !== undefined };
}

/** The header's standard puts its value in quotes; most clients leave them out. */
function keyOf(header: string | undefined): string | undefined {
  const isQuoted = header !== undefined && header.length > 1 && header.startsWith('"') && header.endsWith('"');
  return isQuoted ? header.slice(1, -1) : header;
}

function keyFaults(key: string | undefined, eventId: string | undefined): Fault[] {
  if (key === undefined) return [];
  const fault = (detail: string) => [{ path: [], header: "Idempotency-Key", detail }];
  const wrong = eventIdFault(key);
  if (wrong !== undefined) return fault(wrong);
  if (eventId !== undefined && eventId !== key)
    return fault("differs from the eventId of the body; send one of them, or the same");
  return [];
}

/**
 * A signature covers the body and the header webhook-id. Were the id of a change taken from a header outside of it, one
 * signed request could be made into many changes. So the signed id counts, and another one is refused.
 */
function signedFaults(signedId: string, key: string | undefined, update: HotwaxUpdate | undefined): Fault[] {
  const fault = (header: string, detail: string) => [{ path: [], header, detail }];
  if (key !== undefined && key !== signedId)
    return fault("Idempotency-Key", "is not covered by the signature and differs from webhook-id; leave it out");
  const wrong = update?.eventId === undefined ? eventIdFault(signedId) : undefined;
  if (wrong !== undefined) return fault("webhook-id", `is the event's id, since the body has none: it ${wrong}`);
  return [];
}
