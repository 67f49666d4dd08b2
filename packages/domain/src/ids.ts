// Ids that the outside world gives us: facilities, products, events. They are text from end to end: a Retail Pro SID
// has 18 digits and does not fit a JavaScript number.
import { z } from "zod";

/** Longest id taken, in characters. */
export const ID_LENGTH_MAX = 128;

const NOT_PRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/u;
/** What is printed as nothing, or as a blank that is none: two ids that differ in it look the same. U+2800 is Braille's blank. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\u2800]/u;
/** Most ids are this; the rest is looked at more closely. */
const PLAIN = /^[\x21-\x7e]{1,128}$/;
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

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

/** Says whether an id is taken from outside: may stand in the ledger, and cannot be mistaken for another id by how it looks. */
export function isOutsideId(text: string): boolean {
  if (PLAIN.test(text)) return true;
  return isKeptId(text) && !INVISIBLE.test(text) && text.normalize("NFC") === text;
}

/** Says whether a kind of identification, as normalizeIdType gives it, is taken from outside. */
export function isIdType(idType: string): boolean {
  return isKeptId(idType) && PRINTABLE_ASCII.test(idType);
}

/** An id from outside: 1 to 128 printable characters, no blanks at its ends, nothing invisible, Unicode in its usual form (NFC). */
export const outsideId = z
  .string({ error: "must be a text; numbers lose digits past 2^53, so send ids in quotes" })
  .refine(isOutsideId, {
    error: `must be 1 to ${ID_LENGTH_MAX} printable characters without blanks at its ends, none of them invisible, accents composed (NFC)`,
  });

/** An id that the ledger may have. */
export const keptId = z.string().refine(isKeptId, { error: `must be 1 to ${ID_LENGTH_MAX} printable characters` });

/** The kind of an identification as it comes from outside, in any case. */
export const outsideIdType = outsideId.refine((idType) => isIdType(normalizeIdType(idType)), {
  error: "must be ASCII: letters, digits and signs, such as SKU or UPCA",
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
