// Flow 2, step 4: the refusals of a header that lacks a column, or has two for one field, in words that say what was found and what to do.
import { shownShort } from "../showable.ts";
import { someOf } from "../words.ts";
import { COLUMN_NAMES, type ColumnField, knownColumnCount, namedIds } from "./column-names.ts";
import { FileRefused } from "./faults.ts";
import { nearMisses } from "./near-misses.ts";

export const ID_PAIR = ["idType", "idValue"] as const;

/**
 * Refuses two columns for one field. @param isOrdered columns of several types of id may stand side by side, each type once
 * @throws FileRefused TWO_COLUMNS_FOR_ONE_FIELD
 */
export function refuseTwoColumns(
  columns: readonly string[],
  found: ReadonlyMap<ColumnField, readonly number[]>,
  isOrdered: boolean,
): void {
  const of = (fields: readonly ColumnField[]) => fields.flatMap((field) => [...(found.get(field) ?? [])]);
  const named = of(namedIds);
  const clashes = [
    ...(["facility", "quantity", "location", "asOf", "idType", "idValue"] as const).map((field) => of([field])),
    // Next to a column such as `sku`, both idType and idValue are a second identification.
    ...(isOrdered ? namedIds.map((field) => of([field])) : []),
    named.length > 0 && !(isOrdered && of(ID_PAIR).length === 0) ? [...named, ...of(ID_PAIR)] : [],
  ];
  const clash = clashes.find((indexes) => indexes.length > 1);
  if (!clash) return;
  const names = clash.toSorted((a, b) => a - b).map((index) => `"${nameOf(columns, index)}" (column ${index + 1})`);
  const types = namedIds.filter((field) => clash.some((index) => found.get(field)?.includes(index)));
  const proposal =
    types.length > 1
      ? ` Or set SNAPSHOT_ID_COLUMNS=${types.join(",")}: then the first of them that is filled in a row names its product.`
      : "";
  throw new FileRefused(
    "TWO_COLUMNS_FOR_ONE_FIELD",
    `The header has ${clash.length} columns for one field: ${someOf(names, NAMES_SHOWN_MAX)}. Keep the one that is meant and remove or rename the others, or name it in SNAPSHOT_COLUMNS.${proposal} ${columnsFound(columns)}`,
  );
}

/** Refuses a header without a column that every file must have. @param has whether a field has one, or needs none @throws FileRefused MISSING_COLUMN */
export function refuseMissing(columns: readonly string[], has: (field: ColumnField) => boolean): void {
  const missing: string[] = [];
  const namedTypes = namedIds.flatMap((field) => COLUMN_NAMES[field].usual);
  if (!has("facility")) missing.push(`a facility (${either(COLUMN_NAMES.facility.usual)})`);
  if (!namedIds.some(has)) {
    if (!has("idValue"))
      missing.push(
        has("idType")
          ? "idValue (idType is there)"
          : `an identification (idType with idValue, or one of ${namedTypes.join(", ")})`,
      );
    else if (!has("idType")) missing.push(`idType (idValue is there; or name its column ${either(namedTypes)})`);
  }
  if (!has("quantity")) missing.push(`a quantity (${either(COLUMN_NAMES.quantity.usual)})`);
  if (missing.length === 0) return;
  const hint = looksLikeStock(columns)
    ? ` The first row looks like a row of stock: where a source sends no header, its mapping says so ("header": false) and names the columns by their numbers.`
    : columns.length === 1
      ? " Only one column was found: separate columns by a comma, a semicolon, a tab or a |."
      : "";
  throw new FileRefused(
    "MISSING_COLUMN",
    `The header lacks ${missing.join("; and ")}. ${columnsFound(columns)}${hint}${nearly(columns)} Put the names of the columns in the first row, in any order, and send the file again; or name the columns of this source in SNAPSHOT_COLUMNS. docs/snapshot-files.md lists every name that is known.`,
  );
}

/** The columns whose names are nearly ones that are known. */
function nearly(columns: readonly string[]): string {
  const near = nearMisses(columns).slice(0, NEAR_MISSES_SHOWN_MAX);
  return near
    .map(({ column, known }) => ` "${shownShort(column, NAME_LENGTH_SHOWN_MAX)}" is nearly "${known}".`)
    .join("");
}

const NEAR_MISSES_SHOWN_MAX = 5;

/** Whether a first row has numbers where names should stand. */
function looksLikeStock(columns: readonly string[]): boolean {
  const numbers = columns.filter((name) => NUMBER.test(name)).length;
  return numbers > 0 && numbers >= knownColumnCount(columns);
}

/** "a, b or c". */
function either(names: readonly string[]): string {
  return `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}

const NUMBER = /^-?\d{1,12}(?:[.,]\d{1,4})?$/;
const NAMES_SHOWN_MAX = 40;
const NAME_LENGTH_SHOWN_MAX = 60;

/** Which columns there are, as a sentence. */
export function columnsFound(columns: readonly string[]): string {
  const names = columns.map((_, index) => nameOf(columns, index));
  return `Columns found: ${someOf(names, NAMES_SHOWN_MAX)}.`;
}

/** A column as messages and reports name it. */
export function nameOf(columns: readonly string[], index: number): string {
  const name = shownShort(columns[index] ?? "", NAME_LENGTH_SHOWN_MAX);
  return name === "" ? `(column ${index + 1}, without a name)` : name;
}
