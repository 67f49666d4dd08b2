// Reset flow, staging: from a header row to the columns that matter. Sources spell them in many ways and in any order;
// what is not recognised is ignored and named, what could be read in two ways is refused.
import { shownShort } from "../showable.ts";
import { FileRefused } from "./refusals.ts";

type Field = "facility" | "idType" | "idValue" | "quantity" | "location" | "asOf";

/** Where a field stands in each row. An index of -1 says that the file has no such column. */
export interface ColumnMapping {
  /** The header as sent, each name trimmed. */
  readonly columns: readonly string[];
  readonly facility: number;
  readonly idType: number;
  /** The type that every row has, when the identification is a column named after its type (`sku`, `upc`, …); else null. */
  readonly fixedIdType: string | null;
  readonly idValue: number;
  readonly quantity: number;
  readonly location: number;
  readonly asOf: number;
  /** True when the file is one of our rejects files sent again: it has our error columns. */
  readonly mended: boolean;
  /** Columns that are not used, for the report. */
  readonly ignoredColumns: readonly string[];
}

const PREFERRED_FACILITY = "externalfacilityid";
const YIELDING_FACILITY = "facilityid";

const FIELD_OF_NAME: ReadonlyMap<string, Field> = new Map<string, Field>([
  ["externalfacilityid", "facility"],
  ["facilityid", "facility"],
  ["facility_id", "facility"],
  ["store", "facility"],
  ["storecode", "facility"],
  ["store_code", "facility"],
  ["store_number", "facility"],
  ["idtype", "idType"],
  ["id_type", "idType"],
  ["idvalue", "idValue"],
  ["id_value", "idValue"],
  ["availableqty", "quantity"],
  ["quantity", "quantity"],
  ["qty", "quantity"],
  ["onhand", "quantity"],
  ["on_hand", "quantity"],
  ["quantityonhand", "quantity"],
  ["locationseqid", "location"],
  ["asof", "asOf"],
  ["as_of", "asOf"],
  ["effectiveat", "asOf"],
]);

const ID_TYPE_OF_NAME: ReadonlyMap<string, string> = new Map([
  ["sku", "SKU"],
  ["upc", "UPCA"],
  ["upca", "UPCA"],
  ["ean", "EAN"],
  ["alu", "ALU"],
]);

const FIELD_WORDS: Readonly<Record<Field, string>> = {
  facility: "a facility (externalFacilityId, facilityId, facility_id, store, storeCode, store_code or store_number)",
  idType: "idType (with idValue)",
  idValue: "an identification (idType with idValue, or one of sku, upc, upca, ean, alu)",
  quantity: "a quantity (availableQty, quantity, qty, onHand, on_hand or quantityOnHand)",
  location: "locationSeqId",
  asOf: "a time (asOf, as_of or effectiveAt)",
};

/** The two columns that a rejects file carries besides the row's own; they are never read back. */
export const ERROR_COLUMNS: readonly [string, string] = ["errorCode", "errorReason"];
const ERROR_COLUMN_NAMES: ReadonlySet<string> = new Set(ERROR_COLUMNS.map((name) => name.toLowerCase()));

/** Says whether a header cell is one of the columns that a rejects file adds. */
export function isErrorColumn(name: string): boolean {
  return ERROR_COLUMN_NAMES.has(plain(name));
}

/** How many cells of a header row are names that mean something here. Used to find the delimiter. */
export function knownColumnCount(header: readonly string[]): number {
  return header.filter((name) => FIELD_OF_NAME.has(plain(name)) || ID_TYPE_OF_NAME.has(plain(name))).length;
}

/**
 * Maps a header row, in any case and order, to the fields of a snapshot row.
 *
 * Two columns for one field are refused, because nobody can say which of them is meant; the one exception is that
 * `externalFacilityId` wins over `facilityId`. An identification is one field: `idType` with `idValue`, or one column
 * named after its type. `sku` beside `upc`, `upc` beside `upca` or `sku` beside `idValue` are therefore two columns for one field.
 * Columns that are ignored may repeat, and may have no name.
 * @throws FileRefused MISSING_COLUMN or TWO_COLUMNS_FOR_ONE_FIELD, with the columns found and the fix
 */
