// Flow 2, staging: texts that stand where an id should and are none: the words of a totals row, what a database or a spreadsheet writes for
// "nothing", and what a spreadsheet made of an id. Asked only of what is not known yet, before it is made: who really has a store or a
// product of such a name adds it first.
import { ID_LENGTH_MAX } from "../ids.ts";
import { type RowRejection, rejection } from "./faults.ts";
import type { SnapshotRow } from "./row.ts";

const TOTALS: ReadonlySet<string> = new Set(
  "total totals grandtotal subtotal sum sumtotal summe gesamt gesamtsumme totale totalgeneral soustotal totaal suma trailer footer end eof endoffile recordcount rowcount".split(
    " ",
  ),
);
const NOTHING: ReadonlySet<string> = new Set("null (null) <null> \\n nil none nan n/a undefined".split(" "));
const SPREADSHEET_ERROR = /^#(?:n\/a|ref!|value!|name\?|div\/0!|num!|null!)$/;
/** 1-Mar, 01-mar-26, Mar-01: what was 1-3, or MAR1. */
const SPREADSHEET_DATE = /^(?:\d{1,2}-[a-z]{3}(?:-\d{2,4})?|[a-z]{3}-\d{2,4})$/;
const MONTHS: ReadonlySet<string> = new Set("jan feb mar apr may jun jul aug sep oct nov dec".split(" "));
/** 7001.0: a number that passed through a program which counts in floating point. */
const WITH_POINT_ZERO = /^\d{3,}\.0{1,2}$/;
const HAS_DIGIT = /\d/;
const BETWEEN_WORDS = /[ _.:*=-]/g;

/** Why a text that is no known store's id will not be made one; undefined for any other. */
export function noFacility(id: string): RowRejection | undefined {
  return notAnId(id, "MISSING_FACILITY");
}

/** Why a text that is no known product's id will not be made one; undefined for any other. */
export function noProduct({ idValue }: Pick<SnapshotRow, "idValue">): RowRejection | undefined {
  return notAnId(idValue, "MISSING_ID");
}

/** Whether a row whose first cell is this is one of a total, or the end of its file, and so of no product. */
export function isTotalsWord(cell: string): boolean {
  return notAnId(cell.trim(), "MISSING_ID")?.code === "TOTALS_ROW";
}

function notAnId(id: string, missing: "MISSING_FACILITY" | "MISSING_ID"): RowRejection | undefined {
  if (id.length > ID_LENGTH_MAX) return undefined;
  // Of a first count all ids are new, and nearly all have a digit: those are looked at no further than they must be.
  if (HAS_DIGIT.test(id) && !id.startsWith("#"))
    return isSpreadsheetNumber(id) ? rejection("MANGLED_ID", id) : undefined;
  const said = id.toLowerCase();
  if (NOTHING.has(said)) return rejection(missing, id);
  if (TOTALS.has(said.replace(BETWEEN_WORDS, ""))) return rejection("TOTALS_ROW", id);
  return SPREADSHEET_ERROR.test(said) ? rejection("MANGLED_ID", id) : undefined;
}

function isSpreadsheetNumber(id: string): boolean {
  if (id.endsWith(".0") || id.endsWith(".00")) return WITH_POINT_ZERO.test(id);
  return id.includes("-") && isDate(id.toLowerCase());
}

function isDate(said: string): boolean {
  return SPREADSHEET_DATE.test(said) && said.split("-").some((part) => MONTHS.has(part));
}
