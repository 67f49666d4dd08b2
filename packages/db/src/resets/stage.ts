// Flow 2, step 4: the rows of a snapshot file go into staging by COPY, in one transaction that ends with every facility's
// row count on record. A second stager of the same reset is refused, so a paused worker cannot mix its rows in.
import { pipeline } from "node:stream/promises";
import { inParts } from "@inventory-sync/domain";
import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { type Database, transactionOnce } from "../database.ts";
import { Locks } from "../locks.ts";
import { columns, first, run } from "../statements.ts";
import { PART_COLUMNS, type PartPacker, packParts, type StagedRow } from "./staged-parts.ts";
import { moveReset, openParts, type ResetNotes } from "./transitions.ts";

/** A row that could not be used, with its own fields. */
export interface RowReject {
  readonly line: number;
  /** Outside id as it stood in the row, where it could be read. */
  readonly facilityId: string | null;
  readonly code: string;
  readonly reason: string;
  readonly fields: readonly string[];
  /** facility.id and product.id where the row got that far: then the product's other rows are taken out too, and its level stays. */
  readonly facility?: number;
  readonly product?: number;
  /** Of a row of a repair: the line of the rejected row that it was to correct. */
  readonly repairsLine?: number | undefined;
}

/** What a repair corrects: the reset, and the lines of its rejected rows in whose place there are rows now that can be used. */
export interface Repaired {
  readonly resetId: string;
  readonly lines: readonly number[];
}

/** What staging needs to know besides the rows. */
export interface StagedFile {
  /** Of the file; of one that is still arriving, once it is whole. Nothing is recorded before, and nothing at all when it rejects. */
  readonly sha256: string | Promise<string>;
  readonly resetId: string;
  readonly generation: number;
}

/** When a staged file was true, its counts and its report. */
export type StagedCounts = Required<Pick<ResetNotes, "asOf" | "asOfFrom" | "rows" | "skipped" | "report">> &
  Pick<ResetNotes, "absentRows"> & {
    /** All rejected rows, where not each of them is kept. */
    readonly rejected?: number;
  };

/** Another worker is staging this reset, or it has moved on: there is nothing to do for this job. */
export class NotToStage extends Error {
  override readonly name = "NotToStage";
}

/** Of a file that comes slowly, too: its rows are copied as they come. */
const STAGING_MS_MAX = 4 * 60 * 60_000;
const REJECTS_A_STATEMENT = 5_000;
const MERGED_EXAMPLES_MAX = 3;

/**
 * Runs `work` over the staging of one snapshot file, in one transaction: it is staged whole or, when `work` throws, not at all.
 * @throws NotToStage when this reset is not (or no longer) to be staged by this generation
 */
export async function withStaging<Result>(
  database: Database,
  file: StagedFile,
  work: (staging: Staging) => Promise<Result>,
): Promise<Result> {
  return transactionOnce(database.pool, async (client) => {
    await client.query(`set local statement_timeout = ${STAGING_MS_MAX}`);
    await claimStaging(client, file);
    await run(client, "clear_staging", [file.resetId, null]);
    return work(stagingOf(client, file));
  });
}

/** Rows of products that a file lists under several of their ids. */
export interface MergedRows {
  /** Whether they added up, or agreed and counted once. */
  readonly how: "add" | "agree";
  readonly rows: number;
  /** Products, each counted at each of its facilities. */
  readonly products: number;
  /** "S001 UPCA 111111111117: 5 and 3" */
  readonly examples: readonly string[];
}

/** The open transaction that stages one file: its rows, then what only the whole file shows, then the record. */
export type Staging = ReturnType<typeof stagingOf>;

