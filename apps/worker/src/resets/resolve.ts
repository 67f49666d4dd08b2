// Reset flow, within step 4: rows meet the catalogue. It is held in memory, so that the rows of products nobody sells
// online cost no round trip; what is unknown is made, rejected or skipped as the settings say.
import {
  type Catalogue,
  createFacilities,
  createProducts,
  type Database,
  type Identification,
  productsOfType,
  type RowReject,
  type StagedRow,
} from "@inventory-sync/db";
import {
  type ColumnMapping,
  ID_LENGTH_MAX,
  isRejection,
  normalizeIdType,
  type RowReader,
  type RowRejection,
  rejection,
  type SnapshotRow,
} from "@inventory-sync/domain";
import { fieldsOf, type RowBatch } from "@inventory-sync/sftp";
import { openShortWay } from "./short-way.ts";

/** What becomes of unknown facilities and products. */
export interface ResolvePolicy {
  readonly facility: "create" | "reject";
  readonly product: "create" | "reject" | "skip";
}

/** The rows of one batch, judged. */
export interface ResolvedBatch {
  readonly staged: readonly StagedRow[];
  readonly rejects: readonly RowReject[];
  readonly skipped: number;
}

interface Resolving {
  readonly catalogue: Catalogue;
  readonly policy: ResolvePolicy;
  readonly mapping: ColumnMapping;
  readonly readRow: RowReader;
  /** Asked before facilities are made; throws where the file must not make any. */
  readonly mayMakeFacilities: () => Promise<void>;
}

/** Makes the function that judges one batch after another; it remembers what it made. */
export function createResolver(
  database: Pick<Database, "pool">,
  resolving: Resolving,
): (batch: RowBatch) => Promise<ResolvedBatch> {
  const { catalogue, policy, mapping } = resolving;
  const shortWay = openShortWay({ catalogue, mapping, skipsUnknown: policy.product === "skip" });
  const carefully = createCarefulResolver(database, resolving, (fields, row) => shortWay?.learn(fields, row));
  return async (batch) => {
    const { text } = batch;
    if (!text || !shortWay) return carefully(batch);
    const { staged, skipped, left } = shortWay.take(text);
    if (left.length === 0) return { staged, rejects: [], skipped };
    const rows = left.map((row) => fieldsOf(text, row));
    const rest = await carefully({ rows, lines: left.map((row) => text.firstLine + row) });
    return { staged: staged.concat(rest.staged), rejects: rest.rejects, skipped: skipped + rest.skipped };
  };
}

/** Judges rows by their fields, whatever stands in them. @param learn is told the last good row of each batch */
function createCarefulResolver(
  database: Pick<Database, "pool">,
  resolving: Resolving,
  learn: (fields: readonly string[], row: SnapshotRow) => void,
): (batch: Pick<RowBatch, "rows" | "lines">) => Promise<ResolvedBatch> {
  const { catalogue, policy, readRow } = resolving;
  return async ({ rows, lines }) => {
    const read = rows.map(readRow);
    const good = read.filter((row): row is SnapshotRow => !isRejection(row));
    if (policy.facility === "create") await makeFacilities(database, resolving, good);
    if (policy.product === "create") await makeProducts(database, catalogue, good);
    const staged: StagedRow[] = [];
    const rejects: RowReject[] = [];
    let skipped = 0;
    for (const [index, row] of read.entries()) {
      const line = lines[index] ?? 0;
      const found = judge(row, line, rows[index] ?? [], resolving);
      if (found === "skipped") skipped += 1;
      else if ("code" in found) rejects.push(found);
      else staged.push(found);
    }
    const last = read.findLastIndex((row) => !isRejection(row));
    const lastGood = read[last];
    if (lastGood !== undefined && !isRejection(lastGood)) learn(rows[last] ?? [], lastGood);
    return { staged, rejects, skipped };
  };
}

function judge(
  row: SnapshotRow | RowRejection,
  line: number,
  fields: readonly string[],
  { catalogue, policy, mapping }: Resolving,
): StagedRow | RowReject | "skipped" {
  if (isRejection(row)) return keptReject({ line, fields, ...named(fields, mapping, catalogue), ...row });
  const { facilityId } = row;
  const facility = catalogue.facilities.get(facilityId);
  const product = catalogue.products.get(row.idType)?.get(row.idValue);
  if (product === undefined && policy.product === "skip") return "skipped";
  if (facility === undefined)
    return keptReject({ line, fields, facilityId, ...rejection("UNKNOWN_FACILITY", facilityId) });
  if (product === undefined) {
    return keptReject({ line, fields, facilityId, ...rejection("UNKNOWN_PRODUCT", `${row.idType} ${row.idValue}`) });
  }
  return { facility, product, line, location: row.locationSeqId, quantity: row.quantity, asOf: row.asOf };
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
function named(fields: readonly string[], mapping: ColumnMapping, catalogue: Catalogue) {
  if (fields.length !== mapping.columns.length) return { facilityId: null };
  const facilityId = fields[mapping.facility]?.trim() ?? "";
  const idType = mapping.fixedIdType ?? normalizeIdType(fields[mapping.idType] ?? "");
  const facility = catalogue.facilities.get(facilityId);
  const product = catalogue.products.get(idType)?.get(fields[mapping.idValue]?.trim() ?? "");
  return { facilityId, ...(facility !== undefined && product !== undefined && { facility, product }) };
}

async function makeFacilities(
  database: Pick<Database, "pool">,
  { catalogue, mayMakeFacilities }: Resolving,
  rows: readonly SnapshotRow[],
): Promise<void> {
  const unknown = new Set(rows.map((row) => row.facilityId).filter((id) => !catalogue.facilities.has(id)));
  if (unknown.size === 0) return;
  await mayMakeFacilities();
  for (const [facilityId, id] of await createFacilities(database.pool, [...unknown])) {
    catalogue.facilities.set(facilityId, id);
  }
}

async function makeProducts(
  database: Pick<Database, "pool">,
  catalogue: Catalogue,
  rows: readonly SnapshotRow[],
): Promise<void> {
  const unknown = new Map<string, Identification>();
  for (const { idType, idValue } of rows) {
    if (catalogue.products.get(idType)?.has(idValue)) continue;
    unknown.set(`${idType}\u0000${idValue}`, { idType: ownText(idType), idValue: ownText(idValue) });
  }
  if (unknown.size === 0) return;
  const wanted = [...unknown.values()];
  const made = await createProducts(database.pool, wanted);
  for (const [index, { idType, idValue }] of wanted.entries()) {
    const product = made[index];
    if (product !== undefined) productsOfType(catalogue, idType).set(idValue, product);
  }
}
