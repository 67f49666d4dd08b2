// Flow 2, step 4: from a header row to the columns that matter. Sources spell them in many ways and in any order;
// what is not recognised is ignored and named, what could be read in two ways is refused.
import { shownShort } from "../showable.ts";
import {
  COLUMN_NAMES,
  type ColumnField,
  columnFields,
  ID_TYPE_OF_FIELD,
  meaningOf,
  type NamedId,
  namedIds,
  type OwnColumnNames,
  plainName,
} from "./column-names.ts";
import { FileRefused } from "./faults.ts";
import type { SnapshotMapping } from "./mapping.ts";
import { nearMisses } from "./near-misses.ts";
import { isRepairColumn, type RepairColumn, repairColumn } from "./repair.ts";

/** Where a field stands in each row. An index of -1 says that the file has no such column. */
export interface ColumnMapping {
  /** The header as sent, each name trimmed. */
  readonly columns: readonly string[];
  readonly facility: number;
  /** The facility that every row has, where the source's mapping says one; else null. */
  readonly fixedFacility?: string | null;
  readonly idType: number;
  /** The type that every row has, when the identification is a column named after its type (`sku`, `upc`, …); else null. */
  readonly fixedIdType: string | null;
  readonly idValue: number;
  /** Columns of other types of id, the preferred first: where `idValue` is empty in a row, the first that is filled names its product. */
  readonly otherIds?: readonly { readonly idType: string; readonly idValue: number }[];
  readonly quantity: number;
  /** The column that has the quantity's sign, where the source's mapping says one. */
  readonly sign?: number;
  readonly location: number;
  readonly asOf: number;
  /** What is changed in cells before they are read; undefined where nothing is. */
  readonly changes?: CellChanges;
  /** True when the file is one of our rejects files sent again: it has our columns, so its cells are guarded. */
  readonly resubmitted: boolean;
  /** Where it says which rejected rows of which reset it corrects; null for a count of its own. */
  readonly repairs: RepairColumn | null;
  /** Columns that are not used, for the report. */
  readonly ignoredColumns: readonly string[];
}

/** What the mapping of a source changes in cells: characters taken out, the names of facilities, and what stands before decimals. */
export type CellChanges = Pick<SnapshotMapping, "strip" | "facilities" | "decimal">;

const PREFERRED_FACILITY = "externalfacilityid";
const YIELDING_FACILITY = "facilityid";

/** The columns that a rejects file carries besides the row's own and that of its lines; they are never read back. */
export const ERROR_COLUMNS = ["errorCode", "errorReason", "errorFix"] as const;
const ERROR_COLUMN_NAMES: ReadonlySet<string> = new Set(ERROR_COLUMNS.map((name) => name.toLowerCase()));

/** Says whether a header cell is one of the columns that a rejects file adds. */
export function isErrorColumn(name: string): boolean {
  return ERROR_COLUMN_NAMES.has(name.trim().toLowerCase()) || isRepairColumn(name);
}

/** How many cells of a header row are names that mean something here. Used to find the delimiter. */
export function knownColumnCount(header: readonly string[]): number {
  return header.filter((name) => meaningOf(name) !== undefined || isRepairColumn(name)).length;
}

/** The columns of each field that a file uses; a field without one is not there. */
type Found = Map<ColumnField, readonly number[]>;

const ID_PAIR = ["idType", "idValue"] as const;

/**
 * Maps a header row, in any order, to the fields of a snapshot row.
 *
 * Two columns for one field are refused, because it cannot be known which of them is meant; the exceptions are that
 * `externalFacilityId` wins over `facilityId`, and that a better known name wins (see COLUMN_NAMES). An identification is one
 * field: `idType` with `idValue`, or one column named after its type. `sku` beside `upc`, `upc` beside `upca` or `sku` beside `idValue`
 * are therefore two columns for one field, unless `order` says which of them comes first. Columns that are ignored may repeat, and may have no name.
 * @param own names of one's own (SNAPSHOT_COLUMNS)
 * @param order the columns of ids to take, the preferred first (SNAPSHOT_ID_COLUMNS); none: a file must have one only
 * @throws FileRefused MISSING_COLUMN or TWO_COLUMNS_FOR_ONE_FIELD, with the columns found and the fix; BAD_REPAIR
 */
export function mapHeader(
  header: readonly string[],
  own?: OwnColumnNames,
  order: readonly NamedId[] = [],
): ColumnMapping {
  const columns = header.map((name) => name.trim());
  const repairs = repairColumn(columns);
  const found = bestKnown(columns, own, order);
  const ids = preferredIds(found, order);
  yieldFacility(columns, found);
  refuseTwoColumns(columns, found, order.includes(ids[0] ?? "sku"));
  refuseMissing(columns, found);
  const at = (field: ColumnField): number => found.get(field)?.[0] ?? -1;
  const named = ids[0];
  const otherIds = ids.slice(1).map((field) => ({ idType: ID_TYPE_OF_FIELD[field], idValue: at(field) }));
  const used = new Set([...found.values()].flat());
  const isIgnored = (index: number): boolean => !used.has(index) && !isErrorColumn(columns[index] ?? "");
  return {
    columns,
    facility: at("facility"),
    idType: at("idType"),
    fixedIdType: named === undefined ? null : ID_TYPE_OF_FIELD[named],
    idValue: at(named ?? "idValue"),
    ...(otherIds.length > 0 && { otherIds }),
    quantity: at("quantity"),
    location: at("location"),
    asOf: at("asOf"),
    resubmitted: columns.some(isErrorColumn),
    repairs,
    ignoredColumns: columns.flatMap((_, index) => (isIgnored(index) ? [nameOf(columns, index)] : [])),
  };
}

