// Flow 2, steps 2 and 3: a file is taken once it is unchanged for a while, and after those that came before it. It comes to this
// machine, and what its sender said about the whole of it is held against what arrived.
import { join } from "node:path";
import { type Database, earlierOpenReset, observeFile, type ResetRow, touchReset } from "@inventory-sync/db";
import { checkHash, Deferred, type Manifest } from "@inventory-sync/domain";
import { FileChanged, type Inbox, type InboxFile, type Spooled, spoolFile } from "@inventory-sync/sftp";
import type { ResetParts } from "./parts.ts";

const EARLIER_RESET_RETRY_MS = 1_000;
/** Looking again a little late finds the time surely passed. */
const SETTLE_MARGIN_MS = 100;
const FILE_CHANGED_RETRY_MS = 1_000;
const FILE_BYTES_MAX = 8 * 1024 ** 3;
const HEARTBEAT_MS = 5_000;

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

/** A file on this machine with what its sender said of it. Dispose of `spooled` when done. */
export interface FetchedFile {
  readonly file: InboxFile;
  readonly spooled: Spooled;
  readonly manifest: Manifest;
  /** True when the sender said how much of it there is: a row count or a hash. */
  readonly announced: boolean;
}

/**
 * Downloads the file and checks its hash where one was announced.
 * @throws FileRefused HASH_MISMATCH, BAD_MANIFEST, FILE_TOO_LARGE; Deferred when it is still being written; SftpFailure
 */
export async function fetchFile(
  parts: ResetParts,
  inbox: Inbox,
  { reset, file }: { readonly reset: ResetRow; readonly file: InboxFile },
): Promise<FetchedFile> {
  const sidecars = await inbox.readSidecars(file.name);
  const to = {
    dir: join(parts.config.DATA_DIR, "spool"),
    bytesMax: FILE_BYTES_MAX,
    onProgress: heartbeat(parts, reset),
  };
  const spooled = await spoolFile(inbox, file, to).catch((error: unknown) => {
    throw error instanceof FileChanged ? new Deferred(FILE_CHANGED_RETRY_MS, error.message) : error;
  });
  try {
    const manifest = sidecars.manifest ?? {};
    checkHash({ name: file.name, sha256: spooled.sha256 }, [manifest.sha256, sidecars.sha256]);
    const announced = [manifest.rows, manifest.sha256, sidecars.sha256].some((each) => each !== undefined);
    return { file, spooled, manifest, announced };
  } catch (error) {
    await spooled.dispose();
    throw error;
  }
}

/** Tells the watchdog that a long download is alive. */
function heartbeat({ database, log }: ResetParts, reset: ResetRow): () => void {
  let beatAt = Date.now();
  return () => {
    if (Date.now() - beatAt < HEARTBEAT_MS) return;
    beatAt = Date.now();
    touchReset(database, reset.id).catch((error: unknown) =>
      log.debug({ err: error }, "a sign of life could not be given"),
    );
  };
}
