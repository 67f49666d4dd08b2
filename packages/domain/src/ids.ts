// Ids that the outside world gives us: facilities, products, events. They are text from end to end: a Retail Pro SID
// has 18 digits and does not fit a JavaScript number.
import { z } from "zod";

/** Longest id taken, in characters. */
export const ID_LENGTH_MAX = 128;

const NOT_PRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/u;

/** Says whether a text has no control, formatting or unassigned characters, so that it is safe to store and to show. */
export function isPrintable(text: string): boolean {
  return !NOT_PRINTABLE.test(text);
}

/** Says whether a text is 1 to 128 printable characters with something other than blanks in it and none at its ends. */
export function isOutsideId(text: string): boolean {
  if (text.length === 0 || text.length > ID_LENGTH_MAX) return false;
  return text.trim() === text && isPrintable(text);
}

/** An id from outside: 1 to 128 printable characters, no blanks at its ends. */
export const outsideId = z
  .string({ error: "must be a text; numbers lose digits past 2^53, so send ids in quotes" })
  .refine(isOutsideId, { error: `must be 1 to ${ID_LENGTH_MAX} printable characters without blanks at its ends` });

const ALIASES: Readonly<Record<string, string>> = {
  SHOPIFYPRODUCTID: "SHOPIFY_PROD_ID",
  SHOPIFY_PRODUCT_ID: "SHOPIFY_PROD_ID",
  SHOPIFYPRODID: "SHOPIFY_PROD_ID",
  UPC: "UPCA",
};

/**
 * One spelling for one kind of identification: "sku" is "SKU", "Shopify Product Id" and "shopifyProductId" are
 * "SHOPIFY_PROD_ID" (the spellings HotWax's own documents use), "UPC" is "UPCA". Any other type is upper-cased.
 */
export function normalizeIdType(idType: string): string {
  const name = idType
    .trim()
    .toUpperCase()
    .replace(/[\s-]+/g, "_");
  return ALIASES[name] ?? name;
}
