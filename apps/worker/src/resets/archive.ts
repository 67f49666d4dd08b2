// Flow 2, step 7: after the commit the file goes to the archive, or to rejected/, and the rows that could not be used go back to
// their sender. What lies there and is not what was taken starts a reset of its own. Doing it again after a crash finds what is done.
import { databaseNow, fileForm, type ResetRow, recordArchived, rejectedRows } from "@inventory-sync/db";
import { rejectsCsv } from "@inventory-sync/domain";
import { type Inbox, type InboxFile, type Moved, SftpFailure, withInbox } from "@inventory-sync/sftp";
import { startIfChanged } from "./changed-file.ts";
import type { ResetParts } from "./parts.ts";

type Parts = Pick<ResetParts, "database" | "queues" | "sources" | "log">;

/**
 * What becomes of the file of a reset that has ended. Gives the place where it is now, which is on record then. A file that may not
 * be moved stays where it is, and rejected rows that may not be written are not returned, with the reason on record: what the file held is
 * dealt with, and it is not run again.
 */
export async function disposeOfFile(parts: Parts, reset: ResetRow): Promise<string> {
  const { database, sources, log } = parts;
  const source = sources.find(reset.source);
  if (reset.preview || !source) {
    const why = reset.preview ? "this was a preview" : `source ${reset.source} is no longer in SOURCES_FILE`;
    const left = `incoming/${reset.file}, left there: ${why}`;
    await recordArchived(database, reset.id, left);
    return left;
  }
  try {
    const { place, unreturned } = await withInbox(source.inbox(), log, (connected) => putAway(parts, connected, reset));
    if (unreturned)
      log.warn(
        { resetId: reset.id, file: reset.file, reason: unreturned.message },
        "rejected rows could not be returned",
      );
    await recordArchived(database, reset.id, place, unreturned && whyUnreturned(reset, unreturned));
    return place;
  } catch (error) {
    if (!(error instanceof SftpFailure) || !error.isRefusal) throw error;
    log.warn({ resetId: reset.id, file: reset.file, reason: error.message }, "the file could not be put away");
    await recordArchived(database, reset.id, `incoming/${reset.file}`, whyLeft(reset, error));
    return `incoming/${reset.file}, left there: it could not be put away`;
  }
}

/** Where the file is then, and why its rejected rows could not be returned, where they could not. */
async function putAway(
  parts: Parts,
  inbox: Inbox,
  reset: ResetRow,
): Promise<{ readonly place: string; readonly unreturned: SftpFailure | null }> {
  const returned = await returnRejects(parts.database, inbox, reset).catch((error: unknown) => ({ error }));
  // What was moved already is not looked for again: another file may lie under its name by now.
  const place = isMoved(reset) ? reset.archivedTo : await move(parts, inbox, reset);
  if (!returned) return { place, unreturned: null };
  // The server has moved the file: whatever keeps it from taking the rows, it is not tried again before the next day.
  if (!(returned.error instanceof SftpFailure)) throw returned.error;
  return { place, unreturned: returned.error };
}

function isMoved(reset: ResetRow): reset is ResetRow & { readonly archivedTo: string } {
  return reset.archivedTo !== null && !reset.archivedTo.startsWith("incoming/");
}

async function move(parts: Parts, inbox: Inbox, reset: ResetRow): Promise<string> {
  const { database } = parts;
  // A reset that failed with an outcome of its own was refused whole.
  const isRefused = reset.state === "failed" && reset.outcome !== null;
  const date = (await databaseNow(database)).toISOString().slice(0, 10);
  const moved = await unlessGone(
    isRefused
      ? inbox.reject(fileOf(reset), { reason: reset.outcome ?? "", id: reset.id })
      : inbox.archive(fileOf(reset), { resetId: reset.id, date }),
  );
  const isChanged = await unlessRefused(parts, reset, () => checked(parts, inbox, { reset, moved }));
  if (isChanged) return CHANGED;
  return moved?.path ?? "not moved: it was gone from incoming/";
}

/** What stands for the place of a file that was another one when it was put away. */
const CHANGED = "not kept: another file lay under its name by then";

/** Starts what was put away, or lies in the file's place, and is not what was taken. What was moved before a crash is left to the second look. */
async function checked(
  parts: Parts,
  inbox: Inbox,
  { reset, moved }: { readonly reset: ResetRow; readonly moved: Moved | undefined },
): Promise<boolean> {
  if (reset.repairOf !== null || moved?.moved === false) return false;
  return startIfChanged(parts, inbox, { reset, path: moved?.path, thoroughly: true });
}

/** An account that may not read what it has put away cannot compare it: the file is where it belongs all the same. */
async function unlessRefused({ log }: Parts, { id, file }: ResetRow, check: () => Promise<boolean>): Promise<boolean> {
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof SftpFailure) || !error.isRefusal) throw error;
    log.warn(
      { resetId: id, file, reason: error.message },
      "what was put away could not be compared with what was taken",
    );
    return false;
  }
}

function whyLeft(reset: ResetRow, { message }: SftpFailure): string {
  return `${whatItDid(reset)}, but ${reset.file} could not be put away: ${message} Until then it stays in incoming/ and is not run again.`;
}

function whyUnreturned(reset: ResetRow, { message }: SftpFailure): string {
  return `${whatItDid(reset)}, but the rejected rows of ${reset.file} could not be written to error/ for their sender: ${message} The next daily run tries it again; on the reset's page they can be had at once.`;
}

function whatItDid({ state }: ResetRow): string {
  return state === "failed" ? "Nothing was changed" : "The count is applied";
}

/** The file as it was taken. One that arrived under its name meanwhile is another file. */
function fileOf({ file, size, modifiedAt }: ResetRow): InboxFile {
  return { name: file, size, modifiedAtMs: modifiedAt.getTime() };
}

async function unlessGone(moving: Promise<Moved>): Promise<Moved | undefined> {
  try {
    return await moving;
  } catch (error) {
    // It was taken away, or a newer one is in its place. What it held is dealt with; only the copy is missing.
    if (error instanceof SftpFailure && error.kind === "not-found") return undefined;
    throw error;
  }
}

async function returnRejects(database: ResetParts["database"], inbox: Inbox, reset: ResetRow): Promise<void> {
  const rejects = await rejectedRows(database, reset.id);
  if (rejects.length === 0) return;
  const csv = rejectsCsv(await fileForm(database, reset.id), reset.id);
  const lines = [csv.columns, ...rejects.map(csv.cells)].map(csv.line);
  await inbox.writeError(reset.file, lines, isMoved(reset) ? reset.id : undefined);
}
