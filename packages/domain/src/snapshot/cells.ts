// Flow 2, staging: the cells of one row as they are meant: without the blanks, guards, formulas and characters that its source puts around
// values; and the rows that say nothing. It runs once for each of millions of rows that are not plain.
import { unguardCell } from "./csv.ts";
import type { ColumnMapping } from "./header.ts";
import type { SnapshotMapping } from "./mapping.ts";

const OTHER_BLANKS = /[\u00a0\u2000-\u200a\u202f\u205f\u3000]/g;

/** Makes the reader of single cells for files with this mapping. */
export function createCells(mapping: ColumnMapping) {
  const { changes, fixedFacility, resubmitted } = mapping;
  const cell = (fields: readonly string[], index: number, field?: keyof SnapshotMapping["strip"]): string => {
    // Ids may have one blank in place of others that look like it, which programs put in to keep words together.
    const text = (fields[index] ?? "").trim().replace(OTHER_BLANKS, " ");
    const plain = withoutFormula(resubmitted ? unguardCell(text).trim() : text);
    const stripped = field === undefined ? undefined : changes?.strip[field];
    return stripped === undefined ? plain : without(plain, stripped);
  };
  const known = new Map(Object.entries(changes?.facilities ?? {}));
  return {
    /** The cell of a column, from 0; `field` says what is taken out of it. */
    cell,
    /** The facility that a row names, by our id. */
    facility: (fields: readonly string[]): string => {
      if (typeof fixedFacility === "string") return fixedFacility;
      const named = cell(fields, mapping.facility, "facility");
      return known.get(named) ?? named;
    },
  };
}

/** How a row names its product: in its column of ids, and where that is empty in the first of the others that is filled. The type is as it is written. */
export function idNamed(
  fields: readonly string[],
  mapping: ColumnMapping,
  { cell }: Pick<ReturnType<typeof createCells>, "cell">,
): { readonly idType: string; readonly idValue: string } {
  const idValue = cell(fields, mapping.idValue, "idValue");
  if (idValue === "" && mapping.otherIds)
    for (const other of mapping.otherIds) {
      const value = cell(fields, other.idValue, "idValue");
      if (value !== "") return { idType: other.idType, idValue: value };
    }
  return { idType: mapping.fixedIdType ?? cell(fields, mapping.idType, "idType"), idValue };
}

/** The value of ="00123", which a spreadsheet is given so that it keeps the zeros. */
function withoutFormula(text: string): string {
  return text.length > 3 && text.startsWith('="') && text.endsWith('"') ? text.slice(2, -1).trim() : text;
}

function without(text: string, characters: string): string {
  let left = "";
  for (const character of text) if (!characters.includes(character)) left += character;
  return left.trim();
}

/** Whether a row has a cell for each column of the header; empty ones behind them, or missing ones below no name, harm nobody. */
export function fitsColumns(fields: readonly string[], mapping: ColumnMapping): boolean {
  const { columns } = mapping;
  if (fields.length === columns.length) return true;
  if (fields.length > columns.length) {
    for (let at = columns.length; at < fields.length; at++) if (fields[at]?.trim() !== "") return false;
    return true;
  }
  for (let at = fields.length; at < columns.length; at++) if (columns[at] !== "") return false;
  return true;
}

const PLUS: ReadonlySet<string> = new Set(["", "+", "P", "PLUS", "POS", "POSITIVE"]);
const MINUS: ReadonlySet<string> = new Set(["-", "N", "MINUS", "NEG", "NEGATIVE"]);
const SIGN_LENGTH_MAX = 8;

/** A quantity with the sign that another column says; undefined where the two contradict each other or the sign is none. */
export function signed(quantity: string, sign: string): string | undefined {
  if (sign.length > SIGN_LENGTH_MAX) return undefined;
  const said = sign.toUpperCase();
  const isNegative = quantity.startsWith("-");
  if (PLUS.has(said)) return isNegative && said !== "" ? undefined : quantity;
  if (!MINUS.has(said)) return undefined;
  return isNegative ? quantity : `-${quantity.startsWith("+") ? quantity.slice(1) : quantity}`;
}

const NOT_STOCKED = "not stocked";

/**
 * What a row says that counts nothing: "nothing" where all its cells are empty or dashes, or it is the header again, "not-stocked" where it says so
 * in the place of a quantity; undefined for any other.
 */
export function countsNothing(
  fields: readonly string[],
  mapping: ColumnMapping,
): "nothing" | "not-stocked" | undefined {
  const { columns, quantity } = mapping;
  const first = fields[0]?.trim() ?? "";
  if (first === columns[0] && fields.length === columns.length && isHeader(fields, columns)) return "nothing";
  if ((first === "" || first.startsWith("--")) && fields.every(saysNothing)) return "nothing";
  const said = fields[quantity]?.trim() ?? "";
  return said.length === NOT_STOCKED.length && said.toLowerCase() === NOT_STOCKED ? "not-stocked" : undefined;
}

/** Whether a cell is empty, or part of the line that databases print below the names of columns. */
function saysNothing(text: string): boolean {
  const said = text.trim();
  for (const character of said) if (character !== "-") return false;
  return said.length !== 1;
}

function isHeader(fields: readonly string[], columns: readonly string[]): boolean {
  return fields.every((text, index) => text.trim() === columns[index]);
}
