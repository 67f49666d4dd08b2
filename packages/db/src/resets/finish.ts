// Flow 2, step 6: a reset ends. Its state follows from those of its facilities; the file is put away only after this
// has been committed, and looked for once more after step 7: it may have changed after it was taken.
import type { RejectedFields } from "@inventory-sync/domain";
import type { Database } from "../database.ts";
import { first, run } from "../statements.ts";
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
  readonly reason: string;
  readonly size: number;
  readonly modifiedAt: Date;
  readonly since: Date;
}

/** The files that could not be moved out of incoming/, the oldest first. */
export async function filesNotPutAway({ pool }: Pick<Database, "pool">): Promise<FileNotPutAway[]> {
  const rows = await run<FileNotPutAway>(pool, "files_not_put_away");
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
  return run(database.pool, "list_rejected_rows", [resetId, -1, null]);
}

/** The form of a reset's file, for writing its rejected rows back. */
export interface FileForm {
  /** The names of its header; none when it had none. */
  readonly columns: readonly string[];
  readonly ignoredColumns: readonly string[];
  readonly delimiter: string;
}

/** What a reset noted of its file's form. @throws when there is no such reset */
export async function fileForm(database: Database, resetId: string): Promise<FileForm> {
  const form = await first<FileForm>(database.pool, "read_file_form", [resetId]);
  if (!form) throw new Error(`reset ${resetId} does not exist`);
  return form;
}

/**
 * Takes the resets whose files are due for a second look, a few at once; no other worker gets them, unless their looks are not ended in time.
 * @param due how long ago they were put away, and within which time a look is ended, in milliseconds
 */
export async function claimSecondLooks(
  { pool }: Pick<Database, "pool">,
  due: { readonly msMin: number; readonly msMax: number; readonly filesMax: number; readonly lookMsMax: number },
): Promise<string[]> {
  const values = [due.msMin, due.msMax, due.filesMax, due.lookMsMax];
  const claimed = await run<{ id: string }>(pool, "claim_second_looks", values);
  return claimed.map(({ id }) => id);
}

/** Ends a look; one that could not be had is tried again. */
export async function endSecondLook(
  { pool }: Pick<Database, "pool">,
  resetId: string,
  { had }: { had: boolean },
): Promise<void> {
  await run(pool, "end_second_look", [resetId, had]);
}

/** Notes on a reset that its file changed after it was taken. @param what in words; said once, however often it is noted */
export async function noteChangedFile({ pool }: Pick<Database, "pool">, resetId: string, what: string): Promise<void> {
  await run(pool, "note_changed_file", [resetId, what]);
}
