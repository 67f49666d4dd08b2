// Flow 2, staging: what an operator should know of a file that is read all the same: a column that nobody reads and that may be the sign of
// the quantities, counts that are all below zero, ids that were rounded, points that may stand between thousands.
import { shownShort } from "../showable.ts";
import { plural, quantityText } from "../words.ts";
import type { ColumnMapping } from "./header.ts";
import { isTotalsWord } from "./no-name.ts";

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

/** No product that is known here is meant by a row that was rejected for this. */
const OF_NO_PRODUCT = new Set(["UNKNOWN_PRODUCT", "UNKNOWN_FACILITY", "TOTALS_ROW"]);

/** What rejected rows that do not say of which product they are keep from becoming 0, for one of them may be of a product that is not listed. */
export interface Nameless {
  /** Outside ids of the facilities that the rows name. */
  readonly keptAt: readonly string[];
  /** One of the rows names no facility either. */
  readonly everywhere: boolean;
  readonly note: string;
}

/**
 * Rejected rows that do not say of which product they are, of a file of which what it does not list becomes 0; undefined where all do.
 * @param unkept rejected rows that are counted only, and name neither
 */
export function namelessRows(
  rejects: readonly {
    readonly code: string;
    readonly facilityId: string | null;
    readonly product?: number;
    readonly fields: readonly string[];
  }[],
  unkept: number,
): Nameless | undefined {
  const nameless = rejects.filter(
    ({ code, product, fields: [first = ""] }) =>
      product === undefined && !OF_NO_PRODUCT.has(code) && !isTotalsWord(first),
  );
  const rows = unkept + nameless.length;
  if (rows === 0) return undefined;
  const keptAt = [...new Set(nameless.flatMap(({ facilityId }) => facilityId ?? []))];
  const everywhere = unkept > 0 || nameless.some(({ facilityId }) => facilityId === null);
  const where = everywhere ? "" : ` of ${plural(keptAt.length, "store")}`;
  const [those, it] = rows === 1 ? ["does", "it"] : ["do", "them"];
  const note = `${plural(rows, "rejected row")} ${those} not say of which product. A product that is not listed may be meant by ${it}, so those${where} keep their stock, and are not set to 0 (ABSENT_ROWS=zero). Correct the export and send the whole file again.`;
  return { keptAt, everywhere, note };
}

/** What the first rows of a file make one doubt. @param rows some rows, such as the first */
export function doubtsOf(mapping: ColumnMapping, rows: readonly (readonly string[])[]): string[] {
  const doubts = [signDoubt(mapping, rows), belowZeroDoubt(mapping, rows), roundedIdsDoubt(mapping, rows)];
  return doubts.filter((doubt) => doubt !== undefined);
}

const ALIKE_ROWS_MIN = 10;
const NUMBER_BELOW_ZERO = /^-\d/;
const ZERO = /^[+-]?0*(?:\.0*)?$/;

/** Counts all of which are below zero: an export that tells what was taken, not what is there. */
function belowZeroDoubt({ quantity }: ColumnMapping, rows: readonly (readonly string[])[]): string | undefined {
  const counts = rows.map((fields) => fields[quantity]?.trim().slice(0, NAME_LENGTH_MAX) ?? "");
  const some = counts.filter((text) => !ZERO.test(text));
  if (some.length < ALIKE_ROWS_MIN || !some.every((text) => NUMBER_BELOW_ZERO.test(text))) return undefined;
  return `All of its first ${quantityText(some.length)} counts that are not 0 are below zero. That is rarely what is on hand: if the export turned the sign, or says what was sold, reject or revert this count.`;
}

/** Digits that a spreadsheet keeps of a number. */
const DIGITS_KEPT = 15;
const ROUNDED_NUMBER = /^\d{15}0{2,}$/;

/** Long numbers as ids all of which end in zeros behind the 15th digit: a spreadsheet has rounded them, and several have become one. */
function roundedIdsDoubt({ idValue }: ColumnMapping, rows: readonly (readonly string[])[]): string | undefined {
  const ids = rows.map((fields) => fields[idValue]?.trim().slice(0, NAME_LENGTH_MAX) ?? "");
  const long = ids.filter((id) => id.length > DIGITS_KEPT + 1 && LONG_NUMBER.test(id));
  if (long.length < ALIKE_ROWS_MIN || !long.every((id) => ROUNDED_NUMBER.test(id))) return undefined;
  return `Its ids of more than 15 digits all end in zeros, such as ${long[0]}: a spreadsheet keeps 15 digits and rounds the rest. Export the column as text, or send the file without opening it in a spreadsheet.`;
}

const LONG_NUMBER = /^\d+$/;

/** Quantities as a file writes them that are no whole numbers: whether points stand between thousands there. */
export class PointsInQuantities {
  #thousands = 0;
  #others = 0;
  #first = "";

  see(cell: string, line: number): void {
    if (!cell.includes(".") || cell.length > NAME_LENGTH_MAX) return;
    const text = cell.trim();
    if (!POINT_OF_THOUSANDS.test(text)) this.#others += 1;
    else if (this.#thousands++ === 0) this.#first = `${text} on line ${line}`;
  }

  /** What is to be said of them, of so many rows in all; undefined where there is nothing. */
  doubt(rows: number): string | undefined {
    if (this.#thousands === 0 || this.#others > 0 || this.#thousands * 2 > rows) return undefined;
    return `${plural(this.#thousands, "quantity", "quantities")} of ${quantityText(rows)} ${this.#thousands === 1 ? "has" : "have"} a point before three digits (${this.#first}), all others are whole. They were read as fractions. If the point stands between thousands, say so in the mapping of this source ("decimal": ","), and send the file again.`;
  }
}

const POINT_OF_THOUSANDS = /^[+-]?\d{1,3}\.\d{3}$/;

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
