// Ids that the outside world gives us: facilities, products, events. They are text from end to end: a Retail Pro SID
// has 18 digits and does not fit a JavaScript number.
import { z } from "zod";
import { isShowable } from "./showable.ts";

/** Longest id taken, in characters. */
export const ID_LENGTH_MAX = 128;

const NOT_PRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u;
/** Most ids are of ASCII: 1 to 128 characters, none of which needs a second look. */
const PLAIN = /^[\x21-\x7e](?:[\x20-\x7e]{0,126}[\x21-\x7e])?$/;

/** Says whether a text has no control, formatting or unassigned characters, so that it is safe to store and to show. */
export function isPrintable(text: string): boolean {
  return !NOT_PRINTABLE.test(text);
}

/**
 * Says whether an id may stand in the ledger: 1 to 128 printable characters, no blanks at its ends. What was accepted before
 * isOutsideId became stricter is still applied and found by this.
 */
export function isKeptId(text: string): boolean {
  if (text.length === 0 || text.length > ID_LENGTH_MAX) return false;
  return text.trim() === text && isPrintable(text);
}

/**
 * Says whether a text is 1 to 128 printable characters with something other than blanks in it and none at its ends. Each
 * id that people see has one spelling: no invisible characters, or "S001" would be two facilities, and letters with their
 * accents as one character (NFC).
 */
export function isOutsideId(text: string): boolean {
  return PLAIN.test(text) || (isKeptId(text) && isShowable(text) && text.normalize("NFC") === text);
}

const PLAIN_NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._@+-]{0,63}$/u;

/** Says whether a text will do as a name that operators give and type: of a client, of a person who signs in. */
export function isPlainName(text: string): boolean {
  return isOutsideId(text) && PLAIN_NAME.test(text);
}

export const PLAIN_NAME_WANTED = "must be 1 to 64 letters, digits and . _ - @ +, and begin with a letter or a digit";

export const OUTSIDE_ID_WANTED = `must be 1 to ${ID_LENGTH_MAX} printable characters (composed by NFC, none of them invisible) without blanks at its ends`;

/** An id from outside: 1 to 128 printable characters, no blanks at its ends. */
export const outsideId = z
  .string({ error: "must be a text; numbers lose digits past 2^53, so send ids in quotes" })
  .refine(isOutsideId, { error: OUTSIDE_ID_WANTED });

/** Under such ids the ledger has what this system enters itself: an event of the same id would keep it from being entered. */
const OWN_EVENT = /^(?:(?:reset|revert|merge|unmerge)-[0-9a-f]{8}-|clock-|archive-opening$)/;

const OWN_EVENT_WANTED =
  "must not be an id that this system gives itself: clock-…, archive-opening, or reset-, revert-, merge-, unmerge- and a UUID";

/** The id of an event from outside. */
export const outsideEventId = outsideId.refine((text) => !OWN_EVENT.test(text), { error: OWN_EVENT_WANTED });

/** Why a text may not be the id of an event from outside; undefined when it may. */
export function eventIdFault(text: string): string | undefined {
  if (!isOutsideId(text)) return OUTSIDE_ID_WANTED;
  return OWN_EVENT.test(text) ? OWN_EVENT_WANTED : undefined;
}

export const keptId = z.string().refine(isKeptId, { error: `must be 1 to ${ID_LENGTH_MAX} printable characters` });

/**
 * Says whether a text is a type of identification as it may be sent: an id of ASCII characters. Upper-casing other letters
 * may make them longer ("ß" becomes "SS") or one of these ("ſ" becomes "S"), so that what is stored is not what was checked.
 */
export function isIdType(text: string): boolean {
  return PLAIN.test(text);
}

export const outsideIdType = outsideId.refine(isIdType, {
  error: `must be 1 to ${ID_LENGTH_MAX} ASCII characters, such as SKU, UPCA or a name of your own`,
});

const ALIASES: Readonly<Record<string, string>> = {
  SHOPIFYPRODUCTID: "SHOPIFY_PROD_ID",
  SHOPIFY_PRODUCT_ID: "SHOPIFY_PROD_ID",
  SHOPIFYPRODID: "SHOPIFY_PROD_ID",
  UPC: "UPCA",
};

/**
 * One spelling for one kind of identification: "sku" is "SKU", "Shopify Product Id" and "shopifyProductId" are
 * "SHOPIFY_PROD_ID" (the spellings HotWax's own documents use), "UPC" is "UPCA". Any other type is upper-cased, its length as before.
 */
export function normalizeIdType(idType: string): string {
  // Letters beyond ASCII are left alone: ß would become two, and ſ would turn into the S of SKU.
  const name = idType
    .trim()
    .replace(/[a-z]+/g, (letters) => letters.toUpperCase())
    .replace(/[\s-]+/g, "_");
  return ALIASES[name] ?? name;
}
