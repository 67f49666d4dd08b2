// Reset flow, step 4 of 7: the rows of the file go into staging, resolved to facilities and products, each bad row with
// its reason. Nothing is locked yet and no level changes.
import {
  type Database,
  loadCatalogue,
  type ResetRow,
  type RowReject,
  seenBefore,
  stageSnapshot,
  touchReset,
} from "@inventory-sync/db";
import { checkLastLine, checkRowCount, createRowReader, fileAsOf, mapHeader, rejection } from "@inventory-sync/domain";
import { readLines, readSnapshotRows, type SnapshotRows, type Spooled } from "@inventory-sync/sftp";
import type { WorkerConfig } from "../config.ts";
import type { FetchedFile } from "./fetch.ts";
import { guardNewFacilities } from "./new-facilities.ts";
import { createResolver, keptReject } from "./resolve.ts";

/** A file to stage and how. Plain data: it can be sent to another thread. */
export interface StagingTask {
  readonly reset: Pick<ResetRow, "id" | "generation">;
  readonly fetched: Omit<FetchedFile, "spooled"> & { readonly spooled: Pick<Spooled, "path" | "sha256"> };
  readonly settings: Pick<
    WorkerConfig,
    "RESET_TIME_ZONE" | "SNAPSHOT_FINAL_NEWLINE" | "UNKNOWN_FACILITY" | "UNKNOWN_PRODUCT" | "GUARD_NEW_FACILITIES"
  >;
}

/** How staging ended: the rows are there, or the very file was taken before by another reset. */
export type StageEnd =
  | { readonly staged: true; readonly rows: number; readonly rejected: number; readonly skipped: number }
  | { readonly staged: false; readonly duplicateOf: string; readonly asOf: Date; readonly asOfFrom: string };

/** A sign of life and a report of progress is given at most so often. */
const TOUCH_MS = 2_000;

/**
 * Stages the file whole or not at all.
 * @param onRows told how many rows were read, every few seconds and at the end
 * @throws FileRefused for faults of the whole file, NotToStage when another worker is at it
 */
export async function stageFile(
  database: Database,
  { reset, fetched, settings }: StagingTask,
  onRows: (rowsRead: number) => unknown,
): Promise<StageEnd> {
  const { file, spooled, manifest } = fetched;
  const mayEndAnywhere = settings.SNAPSHOT_FINAL_NEWLINE === "optional" || fetched.announced;
  const nowMs = Date.now();
  const rows = await readSnapshotRows(spooled.path);
  try {
    const mapping = mapHeader(rows.header);
    const when = fileAsOf({
      name: file.name,
      modifiedAtMs: file.modifiedAtMs,
      manifestAsOf: manifest.asOf,
      rowsCarryAsOf: mapping.asOf >= 0,
      timeZone: settings.RESET_TIME_ZONE,
      nowMs,
    });
    const stamp = { resetId: reset.id, sha256: spooled.sha256, asOf: new Date(when.asOf), asOfFrom: when.asOfFrom };
    const seen = await seenBefore(database, stamp);
    if (seen) return { staged: false, duplicateOf: `${seen.file} (reset ${seen.id})`, ...stamp };

    const catalogue = await loadCatalogue(database);
    const policy = { facility: settings.UNKNOWN_FACILITY, product: settings.UNKNOWN_PRODUCT };
    const alive = nowAndThen(async () => {
      await touchReset(database, reset.id);
      await onRows(rows.rowCount);
    });
    const readRow = createRowReader(mapping, nowMs);
    const mayMakeFacilities = guardNewFacilities(database, {
      path: spooled.path,
      mapping,
      catalogue,
      readRow,
      limit: settings.GUARD_NEW_FACILITIES,
      alive,
    });
    const resolve = createResolver(database, { catalogue, policy, mapping, readRow, mayMakeFacilities });
    const tally = { rejects: [] as RowReject[], skipped: 0, contradictory: 0 };
    const batches = stagedBatches(rows, resolve, tally, alive);
    await stageSnapshot(database, { ...stamp, generation: reset.generation }, batches, async () => {
      const read = { name: file.name, rows: rows.rowCount, endsWithNewline: rows.endsWithNewline };
      checkRowCount(read, manifest.rows);
      if (!mayEndAnywhere) checkLastLine(read);
      const report = {
        columns: mapping.columns,
        ignoredColumns: mapping.ignoredColumns,
        delimiter: rows.delimiter,
        ...(when.note !== null && { note: when.note }),
      };
      return {
        counts: { rows: rows.rowCount, skipped: tally.skipped, report },
        rejects: tally.rejects,
        contradictory: async (lines) => {
          tally.contradictory = lines.size;
          return contradictoryRows(spooled.path, lines, mapping.facility);
        },
      };
    });
    await onRows(rows.rowCount);
    const rejected = tally.rejects.length + tally.contradictory;
    return { staged: true, rows: rows.rowCount, rejected, skipped: tally.skipped };
  } finally {
    await rows.close();
  }
}

async function* stagedBatches(
  rows: SnapshotRows,
  resolve: ReturnType<typeof createResolver>,
  tally: { rejects: RowReject[]; skipped: number },
  alive: () => Promise<void>,
) {
  for await (const batch of rows) {
    const resolved = await resolve(batch);
    for (const reject of resolved.rejects) tally.rejects.push(reject);
    tally.skipped += resolved.skipped;
    await alive();
    yield resolved.staged;
  }
}

/** Does it when it was last done a while ago. */
function nowAndThen(touch: () => Promise<void>): () => Promise<void> {
  let touchedAt = Date.now();
  return async () => {
    if (Date.now() - touchedAt <= TOUCH_MS) return;
    touchedAt = Date.now();
    await touch();
  };
}

/** Rows that only the whole file shows to be unusable, read once more for their own columns. */
async function contradictoryRows(
  path: string,
  lines: ReadonlyMap<number, number | null>,
  facilityColumn: number,
): Promise<RowReject[]> {
  const found = await readLines(path, new Set(lines.keys()));
  return [...lines].map(([line, becauseOf]) => {
    const fields = found.get(line) ?? [];
    const facilityId = fields[facilityColumn]?.trim() ?? null;
    const { code, reason } = rejection("DUPLICATE_CONFLICT");
    if (becauseOf === null) return keptReject({ line, fields, facilityId, code, reason });
    const why = `another row of this product (line ${becauseOf}) is rejected, and without it this would be half a count: send both again`;
    return keptReject({ line, fields, facilityId, code, reason: why });
  });
}
