// Flow 2, step 4: rows meet the catalogue. It is held in memory, so that the rows of products that are not sold online cost no round
// trip; what is unknown is made, rejected or skipped as the settings say.
import {
  type Catalogue,
  createFacilities,
  createProducts,
  type Database,
  type Identification,
  productsOfType,
  type RowReject,
  type StagedRow,
  type UnknownPolicy,
} from "@inventory-sync/db";
import {
  type ColumnMapping,
  countsNothing,
  createCells,
  fitsColumns,
  ID_LENGTH_MAX,
  idNamed,
  isRejection,
  noFacility,
  noProduct,
  normalizeIdType,
  type RowReader,
  type RowRejection,
  rejection,
  type SnapshotRow,
} from "@inventory-sync/domain";
import { fieldsOf, type RowBatch } from "@inventory-sync/sftp";
import { openFastPath } from "./fast-path.ts";
import type { IdMarks } from "./id-marks.ts";
import type { FileNotes } from "./staging-tally.ts";

export interface ResolvedBatch {
  readonly staged: readonly StagedRow[];
  readonly rejects: readonly RowReject[];
  readonly skipped: number;
  /** Rows that are none: empty ones, and the header again. */
  readonly nothing: number;
}

interface Resolving {
  readonly catalogue: Catalogue;
  readonly policy: UnknownPolicy;
  readonly mapping: ColumnMapping;
  readonly readRow: RowReader;
  readonly marks: IdMarks;
  readonly notes: FileNotes;
  /** Asked before anything is made, which stays whatever becomes of the file; throws where that is not to be believed. */
  readonly believed: () => Promise<void>;
  /** Asked before facilities are made; throws where the file must not make any. */
  readonly mayMakeFacilities: () => Promise<void>;
}

/** Judges one batch after another; it remembers what it made. */
export type Resolver = (batch: RowBatch) => Promise<ResolvedBatch>;

/** Makes the resolver of a file: rows of regular text go the fast path, what that leaves goes by its fields. */
export function createResolver(database: Pick<Database, "pool">, resolving: Resolving): Resolver {
  const { catalogue, policy, mapping, marks } = resolving;
  const fastPath = openFastPath({ catalogue, mapping, marks, skipsUnknown: policy.product === "skip" });
  return async (batch) => {
    const { text } = batch;
    if (!text || !fastPath) return resolveFields(database, resolving, batch);
    const { staged, skipped, left } = fastPath.take(text);
    if (left.length === 0) return { staged, rejects: [], skipped, nothing: 0 };
    const rows = left.map((row) => fieldsOf(text, row));
    const lines = left.map((row) => text.firstLine + row);
    const rest = await resolveFields(database, resolving, { rows, lines }, fastPath.remember);
    return { ...rest, staged: staged.concat(rest.staged), skipped: skipped + rest.skipped };
  };
}

/** Judges rows by their fields, whatever stands in them. @param remember is told the last good row */
async function resolveFields(
  database: Pick<Database, "pool">,
  resolving: Resolving,
  batch: Pick<RowBatch, "rows" | "lines" | "badQuotes">,
  remember?: (fields: readonly string[], row: SnapshotRow) => void,
): Promise<ResolvedBatch> {
  const { policy, mapping, readRow, notes } = resolving;
  const { rows, lines, nothing, notStocked } = counting(batch, mapping);
  const { badQuotes } = batch;
  const read = rows.map((fields, index) => {
    const line = lines[index] ?? 0;
    if (badQuotes?.has(line)) return rejection("BAD_QUOTE");
    if (mapping.changes?.decimal !== ",") notes.quantities.see(fields[mapping.quantity] ?? "", line);
    const row = readRow(fields);
    return isRejection(row) ? row : (notToBeMade(row, resolving) ?? row);
  });
  const good = read.filter((row): row is SnapshotRow => !isRejection(row));
  if (policy.facility === "create") await makeFacilities(database, resolving, good);
  if (policy.product === "create") await makeProducts(database, resolving, good);
  const staged: StagedRow[] = [];
  const rejects: RowReject[] = [];
  let skipped = notStocked;
  for (const [index, row] of read.entries()) {
    const fields = rows[index] ?? [];
    const found = judge(row, { line: lines[index] ?? 0, fields }, resolving);
    if (found === "skipped") skipped += 1;
    else if ("code" in found) rejects.push(found);
    else staged.push(found);
  }
  const last = good.at(-1);
  if (last) remember?.(rows[read.lastIndexOf(last)] ?? [], last);
  return { staged, rejects, skipped, nothing };
}

/** Why a row whose store or product would have to be made names none; undefined for any other. */
function notToBeMade(row: SnapshotRow, { catalogue, policy }: Resolving): RowRejection | undefined {
  const isNew = policy.facility === "create" && !catalogue.facilities.has(row.facilityId);
  const noStore = isNew ? noFacility(row.facilityId) : undefined;
  if (noStore || policy.product !== "create") return noStore;
  return catalogue.products.get(row.idType)?.has(row.idValue) ? undefined : noProduct(row);
}

