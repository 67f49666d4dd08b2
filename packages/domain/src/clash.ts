// Two contents under one event id (R2): the first is in the ledger, the second is not. What they differ in, whether that is a sale of its
// own or the first one written in another way, and under which id the second can be booked.
import { hash } from "node:crypto";
import { contentDigest, type StockEvent } from "./events.ts";
import { ID_LENGTH_MAX } from "./ids.ts";
import { isDigits } from "./values.ts";
import { shortened } from "./words.ts";

/** Sent again this much later or less, with the same change of stock, it is the same sale: nobody sells it twice so fast. */
const SAME_SALE_MS_MAX = 60_000;
/** Hex digits of the hash that makes a second event's id its own. */
const OWN_ID_DIGITS = 12;

/** How the second content stands to the first, as far as it bears on the difference. */
export interface Compared {
  /** Each product's quantity is the same in both, and so is the type. */
  readonly isSameStock: boolean;
  /** The second's time less the first's, ms. Null where the first's was replaced by its time of receipt (R9). */
  readonly laterMs: number | null;
  /** The types of both; the first's is null where it is no movement of stock. */
  readonly types: readonly [string | null, string];
}

/** `resend`: the first again, written otherwise. `stock`: another change of stock, so likely another sale. */
export const clashKinds = ["resend", "stock"] as const;
export type ClashKind = (typeof clashKinds)[number];

/** What two contents of one event id differ in, and in words. */
export function clashOf({ isSameStock, laterMs, types }: Compared): {
  readonly kind: ClashKind;
  readonly says: string;
} {
  if (!isSameStock) return { kind: "stock", says: `They change stock otherwise: ${both(types)} under one number.` };
  if (laterMs === null)
    return {
      kind: "resend",
      says: "The same products and quantities; the first one's clock was wrong, so only that tells them apart.",
    };
  const apart = Math.abs(laterMs);
  const when = `${apartText(apart)} ${laterMs < 0 ? "earlier" : "later"}`;
  if (apart > SAME_SALE_MS_MAX)
    return {
      kind: "stock",
      says: `The same products and quantities, but ${when}: likely ${both(types)} under one number.`,
    };
  const how = apart === 0 ? "with its lines in another order or under other ids" : `${when}`;
  return {
    kind: "resend",
    says: `The same products and quantities, ${how}: the same sale sent again, which is booked already.`,
  };
}

/** "two sales", "a sale and a return" */
function both([first, second]: Compared["types"]): string {
  const one = (type: string) => `${type.startsWith("a") ? "an" : "a"} ${type}`;
  return first === second ? `two ${second}s` : `${first === null ? "no movement" : one(first)} and ${one(second)}`;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

function apartText(ms: number): string {
  if (ms < 2 * MINUTE_MS) return `${Math.round(ms / SECOND_MS)} s`;
  return ms < 2 * HOUR_MS ? `${Math.round(ms / MINUTE_MS)} min` : `${Math.round(ms / HOUR_MS)} h`;
}

/** The types of event that can be booked under an id of their own: a shipment's acknowledgement names it by the id that it was sent with. */
const BOOKABLE: ReadonlySet<StockEvent["type"]> = new Set(["sale", "return", "adjustment"]);

/** Whether an event can be booked under an id of its own. */
export function isBookable({ type }: Pick<StockEvent, "type">): boolean {
  return BOOKABLE.has(type);
}

/**
 * The same event under an id of its own. The id follows from the old one and the content, so that it is the same however often it is
 * made, and the ledger counts it once (R2).
 * @param reason stands on its movements
 */
export function underOwnId(event: StockEvent, reason: string): StockEvent {
  const own = hash("sha256", JSON.stringify([event.eventId, contentDigest(event)])).slice(0, OWN_ID_DIGITS);
  const kept = shortenedId(event.eventId, ID_LENGTH_MAX - OWN_ID_DIGITS - 1);
  return { ...event, eventId: `${kept}~${own}`, reason: shortened(reason, REASON_CHARACTERS_MAX) };
}

const REASON_CHARACTERS_MAX = 255;

/** At most so many UTF-16 units, no character cut in two. */
function shortenedId(id: string, lengthMax: number): string {
  const cut = id.slice(0, lengthMax);
  return cut.length < id.length && /[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut;
}

/** Doubles have 15 to 17 digits: what a program rounded to one ends in zeros from there on. */
const ROUNDED_DIGITS_MIN = 17;

/** Whether an id ends in a long number with zeros at its end, as a number has that was rounded on its way. */
export function looksRounded(id: string): boolean {
  if (!id.endsWith("00")) return false;
  let digits = 0;
  while (digits < ROUNDED_DIGITS_MIN && isDigits(id.at(-1 - digits) ?? "")) digits += 1;
  return digits === ROUNDED_DIGITS_MIN;
}

export const ROUNDED_HINT =
  "The id ends in 00 after 17 digits or more: a program on the way has likely rounded it, so that different sales get one id. Have ids sent as texts, in quotes, all the way.";
