// Flow 2, step 7 and a minute after it: a file that is another one than was taken starts itself. What was counted of the first is in force until
// then, so nobody should wait for tomorrow's run; both resets say so. Done twice it finds what is done.
import {
  claimSecondLooks,
  endSecondLook,
  findReset,
  noteChangedFile,
  openReset,
  type ResetRow,
  recordArchived,
} from "@inventory-sync/db";
import { plural } from "@inventory-sync/domain";
import { QueueUnavailable } from "@inventory-sync/queue";
import { type Inbox, type InboxFile, withInbox } from "@inventory-sync/sftp";
import type { ResetParts } from "./parts.ts";

type Parts = Pick<ResetParts, "database" | "queues" | "sources" | "log">;

/** A sender that still writes goes on within a minute, or it has failed; a worker that has not ended a look after ten has died. */
const DUE = { msMin: 60_000, msMax: 60 * 60_000, filesMax: 10, lookMsMax: 10 * 60_000 };

/**
 * After a file was put away at `path`, or found replaced (undefined): looks whether the bytes that lie there are those that were taken. Others
 * go back to incoming/, and a reset over them is opened. @returns whether it was so
 */
export async function startIfChanged(
  parts: Parts,
  inbox: Inbox,
  {
    reset,
    path,
    thoroughly,
  }: { readonly reset: ResetRow; readonly path: string | undefined; readonly thoroughly: boolean },
): Promise<boolean> {
  if (path === undefined) return startReplaced(parts, inbox, reset);
  const { size, modifiedAt, sha256, file: name, id: resetId } = reset;
  const taken = { size, modifiedAtMs: modifiedAt.getTime(), sha256 };
  if (!(await inbox.hasChanged(path, { taken, thoroughly }))) return false;
  const back = await inbox.bringBack(path, { name, resetId });
  if (back) await start(parts, reset, back);
  return back !== undefined;
}

/** Of a file that was not there any more when it was to be put away: what lies under its name is another one. */
async function startReplaced(parts: Parts, inbox: Inbox, reset: ResetRow): Promise<boolean> {
  const found = await inbox.stat(reset.file);
  if (!found) return false;
  await start(parts, reset, found);
  return true;
}

async function start({ database, queues, log }: Parts, reset: ResetRow, file: InboxFile): Promise<void> {
  const seen = { name: file.name, source: reset.source, size: file.size, modifiedAt: new Date(file.modifiedAtMs) };
  const requestedBy = `a change of ${reset.file} after reset ${reset.id} had taken it`;
  const { resetId } = await openReset(database, seen, { requestedBy });
  const now = plural(file.size, "byte");
  const what = `${reset.file} changed after it was taken (${plural(reset.size, "byte")} then, ${now} now): reset ${resetId} counts what it has become.`;
  await noteChangedFile(database, reset.id, what);
  log.warn({ resetId: reset.id, file: reset.file, startedReset: resetId }, what);
  await queues.addReset({ resetId, generation: 0, label: file.name }).catch((error: unknown) => {
    // The row is what counts: the watchdog wakes whatever has been silent once the queue is back.
    if (!(error instanceof QueueUnavailable)) throw error;
  });
}

/**
 * Upkeep: looks once more at the files that were put away about a minute ago. Of each only one worker does, and a server that fails is asked again.
 * @throws the error of a server that failed, after those of all others were looked at
 */
export async function lookAgain(parts: Parts): Promise<void> {
  const failures = new Map<string, unknown>();
  const { database, sources, log } = parts;
  for (const resetId of await claimSecondLooks(database, DUE)) {
    const reset = await findReset(database, resetId);
    const source = reset && sources.find(reset.source);
    if (!source || reset.archivedTo === null) {
      await endSecondLook(database, resetId, { had: true });
      continue;
    }
    try {
      // A server that is away is waited for once, and not for each of its files.
      if (failures.has(reset.source)) throw failures.get(reset.source);
      const path = reset.archivedTo;
      const isChanged = await withInbox(source.inbox(), log, (inbox) =>
        startIfChanged(parts, inbox, { reset, path, thoroughly: false }),
      );
      if (isChanged)
        await recordArchived(database, resetId, `not kept in ${path}: it was still being written`, reset.notPutAway);
      await endSecondLook(database, resetId, { had: true });
    } catch (error) {
      failures.set(reset.source, error);
      await endSecondLook(database, resetId, { had: false });
    }
  }
  const [failure] = failures.values();
  if (failure !== undefined) throw failure;
}