/** The rows of a batch that count something. */
function counting({ rows, lines }: Pick<RowBatch, "rows" | "lines">, mapping: ColumnMapping) {
  const said = rows.map((fields) => countsNothing(fields, mapping));
  if (said.every((each) => each === undefined)) return { rows, lines, nothing: 0, notStocked: 0 };
  return {
    rows: rows.filter((_, index) => said[index] === undefined),
    lines: lines.filter((_, index) => said[index] === undefined),
    nothing: said.filter((each) => each === "nothing").length,
    notStocked: said.filter((each) => each === "not-stocked").length,
  };
}

function judge(
  row: SnapshotRow | RowRejection,
  { line, fields }: { readonly line: number; readonly fields: readonly string[] },
  { catalogue, policy, mapping, marks }: Resolving,
): StagedRow | RowReject | "skipped" {
  if (isRejection(row)) return keptReject({ line, fields, ...named(fields, mapping, catalogue), ...row });
  const { facilityId } = row;
  const facility = catalogue.facilities.get(facilityId);
  const ofType = catalogue.products.get(row.idType);
  const product = ofType?.get(row.idValue);
  if (product === undefined && policy.product === "skip") return "skipped";
  if (facility === undefined)
    return keptReject({ line, fields, facilityId, ...rejection("UNKNOWN_FACILITY", facilityId) });
  if (ofType === undefined || product === undefined) {
    return keptReject({ line, fields, facilityId, ...rejection("UNKNOWN_PRODUCT", `${row.idType} ${row.idValue}`) });
  }
  const location = row.locationSeqId + marks.mark(product, ofType, row.idValue);
  return { facility, product, line, location, quantity: row.quantity, asOf: row.asOf };
}

/** Nothing that a row may say is longer; what is longer is for people, to whom its beginning says enough. */
const CELL_LENGTH_KEPT_MAX = 1_000;

/**
 * A reject as it is kept. It stays in memory until the file is read, so its texts must not keep the chunk of the file alive
 * that they were cut from; and its cells are kept up to 1,000 characters each, in the rejects file and on record alike.
 */
export function keptReject(reject: RowReject): RowReject {
  const { facilityId, fields, reason } = reject;
  return {
    ...reject,
    facilityId: facilityId === null || facilityId.length > ID_LENGTH_MAX ? null : ownText(facilityId),
    fields: fields.map((cell) => ownText(shortCell(cell))),
    reason: ownText(reason),
  };
}

function shortCell(cell: string): string {
  return cell.length > CELL_LENGTH_KEPT_MAX ? `${cell.slice(0, CELL_LENGTH_KEPT_MAX)}…` : cell;
}

/** The same text in memory of its own. */
function ownText(text: string): string {
  return Buffer.from(text, "utf8").toString("utf8");
}

/**
 * Whose row a bad row is, as far as it says: its facility counts it, and the product's other rows must not be applied
 * without it.
 */
export function named(fields: readonly string[], mapping: ColumnMapping, catalogue: Catalogue) {
  if (!fitsColumns(fields, mapping)) return { facilityId: null };
  const cells = createCells(mapping);
  const facilityId = cells.facility(fields);
  const { idType: written, idValue } = idNamed(fields, mapping, cells);
  const idType = mapping.fixedIdType === null ? normalizeIdType(written) : written;
  const facility = catalogue.facilities.get(facilityId);
  const product = catalogue.products.get(idType)?.get(idValue);
  return { facilityId, ...(facility !== undefined && product !== undefined && { facility, product }) };
}

async function makeFacilities(
  database: Pick<Database, "pool">,
  { catalogue, believed, mayMakeFacilities, notes }: Resolving,
  rows: readonly SnapshotRow[],
): Promise<void> {
  const unknown = new Set(rows.map((row) => row.facilityId).filter((id) => !catalogue.facilities.has(id)));
  if (unknown.size === 0) return;
  await believed();
  await mayMakeFacilities();
  notes.newFacilities([...unknown], catalogue.facilities.keys());
  for (const [facilityId, id] of await createFacilities(database.pool, [...unknown])) {
    catalogue.facilities.set(facilityId, id);
  }
}

async function makeProducts(
  database: Pick<Database, "pool">,
  { catalogue, believed }: Resolving,
  rows: readonly SnapshotRow[],
): Promise<void> {
  const unknown = new Map<string, Identification>();
  for (const { idType, idValue } of rows) {
    if (catalogue.products.get(idType)?.has(idValue)) continue;
    unknown.set(`${idType}\u0000${idValue}`, { idType: ownText(idType), idValue: ownText(idValue) });
  }
  if (unknown.size === 0) return;
  await believed();
  const wanted = [...unknown.values()];
  const made = await createProducts(database.pool, wanted);
  for (const [index, { idType, idValue }] of wanted.entries()) {
    const product = made[index];
    if (product !== undefined) productsOfType(catalogue, idType).set(idValue, product);
  }
}