/** The columns that count: of each field those whose names are known best, and of the two ways to name a product the one known better. */
function bestKnown(columns: readonly string[], own: OwnColumnNames | undefined, order: readonly NamedId[]): Found {
  const known = columns.map((name) => (isErrorColumn(name) ? undefined : meaningOf(name, own)));
  const best = (fields: readonly ColumnField[]): number =>
    known.reduce(
      (least, each) => (each && fields.includes(each.field) ? Math.min(least, each.rank) : least),
      Number.POSITIVE_INFINITY,
    );
  const [named, pair] = [best(namedIds), best(ID_PAIR)];
  const beaten: readonly ColumnField[] = named < pair ? ID_PAIR : pair < named ? namedIds : [];
  const ranks = new Map(
    columnFields.map((field) => [field, isOf(namedIds, field) && !isOf(order, field) ? named : best([field])]),
  );
  const found = new Map<ColumnField, number[]>();
  for (const [index, each] of known.entries()) {
    if (!each || beaten.includes(each.field) || each.rank !== ranks.get(each.field)) continue;
    const before = found.get(each.field);
    if (before) before.push(index);
    else found.set(each.field, [index]);
  }
  return found;
}

function isOf(fields: readonly ColumnField[], field: ColumnField): boolean {
  return fields.includes(field);
}

/** The columns of ids that are there, as they are to be taken. Where a file has several that are in the order, the others are ignored. */
function preferredIds(found: Found, order: readonly NamedId[]): readonly NamedId[] {
  const there = namedIds.filter((field) => found.has(field));
  const preferred = order.filter((field) => found.has(field));
  if (preferred.length === 0) return there;
  for (const field of there) if (!preferred.includes(field)) found.delete(field);
  return preferred;
}

/** Takes `facilityId` out of the running where `externalFacilityId` stands too. */
function yieldFacility(columns: readonly string[], found: Found): void {
  const facilities = found.get("facility") ?? [];
  if (!facilities.some((index) => plainName(columns[index] ?? "") === PREFERRED_FACILITY)) return;
  found.set(
    "facility",
    facilities.filter((index) => plainName(columns[index] ?? "") !== YIELDING_FACILITY),
  );
}

/** @param isOrdered columns of several types of id may stand side by side, each type once */
function refuseTwoColumns(columns: readonly string[], found: Found, isOrdered: boolean): void {
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
  const shown = [...clash].sort((a, b) => a - b).slice(0, NAMES_SHOWN_MAX);
  const names = shown.map((index) => `"${nameOf(columns, index)}" (column ${index + 1})`).join(", ");
  const types = namedIds.filter((field) => clash.some((index) => found.get(field)?.includes(index)));
  const proposal =
    types.length > 1
      ? ` Or set SNAPSHOT_ID_COLUMNS=${types.join(",")}: then the first of them that is filled in a row names its product.`
      : "";
  const more = clash.length > shown.length ? ` and ${clash.length - shown.length} more` : "";
  throw new FileRefused(
    "TWO_COLUMNS_FOR_ONE_FIELD",
    `The header has ${clash.length} columns for one field: ${names}${more}. Keep the one that is meant and remove or rename the others, or name it in SNAPSHOT_COLUMNS.${proposal} ${columnsFound(columns)}`,
  );
}

function refuseMissing(columns: readonly string[], found: Found): void {
  const missing: string[] = [];
  const namedTypes = namedIds.flatMap((field) => COLUMN_NAMES[field].usual);
  if (!found.has("facility")) missing.push(`a facility (${either(COLUMN_NAMES.facility.usual)})`);
  if (!namedIds.some((field) => found.has(field))) {
    if (!found.has("idValue"))
      missing.push(
        found.has("idType")
          ? "idValue (idType is there)"
          : `an identification (idType with idValue, or one of ${namedTypes.join(", ")})`,
      );
    else if (!found.has("idType")) missing.push(`idType (idValue is there; or name its column ${either(namedTypes)})`);
  }
  if (!found.has("quantity")) missing.push(`a quantity (${either(COLUMN_NAMES.quantity.usual)})`);
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

function columnsFound(columns: readonly string[]): string {
  const names = columns.slice(0, NAMES_SHOWN_MAX).map((_, index) => nameOf(columns, index));
  const more = columns.length > NAMES_SHOWN_MAX ? ` and ${columns.length - NAMES_SHOWN_MAX} more` : "";
  return `Columns found: ${names.join(", ")}${more}.`;
}

function nameOf(columns: readonly string[], index: number): string {
  const name = shownShort(columns[index] ?? "", NAME_LENGTH_SHOWN_MAX);
  return name === "" ? `(column ${index + 1}, without a name)` : name;
}