function stagingOf(client: pg.PoolClient, { resetId, sha256 }: StagedFile) {
  const packer = packParts(resetId);
  return {
    /** Copies resolved rows, read with back-pressure, so memory stays bounded. To be called once. */
    async write(batches: AsyncIterable<readonly StagedRow[]>): Promise<void> {
      const into = client.query(copyFrom(`copy snapshot_part (${PART_COLUMNS}) from stdin`));
      await pipeline(copyTexts(packer, batches), into);
    },
    /**
     * Takes out the rows of each product that has contradictory rows or one of these rejected ones: what is left would be half a
     * count. Gives the lines that were taken out, each with the line of the rejected row it goes with, or null for a contradiction.
     * @param adds rows of one product under different ids add up
     */
    async settleDuplicates(rejects: readonly RowReject[], adds = false): Promise<ReadonlyMap<number, number | null>> {
      const tainted = rejects.filter((each) => each.facility !== undefined && each.product !== undefined);
      // Most files have no such products.
      if (tainted.length === 0 && packer.repeated.size === 0) return new Map();
      const values = [resetId, ...columns(tainted, "facility", "product", "line"), [...packer.repeated], adds];
      const taken = await run<{ line: number; because_of: number | null }>(client, "settle_duplicate_rows", values);
      return new Map(taken.map((row) => [row.line, row.because_of]));
    },
    /** Counts the rows of products that the file lists under several of their ids; undefined when there are none. To be asked before settleDuplicates. */
    async countMerged(adds: boolean): Promise<MergedRows | undefined> {
      const values = [resetId, [...packer.repeated], adds, MERGED_EXAMPLES_MAX];
      const found = await first<Omit<MergedRows, "how">>(client, "count_merged_rows", values);
      return found && found.rows > 0 ? { how: adds ? "add" : "agree", ...found } : undefined;
    },
    /**
     * Of a repair: takes out the rows of products that the reset which it corrects, or another repair of it, has counted already, and
     * gives their lines. @param corrects by the line of a row the rejected line in whose place it stands
     */
    async takeCounted(repairOf: string, corrects: ReadonlyMap<number, number>): Promise<readonly number[]> {
      const values = [resetId, repairOf, [...corrects.keys()], [...corrects.values()]];
      return (await run<{ line: number }>(client, "take_counted_rows", values)).map(({ line }) => line);
    },
    /**
     * Records all rejected rows and the counts, opens the facilities' parts, and moves the reset to `reconciling`.
     * @param more of a repair, what it corrects; where no row is staged: why, with which the reset has failed, or what is to be said of it
     *   though nothing is wrong; and the outside ids of facilities where a product that is not listed stays, also where `absentRows` is zero
     * @throws NotToStage
     */
    async record(counts: StagedCounts, rejects: readonly RowReject[], more: StagedMore = {}): Promise<void> {
      const { repaired, refused, said, keptAt = [] } = more;
      await recordRejects(client, resetId, rejects);
      if (repaired) await run(client, "mark_repaired_rows", [repaired.resetId, repaired.lines, resetId]);
      await openParts(client, resetId, keptAt);
      const read = { sha256: await sha256, repairOf: repaired?.resetId };
      const outcome = refused ?? said;
      const notes = { ...read, rejected: rejects.length, ...counts, ...(outcome !== undefined && { outcome }) };
      if (!(await moveReset(client, resetId, refused === undefined ? "reconciling" : "failed", notes)))
        throw new NotToStage(`reset ${resetId} has ended`);
    },
  };
}

interface StagedMore {
  readonly repaired?: Repaired | undefined;
  readonly refused?: string | undefined;
  readonly said?: string | undefined;
  readonly keptAt?: readonly string[] | undefined;
}

async function claimStaging(client: pg.PoolClient, { resetId, generation }: StagedFile): Promise<void> {
  const values = [resetId, Locks.staging];
  const row = await first<{ mine: boolean; state: string; generation: number }>(client, "claim_staging", values);
  if (!row) throw new NotToStage(`reset ${resetId} does not exist`);
  if (!row.mine) throw new NotToStage(`reset ${resetId} is being staged by another worker`);
  if (row.state !== "staging") throw new NotToStage(`reset ${resetId} is ${row.state}`);
  if (row.generation !== generation) throw new NotToStage(`reset ${resetId} was restarted`);
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

async function recordRejects(client: pg.PoolClient, resetId: string, rejects: readonly RowReject[]): Promise<void> {
  await run(client, "drop_rejected_rows", [resetId]);
  for (const part of inParts(rejects, REJECTS_A_STATEMENT)) {
    // Arrays of arrays must be rectangular in SQL, so each row's fields travel as JSON.
    const rows = part.map((each) => ({
      repairsLine: null,
      product: null,
      ...each,
      fields: JSON.stringify(each.fields),
    }));
    const values = columns(rows, "line", "facilityId", "code", "reason", "fields", "repairsLine", "product");
    await run(client, "insert_rejected_rows", [resetId, ...values]);
  }
}
