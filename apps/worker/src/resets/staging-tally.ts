// Flow 2, staging: what adds up while the rows of a file are read, and what the reset keeps of it.
import type { RowReject } from "@inventory-sync/db";
import { type ColumnMapping, MISFITS_KEPT_MAX, type RowCode, tooManyBadRows } from "@inventory-sync/domain";
import { type SnapshotRows, unreadableNote } from "@inventory-sync/sftp";

/** What was not staged. */
export interface Tally {
  rejects: RowReject[];
  /** Rows with another number of cells than the header, the first of which are among the rejects; and what is wrong with the first. */
  misfits: number;
  firstMisfit: string;
  skipped: number;
  /** Rows that are none: empty ones, and the header again. */
  nothing: number;
  /** What an operator should know of the file. */
  doubts: readonly string[];
}

/** Before the first row. */
export function emptyTally(): Tally {
  return { rejects: [], misfits: 0, firstMisfit: "", skipped: 0, nothing: 0, doubts: [] };
}

/**
 * Keeps a rejected row. A file that does not fit its header has a million rejects that say one thing: they must not fill the memory, nor the sender's folder.
 * @param rows read so far @throws FileRefused TOO_MANY_BAD_ROWS
 */
export function keep(reject: RowReject, tally: Tally, rows: number): void {
  if (reject.code === "WRONG_COLUMN_COUNT") {
    tally.misfits += 1;
    if (tally.misfits === 1) tally.firstMisfit = `line ${reject.line}: ${reject.reason}`;
    if (tally.misfits > MISFITS_KEPT_MAX) return;
  }
  tally.rejects.push(reject);
  const { rejects } = tally;
  const all = () => rejects.map(({ code }) => code as RowCode);
  const refused = tooManyBadRows(rows, { length: rejects.length, all });
  if (refused) throw refused;
}

/** Rows that were rejected and are counted only. */
export function unkeptOf({ misfits }: Tally): number {
  return Math.max(0, misfits - MISFITS_KEPT_MAX);
}

/** What the reset keeps of how its file was read. */
export function reportOf<Merged>({
  mapping: { columns, ignoredColumns },
  rows,
  note,
  doubts,
  merged,
}: {
  readonly mapping: ColumnMapping;
  readonly rows: SnapshotRows;
  readonly note: string | null;
  readonly doubts: readonly string[];
  readonly merged: Merged | undefined;
}) {
  const all = rows.unreadable ? [...doubts, unreadableNote(rows.unreadable)] : doubts;
  const told = { ...(note !== null && { note }), ...(all.length > 0 && { doubts: all }), ...(merged && { merged }) };
  return { columns, ignoredColumns, delimiter: rows.delimiter, ...told };
}
