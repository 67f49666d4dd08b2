// Flow 2, step 4: from a header row to the columns that matter. What the mapping of a source says comes first; what it leaves open the names in
// the header say. Sources spell them in many ways and in any order; what is not recognised is ignored and named, what could be read in two ways
// is refused.
import {
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
import { columnsFound, ID_PAIR, nameOf, refuseMissing, refuseTwoColumns } from "./header-faults.ts";
import { type MappedField, mappedFields, type SnapshotMapping } from "./mapping.ts";
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

/** What the mapping of a source says of its columns: of these no name is asked. */
interface Placed {
  /** Where fields stand, from 0. */
  readonly at: Readonly<Partial<Record<ColumnField | "sign", number>>>;
  /** What every row has. */
  readonly facility?: string | undefined;
  readonly idType?: string | undefined;
  /** There are no names to be asked. */
  readonly isAll?: boolean;
}

/**
 * Where each field stands in the rows of a file.
 * @param header its first row, or as many names as it has columns where it has no header
 * @param own names of one's own (SNAPSHOT_COLUMNS)
 * @param order the columns of ids to take, the preferred first (SNAPSHOT_ID_COLUMNS); none: a file must have one only
 * @throws FileRefused MISSING_COLUMN or TWO_COLUMNS_FOR_ONE_FIELD, with the columns found and the fix; BAD_REPAIR
 */
export function mapColumns(
  header: readonly string[],
  { header: hasNames, columns, strip, facilities, decimal }: SnapshotMapping,
  own?: OwnColumnNames,
  order?: readonly NamedId[],
): ColumnMapping {
  const names = header.map((name) => name.trim());
  const at: Partial<Record<MappedField, number>> = {};
  for (const field of mappedFields) {
    const said = columns[field];
    if (said !== undefined && typeof said !== "object") at[field] = placeOf(names, said, field);
  }
  const facility = typeof columns.facility === "object" ? columns.facility.value : undefined;
  const idType = typeof columns.idType === "object" ? columns.idType.value : undefined;
  const isChanged = decimal !== "." || Object.keys(strip).length + Object.keys(facilities).length > 0;
  return {
    ...mapHeader(names, own, order, { at, facility, idType, isAll: !hasNames }),
    ...(isChanged && { changes: { strip, facilities, decimal } }),
  };
}

/**
 * Maps a header row, in any order, to the fields of a snapshot row.
 *
 * Two columns for one field are refused, because it cannot be known which of them is meant; the exceptions are that
 * `externalFacilityId` wins over `facilityId`, and that a better known name wins (see COLUMN_NAMES). An identification is one
 * field: `idType` with `idValue`, or one column named after its type. `sku` beside `upc`, `upc` beside `upca` or `sku` beside `idValue`
 * are therefore two columns for one field, unless `order` says which of them comes first. Columns that are ignored may repeat, and may have no name.
 * @param own and `order`: as of mapColumns @param placed what its source says of some of the columns
 * @throws as mapColumns
 */
export function mapHeader(
  header: readonly string[],
  own?: OwnColumnNames,
  order: readonly NamedId[] = [],
  placed: Placed = { at: {} },
): ColumnMapping {
  const columns = header.map((name) => name.trim());
  const repairs = repairColumn(columns);
  const isPlaced = (field: ColumnField): boolean =>
    placed.isAll === true ||
    placed.at[field] !== undefined ||
    (field === "facility" && placed.facility !== undefined) ||
    (placed.at.idValue !== undefined && (isOf(ID_PAIR, field) || isOf(namedIds, field)));
  const taken = new Set(Object.values(placed.at));
  const found = bestKnown(
    columns.map((name, index) => {
      const known = isErrorColumn(name) || taken.has(index) ? undefined : meaningOf(name, own);
      return known && !isPlaced(known.field) ? known : undefined;
    }),
    order,
  );
  const ids = preferredIds(found, order);
  yieldFacility(columns, found);
  refuseTwoColumns(columns, found, order.includes(ids[0] ?? "sku"));
  refuseMissing(columns, (field) => found.has(field) || isPlaced(field));
  const at = (field: ColumnField): number => placed.at[field] ?? found.get(field)?.[0] ?? -1;
  const named = ids[0];
  const otherIds = ids.slice(1).map((field) => ({ idType: ID_TYPE_OF_FIELD[field], idValue: at(field) }));
  const { sign } = placed.at;
  const used = new Set([...taken, ...[...found.values()].flat()]);
  const isIgnored = (index: number): boolean => !used.has(index) && !isErrorColumn(columns[index] ?? "");
  return {
    columns,
    facility: at("facility"),
    ...(placed.facility !== undefined && { fixedFacility: placed.facility }),
    idType: at("idType"),
    fixedIdType: named === undefined ? (placed.idType ?? null) : ID_TYPE_OF_FIELD[named],
    idValue: at(named ?? "idValue"),
    ...(otherIds.length > 0 && { otherIds }),
    quantity: at("quantity"),
    ...(sign !== undefined && { sign }),
    location: at("location"),
    asOf: at("asOf"),
    resubmitted: columns.some(isErrorColumn),
    repairs,
    ignoredColumns: columns.flatMap((_, index) => (isIgnored(index) ? [nameOf(columns, index)] : [])),
  };
}

/** The columns, from 0, that are read of a file. */
export function columnsRead(mapping: ColumnMapping): ReadonlySet<number> {
  const { facility, idType, idValue, otherIds = [], quantity, sign = -1, location, asOf, repairs } = mapping;
  const others = otherIds.map((other) => other.idValue);
  const read = [...others, facility, idType, idValue, quantity, sign, location, asOf, repairs?.index ?? -1];
  return new Set(read.filter((index) => index >= 0));
}

type Found = Map<ColumnField, number[]>;

/** The columns that count: of each field those whose names are known best, and of the two ways to name a product the one known better. */
function bestKnown(known: readonly ReturnType<typeof meaningOf>[], order: readonly NamedId[]): Found {
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
  const found: Found = new Map();
  for (const [index, each] of known.entries()) {
    if (!each || beaten.includes(each.field) || each.rank !== ranks.get(each.field)) continue;
    const same = found.get(each.field);
    if (same) same.push(index);
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

/** The column that a mapping says, by its number from 1 or its name. */
function placeOf(names: readonly string[], said: string | number, field: MappedField): number {
  if (typeof said === "number" && said <= names.length) return said - 1;
  const isCalled = (name: string): boolean => typeof said === "string" && plainName(name) === plainName(said);
  const called = names.flatMap((name, index) => (isCalled(name) ? [index] : []));
  const exact = called.filter((index) => names[index] === said);
  const [only, second] = exact.length === 1 ? exact : called;
  if (only !== undefined && second === undefined) return only;
  const what = `The mapping of this source takes ${field} from column ${typeof said === "number" ? `number ${said}` : `"${said}"`}`;
  if (only !== undefined)
    throw new FileRefused(
      "TWO_COLUMNS_FOR_ONE_FIELD",
      `${what}, and ${called.length} columns are called so. Name it by its number in the mapping, or rename the others.`,
    );
  throw new FileRefused(
    "MISSING_COLUMN",
    `${what}, which the file does not have: it has ${names.length} columns. ${columnsFound(names)} Correct the mapping, or the file.`,
  );
}
