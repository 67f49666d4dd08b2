// Reset flow, within step 4: rows meet the catalogue. It is held in memory, so that the rows of products nobody sells
// online cost no round trip; what is unknown is made, rejected or skipped as the settings say.
import {
  type Catalogue,
  createFacilities,
  createProducts,
  type Database,
  type Identification,
  productKey,
  type RowReject,
  type StagedRow,
} from "@inventory-sync/db";
import {
  type ColumnMapping,
  isRejection,
  normalizeIdType,
  type RowReader,
  type RowRejection,
  rejection,
  type SnapshotRow,
} from "@inventory-sync/domain";
import type { RowBatch } from "@inventory-sync/sftp";

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
}

/** Makes the function that judges one batch after another; it remembers what it made. */
export function createResolver(database: Database, resolving: Resolving): (batch: RowBatch) => Promise<ResolvedBatch> {
  const { catalogue, policy, readRow } = resolving;
  return async ({ rows, lines }) => {
    const read = rows.map(readRow);
    const good = read.filter((row): row is SnapshotRow => !isRejection(row));
    if (policy.facility === "create") await makeFacilities(database, catalogue, good);
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
    return { staged, rejects, skipped };
  };
}

function judge(
  row: SnapshotRow | RowRejection,
  line: number,
  fields: readonly string[],
  { catalogue, policy, mapping }: Resolving,
): StagedRow | RowReject | "skipped" {
  if (isRejection(row)) return kept({ line, fields, ...named(fields, mapping, catalogue), ...row });
  const { facilityId } = row;
  const facility = catalogue.facilities.get(facilityId);
  const product = catalogue.products.get(productKey(row.idType, row.idValue));
  if (product === undefined && policy.product === "skip") return "skipped";
  if (facility === undefined) return kept({ line, fields, facilityId, ...rejection("UNKNOWN_FACILITY", facilityId) });
  if (product === undefined) {
    return kept({ line, fields, facilityId, ...rejection("UNKNOWN_PRODUCT", `${row.idType} ${row.idValue}`) });
  }
  return { facility, product, line, location: row.locationSeqId, quantity: row.quantity, asOf: row.asOf };
}

/** A reject stays in memory until the file is read: its texts must not keep the chunk of the file alive that they were cut from. */
function kept(reject: RowReject): RowReject {
  const { facilityId, fields, reason } = reject;
  return {
    ...reject,
    ...{ facilityId: facilityId === null ? null : ownText(facilityId), fields: fields.map(ownText) },
    reason: ownText(reason),
  };
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
  const product = catalogue.products.get(productKey(idType, fields[mapping.idValue]?.trim() ?? ""));
  return { facilityId, ...(facility !== undefined && product !== undefined && { facility, product }) };
}

async function makeFacilities(database: Database, catalogue: Catalogue, rows: readonly SnapshotRow[]): Promise<void> {
  const unknown = new Set(rows.map((row) => row.facilityId).filter((id) => !catalogue.facilities.has(id)));
  if (unknown.size === 0) return;
  await createFacilities(database.pool, [...unknown]);
  const made = await database.prisma.facility.findMany({ where: { facilityId: { in: [...unknown] } } });
  for (const facility of made) catalogue.facilities.set(facility.facilityId, facility.id);
}

async function makeProducts(database: Database, catalogue: Catalogue, rows: readonly SnapshotRow[]): Promise<void> {
  const unknown = new Map<string, Identification>();
  for (const { idType, idValue } of rows) {
    const key = productKey(idType, idValue);
    if (!catalogue.products.has(key)) unknown.set(key, { idType, idValue });
  }
  if (unknown.size === 0) return;
  const made = await createProducts(database.pool, [...unknown.values()]);
  for (const [index, key] of [...unknown.keys()].entries()) {
    const product = made[index];
    if (product !== undefined) catalogue.products.set(ownText(key), product);
  }
}
