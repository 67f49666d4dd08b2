// Flow 2, staging: from a header row and the mapping of its source to the columns that matter. What the mapping says comes first; what
// it leaves open the names in the header say.
import { shownShort } from "../showable.ts";
import { type ColumnField, meaningOf, type NamedId, type OwnColumnNames, plainName } from "./column-names.ts";
import { FileRefused } from "./faults.ts";
import { type ColumnMapping, isErrorColumn, mapHeader } from "./header.ts";
import type { MappedField, SnapshotMapping } from "./mapping.ts";
import { repairColumn } from "./repair.ts";

const NAME_LENGTH_SHOWN_MAX = 60;

/**
 * Where each field stands in the rows of a file.
 * @param header its first row, or as many names as it has columns where it has no header
 * @param order which of several columns of ids comes first (SNAPSHOT_ID_COLUMNS)
 * @throws FileRefused MISSING_COLUMN or TWO_COLUMNS_FOR_ONE_FIELD, with the columns found and the fix; BAD_REPAIR
 */
export function mapColumns(
  header: readonly string[],
  mapping: SnapshotMapping,
  own: OwnColumnNames = new Map(),
  order: readonly NamedId[] = [],
): ColumnMapping {
  const { columns, strip, facilities, decimal } = mapping;
  const isChanged = decimal !== "." || Object.keys(strip).length + Object.keys(facilities).length > 0;
  const changes = isChanged ? { changes: { strip, facilities, decimal } } : {};
  if (Object.keys(columns).length === 0) return { ...mapHeader(header, own, order), ...changes };
  const names = header.map((name) => name.trim());
  const place = (field: MappedField): number => {
    const said = columns[field];
    return said === undefined || typeof said === "object" ? -1 : placeOf(names, said, field);
  };
  const at = {
    facility: place("facility"),
    idType: place("idType"),
    idValue: place("idValue"),
    quantity: place("quantity"),
    sign: place("sign"),
    asOf: place("asOf"),
    location: place("location"),
  };
  const fixedFacility = typeof columns.facility === "object" ? columns.facility.value : null;
  const fixedIdType = typeof columns.idType === "object" ? columns.idType.value : null;
  const found = mapOpen(names, { at, fixedFacility, fixedIdType, own, order, mapping });
  const used = new Set([
    found.facility,
    found.idType,
    found.idValue,
    found.quantity,
    at.sign,
    found.asOf,
    found.location,
    ...(found.otherIds ?? []).map((other) => other.idValue),
  ]);
  return {
    ...found,
    columns: names,
    resubmitted: names.some(isErrorColumn),
    repairs: repairColumn(names),
    ...(fixedFacility === null ? {} : { fixedFacility }),
    ...(at.sign < 0 ? {} : { sign: at.sign }),
    ...changes,
    ignoredColumns: names.flatMap((name, index) =>
      used.has(index) || isErrorColumn(name)
        ? []
        : [name === "" ? `(column ${index + 1}, without a name)` : shownShort(name, NAME_LENGTH_SHOWN_MAX)],
    ),
  };
}

/** The columns, from 0, that are read of a file. */
export function columnsRead(mapping: ColumnMapping): ReadonlySet<number> {
  const { facility, idType, idValue, otherIds = [], quantity, sign = -1, location, asOf, repairs } = mapping;
  const others = otherIds.map((other) => other.idValue);
  const read = [...others, facility, idType, idValue, quantity, sign, location, asOf, repairs?.index ?? -1];
  return new Set(read.filter((index) => index >= 0));
}

interface Placed {
  readonly at: Readonly<Record<MappedField, number>>;
  readonly fixedFacility: string | null;
  readonly fixedIdType: string | null;
  readonly own: OwnColumnNames;
  readonly order: readonly NamedId[];
  readonly mapping: SnapshotMapping;
}

const IDS: readonly ColumnField[] = ["idType", "idValue", "sku", "upca", "ean", "alu"];

/** What the mapping leaves open is found by name among the columns that it leaves. */
function mapOpen(
  names: readonly string[],
  { at, fixedFacility, fixedIdType, own, order, mapping }: Placed,
): ColumnMapping {
  if (!mapping.header) {
    const { sign: _, ...places } = at;
    return { ...places, columns: names, fixedIdType, resubmitted: false, repairs: null, ignoredColumns: [] };
  }
  const hasId = at.idValue >= 0;
  const placed = new Set<ColumnField>([
    ...(at.facility >= 0 || fixedFacility !== null ? (["facility"] as const) : []),
    ...(hasId ? IDS : []),
    ...(["quantity", "asOf", "location"] as const).filter((field) => at[field] >= 0),
  ]);
  const places = new Set(Object.values(at));
  const isOpen = (name: string, index: number): boolean => {
    const field = meaningOf(name, own)?.field;
    return !places.has(index) && (field === undefined || !placed.has(field));
  };
  // Names of ours stand behind the others for what is placed, so that the rest alone is looked for.
  const ours = ["facility", "idType", "idValue", "quantity"].filter((field) => placed.has(field as ColumnField));
  const found = mapHeader(
    [...names.map((name, index) => (isOpen(name, index) ? name : "")), ...ours],
    own,
    hasId ? [] : order,
  );
  const id = hasId ? { ...at, fixedIdType } : found;
  return {
    ...found,
    facility: placed.has("facility") ? at.facility : found.facility,
    idType: id.idType,
    fixedIdType: id.fixedIdType,
    idValue: id.idValue,
    quantity: placed.has("quantity") ? at.quantity : found.quantity,
    asOf: placed.has("asOf") ? at.asOf : found.asOf,
    location: placed.has("location") ? at.location : found.location,
  };
}

function placeOf(names: readonly string[], said: string | number, field: MappedField): number {
  const found = names.flatMap((name, index) => (plainName(name) === plainName(String(said)) ? [index] : []));
  const shown = names.slice(0, 40).map((name) => shownShort(name, NAME_LENGTH_SHOWN_MAX));
  if (typeof said === "number" && said <= names.length) return said - 1;
  const exact = names.indexOf(String(said));
  if (typeof said === "string" && exact >= 0 && names.lastIndexOf(String(said)) === exact) return exact;
  const [only, second] = found;
  if (typeof said === "string" && only !== undefined && second === undefined) return only;
  const where = typeof said === "number" ? `number ${said}` : `"${said}"`;
  throw second === undefined || typeof said === "number"
    ? new FileRefused(
        "MISSING_COLUMN",
        `The mapping of this source takes ${field} from column ${where}, which the file does not have: it has ${names.length} columns. Columns found: ${shown.join(", ")}. Correct the mapping, or the file.`,
      )
    : new FileRefused(
        "TWO_COLUMNS_FOR_ONE_FIELD",
        `The mapping of this source takes ${field} from column ${where}, and ${found.length} columns are called so. Name it by its number in the mapping, or rename the others.`,
      );
}
