// Reset flow, step 7 of 7: after the commit the file goes to the archive, and the rows that could not be used go back to
// their sender. Doing it again after a crash finds what is done.
import { databaseNow, type ResetRow, recordArchived, rejectedRows, resetReport } from "@inventory-sync/db";
import { type RowCode, rejectsCsv } from "@inventory-sync/domain";
import { type Inbox, type InboxFile, type Moved, SftpFailure, withInbox } from "@inventory-sync/sftp";
import type { ResetParts } from "./parts.ts";

/** Writes the rejects file where there is one to write, and archives the snapshot. */
export async function putAway({ database, inbox, log }: ResetParts, reset: ResetRow): Promise<string> {
  const date = (await databaseNow(database)).toISOString().slice(0, 10);
  const archivedTo = await withInbox(inbox, log, async (connected) => {
    await connected.ensureFolders();
    await returnRejects(database, connected, reset);
    return unlessGone(connected.archive(fileOf(reset), { resetId: reset.id, date }));
  });
  await recordArchived(database, reset.id, archivedTo);
  return archivedTo;
}

/** The file as it was taken. One that arrived under its name meanwhile is another file and is let be. */
function fileOf({ file, size, modifiedAt }: ResetRow): InboxFile {
  return { name: file, size, modifiedAtMs: modifiedAt.getTime() };
}

async function unlessGone(moving: Promise<Moved>): Promise<string> {
  try {
    return (await moving).path;
  } catch (error) {
    // Somebody took it away or put a newer one in its place. What it held is dealt with; only the copy is missing.
    if (error instanceof SftpFailure && error.kind === "not-found") return "not moved: it was gone from incoming/";
    throw error;
  }
}

async function returnRejects(database: ResetParts["database"], inbox: Inbox, reset: ResetRow): Promise<void> {
  const rejects = await rejectedRows(database, reset.id);
  if (rejects.length === 0) return;
  const { columns, delimiter } = await resetReport(database, reset.id);
  const csv = rejectsCsv(columns, delimiter);
  const lines = rejects.map(({ fields, code, reason }) => csv.row(fields, { code: code as RowCode, reason }));
  await inbox.writeError(reset.file, [csv.header(), ...lines]);
}

/** Moves a refused file to rejected/ with the reason beside it. */
export async function putAside({ database, inbox, log }: ResetParts, reset: ResetRow, reason: string): Promise<string> {
  const movedTo = await withInbox(inbox, log, async (connected) => {
    await connected.ensureFolders();
    return unlessGone(connected.reject(fileOf(reset), { reason, id: reset.id }));
  });
  await recordArchived(database, reset.id, movedTo);
  return movedTo;
}

/** A preview moves nothing: its file waits on for the reset that will take it. */
export async function leaveInPlace({ database }: ResetParts, reset: ResetRow): Promise<string> {
  const place = `incoming/${reset.file}, left there: this was a preview`;
  await recordArchived(database, reset.id, place);
  return place;
}
