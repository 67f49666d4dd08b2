// Flow 2, step 4: from one array of fields to one counted row, or to the reason why it is rejected; and which cells need no second
// look, for those who find them in a text without cutting them out. It runs once for each of millions of rows: no schema library,
// no allocation besides the result.
import { ID_LENGTH_MAX, isIdType, isOutsideId, normalizeIdType } from "../ids.ts";
import { QUANTITY_LENGTH_MAX, type Quantity, quantityFromText, WHOLE_DIGITS_MAX } from "../quantity.ts";
import { parseInstant, refuseFuture } from "./as-of.ts";
import { createCells, fitsColumns, idNamed, signed } from "./cells.ts";
import { type RowRejection, rejection } from "./faults.ts";
import type { ColumnMapping } from "./header.ts";

export interface SnapshotRow {
  readonly facilityId: string;
  /** Normalised, such as SKU, UPCA, SHOPIFY_PROD_ID. */
  readonly idType: string;
  readonly idValue: string;
  /** "" when the row names no location. */
  readonly locationSeqId: string;
  /** Signed: a negative count is legitimate. */
  readonly quantity: Quantity;
  /** UTC ISO time with milliseconds, or null when the row has none of its own and the file's holds. */
  readonly asOf: string | null;
}

export type RowReader = (fields: readonly string[]) => SnapshotRow | RowRejection;

/** Tells a rejected row from a good one. */
export function isRejection(result: SnapshotRow | RowRejection): result is RowRejection {
  return (result as { code?: string }).code !== undefined;
}

const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$/;
const WITHOUT_WHOLE_PART = /^([+-]?)\./;
const OUT_OF_RANGE = /^[+-]?0*[1-9]\d{10,}(?:\.\d*)?$/;
// Spreadsheets always write the sign of the exponent; without it (12E4) it may well be a real article number.
const SPREADSHEET_NUMBER = /^[+-]?\d(?:[.,]\d+)?[eE]\+\d{1,3}$/;
const DECIMAL_COMMA = /^[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+|(?=,\d))(?:,\d*)?$/;
const ID_TYPES_CACHED_MAX = 1_000;

const FIRST_PRINTABLE = 0x21;
const LAST_PRINTABLE = 0x7e;
const PLUS = 0x2b;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;

/** Whether a part of a text is an id of printable ASCII without blanks, and without the sign by which spreadsheets mangle numbers. */
export function isPlainId(text: string, start: number, end: number): boolean {
  if (end <= start || end - start > ID_LENGTH_MAX) return false;
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code < FIRST_PRINTABLE || code > LAST_PRINTABLE || code === PLUS) return false;
  }
  return true;
}

/** Whether a part of a text is a whole number as it is kept: at most ten digits, no leading zero, no sign but a minus. */
export function isPlainWhole(text: string, start: number, end: number): boolean {
  const first = text.charCodeAt(start) === MINUS ? start + 1 : start;
  if (end <= first || end - first > WHOLE_DIGITS_MAX) return false;
  if (text.charCodeAt(first) === ZERO) return end - start === 1;
  for (let at = first; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code < ZERO || code > NINE) return false;
  }
  return true;
}

/**
 * Makes the reader for files with this header. Blanks around values do not count. The row's column count is checked
 * here, since a reader of CSV lets short and long rows through. Files that have our columns of errors were written by us
 * with guarded cells, so there (and only there) the guard is taken off again.
 *
 * The reader returns a rejection for a bad row and throws FileRefused AS_OF_IN_FUTURE when a row's time lies more than
 * five minutes after `nowMs`: then the sender's clock is wrong and no row of the file can be trusted.
 */
