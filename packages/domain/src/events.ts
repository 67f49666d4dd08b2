// What a source sends (flow 1): the event as it is on the wire, checked, and the event as the ledger reads it, with
// signed quantities and times in UTC.
import { hash } from "node:crypto";
import { z } from "zod";
import { isPrintable, keptId, normalizeIdType, outsideEventId, outsideId, outsideIdType } from "./ids.ts";
import { negate, QUANTITY_WANTED, type Quantity, quantityFromNumber } from "./quantity.ts";
import { isKeepable } from "./schedule.ts";

export const EVENT_LINES_MAX = 500;

export const eventTypes = ["sale", "return", "adjustment", "shipment", "shipment-acknowledged"] as const;

export type EventType = (typeof eventTypes)[number];

const REASON_LENGTH_MAX = 256;

/** What is said of a text with characters that nobody sees. */
export const UNSEEN = "must not have control characters";

const printableReason = z.string().max(REASON_LENGTH_MAX).refine(isPrintable, { error: UNSEEN });

/** One product of an event. `quantity` is signed: the change of on hand that is asked for (a sale of 2 is "-2"). */
const eventLine = z.strictObject({
  line: z.int().min(1),
  idType: z.string(),
  idValue: z.string(),
  quantity: z.string(),
});

/** An event as it travels in jobs and meets the ledger. */
export const stockEvent = z.strictObject({
  eventId: keptId,
  facilityId: keptId,
  type: z.enum(eventTypes),
  /** When it happened, UTC ISO with milliseconds; null when the source did not say: then the time of receipt counts. */
  occurredAt: z.iso.datetime().nullable(),
  /** When it was received, UTC ISO with milliseconds. */
  receivedAt: z.iso.datetime(),
  lines: z.array(eventLine),
  shipmentEventId: keptId.optional(),
  reason: printableReason.optional(),
});

export type StockEvent = z.infer<typeof stockEvent>;

export type EventLine = z.infer<typeof eventLine>;

const wireQuantity = z
  .number({ error: "must be a JSON number" })
  .refine((value) => quantityFromNumber(value) !== undefined, { error: QUANTITY_WANTED });

const wireLine = z
  .strictObject({
    sku: outsideId.optional(),
    idType: outsideIdType.optional(),
    idValue: outsideId.optional(),
    quantity: wireQuantity,
  })
  .superRefine((line, context) => {
    const pair = line.idType !== undefined && line.idValue !== undefined;
    const partOfPair = line.idType !== undefined || line.idValue !== undefined;
    if (line.sku !== undefined ? partOfPair : !pair) {
      context.addIssue({ code: "custom", message: 'name the product once: by "sku", or by "idType" and "idValue"' });
    }
  });

const occurredAt = z.iso
  .datetime({
    offset: true,
    abort: true,
    error: 'must be a date and time with a zone, such as "2026-11-23T10:15:00-05:00" or "2026-11-23T15:15:00Z"',
  })
  .refine((text) => isKeepable(Date.parse(text)), "must lie in the years 0001 to 9999 of UTC");

/** The event on the wire, as `POST /v1/events` takes it. Unknown fields are refused and named. */
export const wireEvent = z
  .strictObject({
    eventId: outsideEventId,
    facilityId: outsideId,
    type: z.enum(eventTypes, { error: `must be one of ${eventTypes.join(", ")}` }),
    occurredAt,
    lines: z
      .array(wireLine)
      .min(1, "must have at least one line")
      .max(EVENT_LINES_MAX, `must have at most ${EVENT_LINES_MAX} lines; send more under another event id`)
      .optional(),
    shipmentEventId: outsideId.optional(),
    reason: printableReason.optional(),
  })
  .superRefine((event, context) => {
    const fault = (path: (string | number)[], message: string) => context.addIssue({ code: "custom", path, message });
    if (event.type === "shipment-acknowledged") {
      if (event.shipmentEventId === undefined)
        fault(["shipmentEventId"], "must name the shipment that is acknowledged");
      if (event.lines !== undefined) fault(["lines"], "an acknowledgement has no lines: it covers its whole shipment");
      return;
    }
    if (event.lines === undefined) fault(["lines"], "must have at least one line");
    if (event.shipmentEventId !== undefined) fault(["shipmentEventId"], "goes with shipment-acknowledged only");
    for (const [index, line] of (event.lines ?? []).entries()) {
      const wrong = event.type === "adjustment" ? line.quantity === 0 : line.quantity <= 0;
      const wanted = event.type === "adjustment" ? "must not be 0" : `must be above 0 for a ${event.type}`;
      if (wrong) fault(["lines", index, "quantity"], wanted);
    }
  });

