// HotWax Commerce's UpdateInventory call (flow 1): its body checked, and turned into an event of the ledger, so that a
// till which talks to HotWax today can talk to this system unchanged.
import { z } from "zod";
import { type StockEvent, UNSEEN, wireEvent } from "./events.ts";
import { isPrintable, normalizeIdType, outsideEventId, outsideId, outsideIdType } from "./ids.ts";
import { QUANTITY_WANTED, type Quantity, quantityFromNumber, quantityFromText } from "./quantity.ts";

const NOTE_LENGTH_MAX = 128;

const note = z
  .string()
  .max(NOTE_LENGTH_MAX, `must have at most ${NOTE_LENGTH_MAX} characters`)
  .refine(isPrintable, { error: UNSEEN })
  .nullish();

const availableDelta = z
  .union([z.number(), z.string()], { error: "must be a number: the signed change of on hand" })
  .refine((value) => deltaOf(value) !== undefined, { error: QUANTITY_WANTED })
  .refine((value) => deltaOf(value) !== "0", { error: "must not be 0: a change of nothing is no change" });

/**
 * The body of `POST /api/service/updateInventoryByIdentification`. HotWax's own page marks all six of its fields as
 * required; the last two bear on no level here, so they may be left out. `eventId` and `occurredAt` are ours.
 */
export const hotwaxUpdate = z.strictObject({
  facilityId: outsideId,
  /** Signed: -2 takes two away. Integrations in use also send it as decimal text. */
  availableDelta,
  idType: outsideIdType,
  idValue: outsideId,
  locationSeqId: note,
  varianceReasonId: note,
  eventId: outsideEventId.optional(),
  occurredAt: wireEvent.shape.occurredAt.optional(),
});

export type HotwaxUpdate = z.infer<typeof hotwaxUpdate>;

/**
 * Turns a checked UpdateInventory call into an event of one line. It is an adjustment whatever its reason says: HotWax's
 * call carries a signed change, and its own sample sends a positive change as POS_SALE, so the sign is believed and the
 * reason is kept as text. R4 and R5 treat sales, returns and adjustments alike.
 * @param given.eventId the id from the body, the header, or made up; it wins over the body's
 */
export function fromHotwax(update: HotwaxUpdate, given: { eventId: string; receivedAt: Date }): StockEvent {
  const quantity = deltaOf(update.availableDelta);
  if (quantity === undefined) throw new RangeError(`availableDelta ${update.availableDelta} is no quantity`);
  return {
    eventId: given.eventId,
    facilityId: update.facilityId,
    type: "adjustment",
    occurredAt: update.occurredAt === undefined ? null : new Date(update.occurredAt).toISOString(),
    receivedAt: given.receivedAt.toISOString(),
    lines: [{ line: 1, idType: normalizeIdType(update.idType), idValue: update.idValue, quantity }],
    ...(update.varianceReasonId && { reason: update.varianceReasonId }),
  };
}

function deltaOf(value: number | string): Quantity | undefined {
  return typeof value === "number" ? quantityFromNumber(value) : quantityFromText(value);
}
