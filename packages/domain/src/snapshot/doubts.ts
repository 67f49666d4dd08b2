// Flow 2, staging: what an operator should know of a file that is read all the same: a column that nobody reads and that may be the sign of
// the quantities.
import { shownShort } from "../showable.ts";
import { quantityText } from "../words.ts";
import type { ColumnMapping } from "./header.ts";

const SIGN_NAMES: ReadonlySet<string> = new Set([
  "sign",
  "signum",
  "plusminus",
  "plus/minus",
  "+/-",
  "+-",
  "p/n",
  "pn",
  "posneg",
  "pos/neg",
  "qtysign",
  "quantitysign",
  "vorzeichen",
  "signe",
  "signo",
  "segno",
  "vz",
  "direction",
  "d/c",
  "dc",
  "debitcredit",
  "debit/credit",
  "soll/haben",
]);
const SIGNS: readonly ReadonlySet<string>[] = [new Set(["+", "-"]), new Set(["P", "N"]), new Set(["PLUS", "MINUS"])];
const NAME_LENGTH_MAX = 60;
const NAMES_SHOWN_MAX = 5;
/** Fewer rows say too little. */
const ROWS_MIN = 2;

/** Of rows with another number of cells than the header more are not kept one by one: they name no product, and are all alike. */
export const MISFITS_KEPT_MAX = 10_000;

/** What is said of a file of which so many rows do not fit its header; undefined where each of them is kept. @param reason of the first: "4 instead of 3" */
export function misfitsNote(misfits: number, reason: string): string | undefined {
  if (misfits <= MISFITS_KEPT_MAX) return undefined;
  return `${quantityText(misfits)} rows have another number of cells than the header (the first: ${reason}). Only the first ${quantityText(MISFITS_KEPT_MAX)} of them are in the list of rejected rows: correct the export and send the whole file again.`;
}

/**
 * Columns that nobody reads and that seem to be the sign of the quantities: by their name, or because their cells in some rows are P and N,
 * or + and -. @param rows some rows of the file, such as its first
 */
export function signDoubt(mapping: ColumnMapping, rows: readonly (readonly string[])[]): string | undefined {
  if (mapping.sign !== undefined || mapping.resubmitted) return undefined;
  const { facility, idType, idValue, quantity, location, asOf, columns } = mapping;
  const read = new Set([facility, idType, idValue, quantity, location, asOf]);
  const suspects = columns.flatMap((name, index) => (!read.has(index) && isSign(name, index, rows) ? [name] : []));
  if (suspects.length === 0) return undefined;
  const named = suspects.slice(0, NAMES_SHOWN_MAX).map((name) => `"${shownShort(name, NAME_LENGTH_MAX)}"`);
  const which = named.length > 1 ? `The columns ${named.join(", ")} are` : `The column ${named[0]} is`;
  return `${which} not read, and may be the sign of the quantities: then each count below zero was taken as one above. Where it is, name it in the mapping of this source ("sign"), and send the file again.`;
}

function isSign(name: string, index: number, rows: readonly (readonly string[])[]): boolean {
  if (name.length <= NAME_LENGTH_MAX && SIGN_NAMES.has(name.toLowerCase().replace(/[\s_]/g, ""))) return true;
  const said = new Set(rows.map((fields) => fields[index]?.trim().toUpperCase() ?? ""));
  return (
    rows.length >= ROWS_MIN &&
    SIGNS.some((signs) => said.size === signs.size && [...said].every((text) => signs.has(text)))
  );
}
