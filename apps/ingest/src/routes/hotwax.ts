// POST /api/service/updateInventoryByIdentification: HotWax Commerce's UpdateInventory call, as tills in use send it.
import { randomUUID } from "node:crypto";
import { fromHotwax, type HotwaxUpdate, hotwaxUpdate, isOutsideId } from "@inventory-sync/domain";
import { acceptEvents } from "../accept.ts";
import type { DurableQueue } from "../durable-queue.ts";
import { faultsOf } from "../faults.ts";
import { type Fault, invalidBody } from "../problem.ts";
import type { Received } from "../receive.ts";

/** The answer: the input again, and the id under which the change is known from now on. */
export type HotwaxAnswer = HotwaxUpdate & { availableDelta: number; eventId: string; idempotent: boolean };

/**
 * Queues one change.
 * @param idempotencyKey the header of that name; it counts as the event's id when the body has none
 * @throws Problem 403, 422 or 503.
 */
export async function postHotwaxUpdate(
  received: Received,
  queue: DurableQueue,
  idempotencyKey: string | undefined,
): Promise<HotwaxAnswer> {
  const value = received.parts[0]?.value;
  const checked = hotwaxUpdate.safeParse(value);
  const key = keyOf(idempotencyKey);
  const faults = [
    ...(checked.success ? [] : faultsOf(checked.error, value, [])),
    ...keyFaults(key, checked.data?.eventId),
  ];
  if (!checked.success || faults.length > 0) throw invalidBody(faults);

  const update = checked.data;
  const givenId = update.eventId ?? key;
  const eventId = givenId ?? `made-${randomUUID()}`;
  const event = fromHotwax(update, { eventId, receivedAt: received.receivedAt });
  await acceptEvents([{ event, at: [] }], {
    client: received.client,
    queue,
    wishOf: () => ({
      facilityId: event.facilityId,
      types: [event.type],
      facilityPath: ["facilityId"],
      typePath: ["availableDelta"],
    }),
  });
  return { ...update, availableDelta: Number(update.availableDelta), eventId, idempotent: givenId !== undefined };
}

/** The header's standard puts its value in quotes; most clients leave them out. */
function keyOf(header: string | undefined): string | undefined {
  return header === undefined ? undefined : header.replace(/^"(.*)"$/, "$1");
}

function keyFaults(key: string | undefined, eventId: string | undefined): Fault[] {
  if (key === undefined) return [];
  const fault = (detail: string) => [{ path: [], header: "Idempotency-Key", detail }];
  if (!isOutsideId(key)) return fault("must be 1 to 128 printable characters");
  if (eventId !== undefined && eventId !== key)
    return fault("differs from the eventId of the body; send one of them, or the same");
  return [];
}
