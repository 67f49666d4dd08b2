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
 * The event's id is the body's; without one that of the signature, for a client that signs; else the header's.
 * @param idempotencyKey the header of that name
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
  const { signedId } = received;
  const faults = [
    ...(checked.success ? [] : faultsOf(checked.error, value, [])),
    ...idFaults({ eventId: checked.data?.eventId, signedId, key }),
  ];
  if (!checked.success || faults.length > 0) throw invalidBody(faults);

  const update = checked.data;
  const givenId = update.eventId ?? signedId ?? key;
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
  const isQuoted = header !== undefined && header.length >= 2 && header.startsWith('"') && header.endsWith('"');
  return isQuoted ? header.slice(1, -1) : header;
}

type Ids = Readonly<Record<"eventId" | "signedId" | "key", string | undefined>>;

function idFaults({ eventId, signedId, key }: Ids): Fault[] {
  const fault = (header: string, detail: string): Fault[] => [{ path: [], header, detail }];
  if (eventId === undefined && signedId !== undefined && !isOutsideId(signedId))
    return fault(
      "webhook-id",
      "is the event's id when the body has no eventId, so it must be 1 to 128 printable characters",
    );
  if (key === undefined) return [];
  if (!isOutsideId(key)) return fault("Idempotency-Key", "must be 1 to 128 printable characters");
  if (eventId !== undefined && eventId !== key)
    return fault("Idempotency-Key", "differs from the eventId of the body; send one of them, or the same");
  if (eventId === undefined && signedId !== undefined && signedId !== key)
    return fault(
      "Idempotency-Key",
      "is not signed and differs from webhook-id, which is; leave it out, or send the same",
    );
  return [];
}
