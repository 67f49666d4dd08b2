// Reset flow, step 7 of 7: after the commit the file goes to the archive, and the rows that could not be used go back to
// their sender. Doing it again after a crash finds what is done.
import { databaseNow, type ResetRow, recordArchived, rejectedRows, resetReport } from "@inventory-sync/db";
import { type RowCode, rejectsCsv } from "@inventory-sync/domain";
import { type Inbox, type InboxFile, SftpFailure, withInbox } from "@inventory-sync/sftp";
import type { ResetParts } from "./parts.ts";

/** Writes the rejects file where there is one to write, and archives the snapshot. */
export async function putAway({ database, inbox, log }: ResetParts, reset: ResetRow): Promise<string> {
  const file: InboxFile = {
    name: reset.file,
    size: reset.size,
    modifiedAtMs: reset.modifiedAt.getTime(),
  };
  const date = (await databaseNow(database)).toISOString().slice(0, 10);
  const archivedTo = await withInbox(inbox, log, async (connected) => {
    await connected.ensureFolders();
    await returnRejects(database, connected, reset);
    return archive(connected, file, { resetId: reset.id, date });
  });
  await recordArchived(database, reset.id, archivedTo);
  return archivedTo;
}

async function archive(inbox: Inbox, file: InboxFile, to: { resetId: string; date: string }): Promise<string> {
  try {
    return (await inbox.archive(file, to)).path;
  } catch (error) {
    // Somebody took it away or put a newer one in its place. Its rows are applied; only the copy is missing.
    if (error instanceof SftpFailure && error.kind === "not-found") return "not archived: it was gone from incoming/";
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
    const file = await connected.stat(reset.file);
    if (!file) return "not moved: it was gone from incoming/";
    return (await connected.reject(file, { reason, id: reset.id })).path;
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
