// Flow 2, step 6: a reset ends. Its state follows from those of its facilities; the file is put away only after this
// has been committed.
import type { RejectedFields } from "@inventory-sync/domain";
import type pg from "pg";
import type { Database } from "../database.ts";
import { run } from "../statements.ts";
import { moveReset, type ResetNotes, type ResetStanding, settleReset } from "./transitions.ts";

/**
 * Ends a reset whose facilities have all ended; returns undefined while one has not, and what was decided before when it
 * had ended already.
 */
export async function finishReset(database: Database, resetId: string): Promise<ResetStanding | undefined> {
  const standing = await database.transaction((client) => settleReset(client, resetId));
  return standing.finished ? standing : undefined;
}

/** What a file looked like that ended without its rows: a duplicate, or refused whole. */
export interface UnstagedEnd extends Pick<ResetNotes, "sha256" | "asOf" | "asOfFrom" | "leftAt"> {
  readonly state: "completed" | "failed" | "preview";
  /** In words; stands in the reset's summary. */
  readonly outcome: string;
}

/** Ends a reset that changed nothing, from `staging`. Ended ones are left as they are. */
export async function endUnstaged(database: Database, resetId: string, { state, ...end }: UnstagedEnd): Promise<void> {
  await moveReset(database.pool, resetId, state, end);
}

/**
 * The file was put away, or is no longer there, or stays where it is; the staged rows have served.
 * @param notPutAway why it still lies in incoming/, or its rejected rows are not in error/, in words
 */
export async function recordArchived(
  database: Database,
  resetId: string,
  archivedTo: string,
  notPutAway: string | null = null,
): Promise<void> {
  // Two transactions: one that approves a held facility takes rows and reset in the other order.
  await run(database.pool, "clear_staging", [resetId, null]);
  await run(database.pool, "archive_reset", [resetId, archivedTo, notPutAway]);
}

/** A file that still lies in incoming/ though its reset has ended, as it looked when it was taken. */
export interface FileNotPutAway {
  readonly resetId: string;
  /** In whose incoming/ it lies. */
  readonly source: string;
  readonly file: string;
  /** In words. */
  readonly reason: string;
  readonly size: number;
  readonly modifiedAt: Date;
  /** When the reset ended. */
  readonly since: Date;
}

/** The files that could not be moved out of incoming/, the oldest first. */
export async function filesNotPutAway({ pool }: Pick<Database, "pool">): Promise<FileNotPutAway[]> {
  const rows = await run<FileNotPutAway & pg.QueryResultRow>(pool, "files_not_put_away");
  return rows.map((row) => ({ ...row, size: Number(row.size) }));
}

/** A file as it lies in incoming/, by what is compared. */
interface LyingFile {
  readonly name: string;
  readonly size: number;
  readonly modifiedAtMs: number;
}

/**
 * Tells which files of a source's incoming/ are those that a reset has dealt with: of the same name, size and time. To be asked once the
 * folder was listed: what a reset had ended with before is moved, or known here.
 */
export async function dealtWith(
  { pool }: Pick<Database, "pool">,
  source: string,
): Promise<(file: LyingFile) => boolean> {
  const rows = await run<{ name: string; size: string; modifiedAt: Date }>(pool, "files_dealt_with", [source]);
  const known = new Set(rows.map(({ name, size, modifiedAt }) => `${size} ${modifiedAt.getTime()} ${name}`));
  return ({ name, size, modifiedAtMs }) => known.has(`${size} ${modifiedAtMs} ${name}`);
}

/** Tells whether a reset over a file of that name and source has ended. */
export async function hasEndedReset(
  { pool }: Pick<Database, "pool">,
  { source, name }: { readonly source: string; readonly name: string },
): Promise<boolean> {
  return (await run(pool, "ended_reset_of_file", [source, name])).length > 0;
}

/** All rejected rows of a reset in the order of the file. */
export function rejectedRows(database: Database, resetId: string): Promise<RejectedFields[]> {
  return run<RejectedFields & pg.QueryResultRow>(database.pool, "list_rejected_rows", [resetId, -1, null]);
}

/** The form of a reset's file, for writing its rejected rows back. */
export interface FileForm {
  /** The names of its header; none when it had none. */
  readonly columns: readonly string[];
  /** Those of them that were not used. */
  readonly ignoredColumns: readonly string[];
  readonly delimiter: string;
}

/** What a reset noted of its file's form. @throws when there is no such reset */
export async function fileForm(database: Database, resetId: string): Promise<FileForm> {
  const [form] = await run<FileForm & pg.QueryResultRow>(database.pool, "read_file_form", [resetId]);
  if (!form) throw new Error(`reset ${resetId} does not exist`);
  return form;
}
