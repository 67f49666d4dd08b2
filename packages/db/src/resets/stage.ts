// Flow 2, step 3: the rows of a snapshot file go into staging by COPY, in one transaction that ends with every facility's
// row count on record. A second stager of the same reset is refused, so a paused worker cannot mix its rows in.
import { pipeline } from "node:stream/promises";
import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import type { Database } from "../database.ts";
import { Locks } from "../locks.ts";
import { run } from "../statements.ts";
import { PART_COLUMNS, type PartPacker, packParts, type StagedRow } from "./staged-parts.ts";
import { moveReset, openParts } from "./transitions.ts";

/** A row that could not be used, with its own fields. */
export interface RowReject {
  readonly line: number;
  /** Outside id as it stood in the row, where it could be read. */
  readonly facilityId: string | null;
  readonly code: string;
  readonly reason: string;
  readonly fields: readonly string[];
  /** facility.id and product.id where the row got that far: then the product's other rows are taken out too. */
  readonly facility?: number;
  readonly product?: number;
}

/** What staging needs to know besides the rows. */
export interface StagedFile {
  readonly resetId: string;
  readonly generation: number;
  readonly sha256: string;
  readonly asOf: Date;
  readonly asOfFrom: string;
}

/** Counts and the report of a staged file. */
export interface StagedCounts {
  readonly rows: number;
  readonly skipped: number;
  readonly report: Readonly<Record<string, unknown>>;
}

/** Another worker is staging this reset, or it has moved on: there is nothing to do for this job. */
export class NotToStage extends Error {
  override readonly name = "NotToStage";
}

const STAGING_MS_MAX = 60 * 60_000;
const REJECTS_A_STATEMENT = 5_000;

/**
 * Stages one snapshot file whole or not at all and moves its reset to `reconciling`.
 * @param batches resolved rows; read with back-pressure, so memory stays bounded
 * @param after called when all rows were read: counts, the rows rejected so far, and a way to fetch the fields of lines
 *   that only the whole file shows to be contradictory
 * Throws NotToStage when this reset is not (or no longer) to be staged by this generation.
 */
export async function stageSnapshot(
  database: Database,
  file: StagedFile,
  batches: AsyncIterable<readonly StagedRow[]>,
  after: () => Promise<{
    readonly counts: StagedCounts;
    readonly rejects: readonly RowReject[];
    contradictory(lines: ReadonlyMap<number, number | null>): Promise<readonly RowReject[]>;
  }>,
): Promise<void> {
  const client = await database.pool.connect();
  let broken: Error | undefined;
  try {
    await client.query("begin");
    await client.query(`set local statement_timeout = ${STAGING_MS_MAX}`);
    await claimStaging(client, file);
    await client.query("delete from snapshot_part where reset_id = $1", [file.resetId]);
    const packer = packParts(file.resetId);
    const into = client.query(copyFrom(`copy snapshot_part (${PART_COLUMNS}) from stdin`));
    await pipeline(copyTexts(packer, batches), into);
    const { counts, rejects, contradictory } = await after();
    const taken = await settleDuplicates(client, file.resetId, { rejects, repeated: packer.repeated });
    const more = taken.length === 0 ? [] : await contradictory(new Map(taken.map((row) => [row.line, row.because_of])));
    await recordRejects(client, file.resetId, [...rejects, ...more]);
    await recordStaged(client, file, counts, rejects.length + more.length);
    await client.query("commit");
  } catch (error) {
    await client.query("rollback").catch((rollbackError: Error) => {
      broken = rollbackError;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

async function claimStaging(client: pg.PoolClient, { resetId, generation }: StagedFile): Promise<void> {
  const claim = await client.query<{ mine: boolean; state: string; generation: number }>(
    "select pg_try_advisory_xact_lock($2, hashtext($1::text)) as mine, state, generation from reset where id = $1::uuid",
    [resetId, Locks.staging],
  );
  const row = claim.rows[0];
  if (!row) throw new NotToStage(`reset ${resetId} does not exist`);
  if (!row.mine) throw new NotToStage(`reset ${resetId} is being staged by another worker`);
  if (row.state !== "staging") throw new NotToStage(`reset ${resetId} is ${row.state}`);
  if (row.generation !== generation) throw new NotToStage(`reset ${resetId} was driven anew`);
}

async function* copyTexts(packer: PartPacker, batches: AsyncIterable<readonly StagedRow[]>): AsyncGenerator<string> {
  for await (const batch of batches) {
    for (const row of batch) packer.add(row);
    const text = packer.full();
    if (text !== "") yield text;
  }
  const text = packer.rest();
  if (text !== "") yield text;
}

/** Lines that were taken out because their product has contradictory or rejected rows. Most files have no such products. */
async function settleDuplicates(
  client: pg.PoolClient,
  resetId: string,
  { rejects, repeated }: { readonly rejects: readonly RowReject[]; readonly repeated: ReadonlySet<number> },
): Promise<readonly { readonly line: number; readonly because_of: number | null }[]> {
  const tainted = rejects.filter((each) => each.facility !== undefined && each.product !== undefined);
  if (tainted.length === 0 && repeated.size === 0) return [];
  return run(client, "settle_duplicate_rows", [
    resetId,
    tainted.map((each) => each.facility),
    tainted.map((each) => each.product),
    tainted.map((each) => each.line),
    [...repeated],
  ]);
}

async function recordRejects(client: pg.PoolClient, resetId: string, rejects: readonly RowReject[]): Promise<void> {
  await client.query("delete from rejected_row where reset_id = $1", [resetId]);
  for (let at = 0; at < rejects.length; at += REJECTS_A_STATEMENT) {
    const part = rejects.slice(at, at + REJECTS_A_STATEMENT);
    // Arrays of arrays must be rectangular in SQL, so each row's fields travel as JSON.
    await run(client, "insert_rejected_rows", [
      resetId,
      part.map((each) => each.line),
      part.map((each) => each.facilityId),
      part.map((each) => each.code),
      part.map((each) => each.reason),
      part.map((each) => JSON.stringify(each.fields)),
    ]);
  }
}

async function recordStaged(
  client: pg.PoolClient,
  file: StagedFile,
  counts: StagedCounts,
  rejected: number,
): Promise<void> {
  await openParts(client, file.resetId);
  const { resetId, sha256, asOf, asOfFrom } = file;
  const isMoved = await moveReset(client, resetId, "reconciling", { sha256, asOf, asOfFrom, rejected, ...counts });
  if (!isMoved) throw new NotToStage(`reset ${resetId} has ended`);
}
