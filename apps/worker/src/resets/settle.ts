// Reset flow, step 2 of 7: a file is taken once it has stood still, and after those that came before it.
import { type Database, earlierOpenReset, observeFile, type ResetRow, touchReset } from "@inventory-sync/db";
import { Deferred } from "@inventory-sync/domain";
import type { Inbox, InboxFile } from "@inventory-sync/sftp";

const EARLIER_RESET_RETRY_MS = 1_000;
/** Looking again a little late finds the time surely passed. */
const SETTLE_MARGIN_MS = 100;

/** Throws Deferred while an earlier reset is unfinished: snapshots are applied in the order in which they came. */
export async function waitForEarlier(database: Database, reset: ResetRow): Promise<void> {
  const earlier = await earlierOpenReset(database, reset);
  if (!earlier) return;
  await touchReset(database, reset.id);
  throw new Deferred(EARLIER_RESET_RETRY_MS, `${reset.file} waits for ${earlier.file} (reset ${earlier.id})`);
}

/**
 * The file as it stands in incoming/, once size and time of it and of its manifest and hash have not changed for
 * `settleSeconds`; undefined when it is gone. A manifest often arrives after its file, and must be whole as well. Throws
 * Deferred until then.
 */
export async function settledFile(
  database: Database,
  inbox: Inbox,
  { reset, settleSeconds }: { readonly reset: ResetRow; readonly settleSeconds: number },
): Promise<InboxFile | undefined> {
  const file = await inbox.stat(reset.file);
  if (!file) return undefined;
  const stillMs = await observeFile(database, reset.id, {
    size: file.size,
    modifiedAt: new Date(file.modifiedAtMs),
    beside: await inbox.sidecarsSeen(reset.file),
  });
  const missingMs = settleSeconds * 1_000 - stillMs;
  if (missingMs <= 0) return file;
  throw new Deferred(
    missingMs + SETTLE_MARGIN_MS,
    `${reset.file} is taken once it has stood still for ${settleSeconds} s`,
  );
}