export function createRowReader(mapping: ColumnMapping, nowMs: number): RowReader {
  const idTypes = new Map<string, string>();
  let lastFacility = "";
  let lastLocation = "";
  let lastAsOf = "";
  let lastInstant: string | undefined;
  const cells = createCells(mapping);
  const { cell, facility } = cells;

  return (fields) => {
    if (!fitsColumns(fields, mapping))
      return rejection("WRONG_COLUMN_COUNT", `${fields.length} instead of ${mapping.columns.length}`);
    const facilityId = facility(fields);
    if (facilityId !== lastFacility || facilityId === "") {
      if (!isOutsideId(facilityId)) return rejection("MISSING_FACILITY", facilityId);
      if (isMangled(facilityId)) return rejection("MANGLED_ID", facilityId);
      lastFacility = facilityId;
    }
    const { idType: written, idValue } = idNamed(fields, mapping, cells);
    const idType = mapping.fixedIdType === null ? idTypeOf(written, idTypes) : written;
    if (idType === "") return rejection("MISSING_ID", "no type");
    if (idValue === "") return rejection("MISSING_ID", "no value");
    const isGoodId = isPlainId(idValue, 0, idValue.length) || (isOutsideId(idValue) && !isMangled(idValue));
    if (!isGoodId) return rejection("MANGLED_ID", idValue);

    const locationSeqId = mapping.location < 0 ? "" : cell(fields, mapping.location);
    if (locationSeqId !== lastLocation) {
      if (locationSeqId !== "" && !isOutsideId(locationSeqId))
        return rejection("MANGLED_ID", `location ${locationSeqId}`);
      lastLocation = locationSeqId;
    }
    const unsigned = cell(fields, mapping.quantity, "quantity");
    const quantityText = mapping.sign === undefined ? unsigned : signed(unsigned, cell(fields, mapping.sign));
    if (quantityText === undefined) {
      return rejection("BAD_QUANTITY", `${unsigned} with the sign ${fields[mapping.sign ?? -1]?.trim() || "(empty)"}`);
    }
    const quantity = isPlainWhole(quantityText, 0, quantityText.length)
      ? quantityText
      : readQuantity(quantityText, mapping.changes?.decimal);
    if (typeof quantity !== "string") return quantity;

    const asOfText = mapping.asOf < 0 ? "" : cell(fields, mapping.asOf);
    if (asOfText === "") return { facilityId, idType, idValue, locationSeqId, quantity, asOf: null };
    if (asOfText !== lastAsOf) {
      lastAsOf = asOfText;
      lastInstant = parseInstant(asOfText);
      if (lastInstant !== undefined)
        refuseFuture(lastInstant, nowMs, `the row of facility ${facilityId}, ${idType} ${idValue}`);
    }
    if (lastInstant === undefined) return rejection("BAD_AS_OF", asOfText);
    return { facilityId, idType, idValue, locationSeqId, quantity, asOf: lastInstant };
  };
}

/** Reads a quantity that is not a small whole number: signs, decimals, leading zeros, and everything that is wrong. */
function readQuantity(said: string, decimal: "." | "," = "."): Quantity | RowRejection {
  // Before anything looks at it: a cell may have 64 KiB, and a file a million of them.
  if (said.length > QUANTITY_LENGTH_MAX) return rejection("BAD_QUANTITY", said);
  const signed = signInFront(said);
  const text = decimal === "." ? signed : withPoint(signed);
  if (text === undefined || !DECIMAL.test(text)) return rejection("BAD_QUANTITY", said === "" ? "empty" : said);
  if (OUT_OF_RANGE.test(text)) return rejection("QUANTITY_OUT_OF_RANGE", text);
  // Some databases print 0.5 as .5 and 5 as 5., which the strict reader would refuse.
  const whole = text.replace(WITHOUT_WHOLE_PART, "$10.");
  const quantity = quantityFromText(whole.endsWith(".") ? whole.slice(0, -1) : whole);
  return quantity ?? rejection("BAD_QUANTITY", text);
}

/** The minus in front, as a hyphen: some databases print -3 as 3-, and word processors write another sign. */
function signInFront(text: string): string {
  const isMinus = (at: number): boolean => text.at(at) === "-" || text.at(at) === "\u2212";
  if (isMinus(0)) return `-${text.slice(1)}`;
  return text.length > 1 && isMinus(-1) ? `-${text.slice(0, -1)}` : text;
}

/** A quantity in which a comma stands before the decimals, and points between thousands at most; undefined for any other. */
function withPoint(text: string): string | undefined {
  return DECIMAL_COMMA.test(text) ? text.replaceAll(".", "").replace(",", ".") : undefined;
}

function idTypeOf(text: string, cache: Map<string, string>): string {
  if (text.length > ID_LENGTH_MAX) return "";
  const known = cache.get(text);
  if (known !== undefined) return known;
  const idType = normalizeIdType(text);
  if (!isIdType(idType)) return "";
  if (cache.size < ID_TYPES_CACHED_MAX) cache.set(text, idType);
  return idType;
}

function isMangled(text: string): boolean {
  return text.includes("+") && SPREADSHEET_NUMBER.test(text);
}