export type WireEvent = z.infer<typeof wireEvent>;

const decreasesStock: Readonly<Record<EventType, boolean>> = {
  sale: true,
  shipment: true,
  return: false,
  adjustment: false,
  "shipment-acknowledged": false,
};

/**
 * Turns a checked wire event into what the ledger reads: signed quantities, UTC times, lines numbered from 1.
 * @param receivedAt when the request arrived; it stands in for an occurredAt from the future (R9).
 */
export function fromWire(event: WireEvent, receivedAt: Date): StockEvent {
  const lines = (event.lines ?? []).map((line, index): EventLine => {
    const quantity = signed(line.quantity, decreasesStock[event.type]);
    const idType = line.sku === undefined ? normalizeIdType(line.idType ?? "") : "SKU";
    return { line: index + 1, idType, idValue: line.sku ?? line.idValue ?? "", quantity };
  });
  return {
    eventId: event.eventId,
    facilityId: event.facilityId,
    type: event.type,
    occurredAt: new Date(event.occurredAt).toISOString(),
    receivedAt: receivedAt.toISOString(),
    lines,
    ...(event.shipmentEventId !== undefined && { shipmentEventId: event.shipmentEventId }),
    ...(event.reason !== undefined && { reason: event.reason }),
  };
}

function signed(value: number, minus: boolean): Quantity {
  const quantity = quantityFromNumber(value);
  if (quantity === undefined) throw new RangeError(`quantity ${value} ${QUANTITY_WANTED}`);
  return minus ? negate(quantity) : quantity;
}

const KEPT_DIGITS = 32;

/**
 * The SHA-256 (hex) of everything in an event that bears on stock: facility, type, time as sent, lines, shipment named.
 * Two sendings of one event id agree in it or the id was reused (R2). The reason and the time of receipt stay out, so a
 * resend is the same event.
 */
export function contentDigest(event: StockEvent): string {
  const lines = event.lines.map((line) => [line.line, line.idType, line.idValue, line.quantity]);
  const content = [event.facilityId, event.type, event.occurredAt, event.shipmentEventId ?? null, lines];
  return hash("sha256", JSON.stringify(content));
}

/** As much of a content digest as the ledger and the inbox keep: its first 16 bytes, in hex. */
export function keptDigest(digest: string): string {
  return digest.slice(0, KEPT_DIGITS);
}

/** An event's content digest, as the ledger and the inbox keep it. */
export function ledgerDigest(event: StockEvent): string {
  return keptDigest(contentDigest(event));
}

/** The reason that every event made of a Prism document has. */
export const PRISM_DOCUMENT = "PRISM_DOCUMENT";

/** Whether an event is (a facility's part of) a Prism document: then its id and lines are known over all facilities (R2). */
export function isDocument(event: StockEvent): boolean {
  return event.reason === PRISM_DOCUMENT;
}

/**
 * Whether two sendings of one event id ask for the same. Of a document the time does not count: Prism writes the time of posting later,
 * and again, under the same sid, and its lines are what bears stock.
 */
export function isSameContent(one: StockEvent, other: StockEvent): boolean {
  if (contentDigest(one) === contentDigest(other)) return true;
  const timeless = (event: StockEvent) => contentDigest({ ...event, occurredAt: null });
  return isDocument(one) && isDocument(other) && timeless(one) === timeless(other);
}