export function mapHeader(header: readonly string[]): ColumnMapping {
  const columns = header.map((name) => name.trim());
  const found = new Map<Field, number[]>();
  const namedIds: number[] = [];
  const ignored: number[] = [];
  let mended = false;
  for (const [index, name] of columns.entries()) {
    const field = FIELD_OF_NAME.get(plain(name));
    const before = field && found.get(field);
    if (before) before.push(index);
    else if (field) found.set(field, [index]);
    else if (ID_TYPE_OF_NAME.has(plain(name))) namedIds.push(index);
    else if (isErrorColumn(name)) mended = true;
    else ignored.push(index);
  }
  const yielded = yieldFacility(columns, found);
  refuseTwoColumns(columns, found, namedIds);
  refuseMissing(columns, found, namedIds);
  const at = (field: Field): number => found.get(field)?.[0] ?? -1;
  const named = namedIds[0];
  return {
    columns,
    facility: at("facility"),
    idType: at("idType"),
    fixedIdType: named === undefined ? null : (ID_TYPE_OF_NAME.get(plain(columns[named] ?? "")) ?? null),
    idValue: named ?? at("idValue"),
    quantity: at("quantity"),
    location: at("location"),
    asOf: at("asOf"),
    mended,
    ignoredColumns: [...yielded, ...ignored].sort((a, b) => a - b).map((index) => nameOf(columns, index)),
  };
}

/** Takes `facilityId` out of the running where `externalFacilityId` stands too. Returns the columns that yielded. */
function yieldFacility(columns: readonly string[], found: Map<Field, number[]>): readonly number[] {
  const facilities = found.get("facility") ?? [];
  if (!facilities.some((index) => plain(columns[index] ?? "") === PREFERRED_FACILITY)) return [];
  const yields = (index: number): boolean => plain(columns[index] ?? "") === YIELDING_FACILITY;
  found.set(
    "facility",
    facilities.filter((index) => !yields(index)),
  );
  return facilities.filter(yields);
}

function refuseTwoColumns(
  columns: readonly string[],
  found: ReadonlyMap<Field, number[]>,
  namedIds: readonly number[],
): void {
  const clashes = [...found]
    .filter(([field]) => field !== "idValue" && field !== "idType")
    .map(([, indexes]) => indexes);
  // Next to a column such as `sku`, both idType and idValue are a second identification.
  const identifications = [...namedIds, ...(found.get("idValue") ?? [])];
  const types = found.get("idType") ?? [];
  clashes.push(namedIds.length > 0 ? [...identifications, ...types] : identifications, types);
  const clash = clashes.find((indexes) => indexes.length > 1);
  if (!clash) return;
  const shown = [...clash].sort((a, b) => a - b).slice(0, NAMES_SHOWN_MAX);
  const names = shown.map((index) => `"${nameOf(columns, index)}" (column ${index + 1})`).join(", ");
  const more = clash.length > shown.length ? ` and ${clash.length - shown.length} more` : "";
  throw new FileRefused(
    "TWO_COLUMNS_FOR_ONE_FIELD",
    `The header has ${clash.length} columns for one field: ${names}${more}. Keep the one that is meant and remove or rename the others. ${columnsFound(columns)}`,
  );
}

function refuseMissing(
  columns: readonly string[],
  found: ReadonlyMap<Field, number[]>,
  namedIds: readonly number[],
): void {
  const missing: string[] = [];
  if (!found.has("facility")) missing.push(FIELD_WORDS.facility);
  if (namedIds.length === 0) {
    if (!found.has("idValue")) missing.push(found.has("idType") ? "idValue (idType is there)" : FIELD_WORDS.idValue);
    else if (!found.has("idType"))
      missing.push("idType (idValue is there; or name its column sku, upc, upca, ean or alu)");
  }
  if (!found.has("quantity")) missing.push(FIELD_WORDS.quantity);
  if (missing.length === 0) return;
  const hint =
    columns.length === 1 ? " Only one column was found: separate columns by a comma, a semicolon, a tab or a |." : "";
  throw new FileRefused(
    "MISSING_COLUMN",
    `The header lacks ${missing.join("; and ")}. ${columnsFound(columns)}${hint} Put the names of the columns in the first row, in any order, and send the file again.`,
  );
}

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

function plain(name: string): string {
  return name.trim().toLowerCase();
}
