// Flow 2, steps 2 and 3: a file is taken once it is unchanged for a while, and after those that came before it. It comes to this
// machine, and what its sender said about the whole of it is held against what arrived.
import { type Database, earlierOpenReset, observeFile, type ResetRow, touchReset } from "@inventory-sync/db";
import { checkHash, Deferred, type Manifest, type SnapshotMapping } from "@inventory-sync/domain";
import { FileChanged, type Inbox, type InboxFile, type Spool, spoolFile } from "@inventory-sync/sftp";
import type { WorkerConfig } from "../config.ts";

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

/** A file to stage and how. Plain data: it can be sent to another thread. */
export interface StagingTask {
  readonly reset: Pick<ResetRow, "id" | "generation" | "createdAt">;
  /** As it stood in incoming/ when it was last looked at. */
  readonly file: InboxFile;
  /** The local file that it becomes while it is read. */
  readonly spoolPath: string;
  readonly settings: Pick<
    WorkerConfig,
    | "RESET_TIME_ZONE"
    | "SNAPSHOT_COLUMNS"
    | "SNAPSHOT_ID_COLUMNS"
    | "SNAPSHOT_ENCODING"
    | "SNAPSHOT_FINAL_NEWLINE"
    | "SNAPSHOT_DUPLICATE_IDS"
    | "UNKNOWN_FACILITY"
    | "UNKNOWN_PRODUCT"
    | "GUARD_NEW_FACILITIES"
  >;
  /** How the files of its source are written, where that is said. */
  readonly mapping?: SnapshotMapping | undefined;
  /** What a product becomes that the file does not list: the reset keeps it, so that whoever applies it later does the same. */
  readonly absentRows: "keep" | "zero";
}

/** A file that is on its way to this machine, with what its sender said of it. */
export interface ArrivingFile extends Pick<Spool, "arrived"> {
  /** Where it is on this machine. */
  readonly path: string;
  readonly file: InboxFile;
  readonly manifest: Manifest;
  /** True when the sender said how much of it there is: a row count or a hash. */
  readonly announced: boolean;
  /**
   * Its hash, once all of it is here and is what was announced. Nothing that stays may be made of its rows before.
   * Rejects with FileRefused HASH_MISMATCH; Deferred when the file is still being written; SftpFailure.
   */
  readonly sha256: Promise<string>;
}

/**
 * Begins to download the file, and gives it up or removes it once `use` has ended.
 * @throws FileRefused BAD_MANIFEST, FILE_TOO_LARGE; SftpFailure; and what `use` throws
 */
export async function withArriving<Result>(
  database: Database,
  inbox: Pick<Inbox, "open" | "stat" | "readSidecars">,
  { reset, file, spoolPath: path }: Pick<StagingTask, "reset" | "file" | "spoolPath">,
  use: (file: ArrivingFile) => Promise<Result>,
): Promise<Result> {
  const { manifest = {}, sha256: announcedHash } = await inbox.readSidecars(file.name);
  const spool = await spoolFile(inbox, file, {
    path,
    bytesMax: FILE_BYTES_MAX,
    // Tells the watchdog that a long download is alive. What could not be told is no harm: the next one follows.
    onProgress: nowAndThen(HEARTBEAT_MS, () => touchReset(database, reset.id).catch(() => undefined)),
  });
  const { arrived } = spool;
  const sha256 = spool.sha256.then(
    (found) => {
      checkHash({ name: file.name, sha256: found }, [manifest.sha256, announcedHash]);
      return found;
    },
    (error: unknown) => {
      throw error instanceof FileChanged ? new Deferred(FILE_CHANGED_RETRY_MS, error.message) : error;
    },
  );
  // Who waits for it is told; until somebody does, its failure must not end the process.
  sha256.catch(() => undefined);
  const announced = [manifest.rows, manifest.sha256, announcedHash].some((each) => each !== undefined);
  try {
    return await use({ file, path, arrived, manifest, announced, sha256 });
  } finally {
    await spool.dispose();
  }
}

/** Makes what does some work when it was last done a while ago. */
export function nowAndThen(everyMs: number, work: () => Promise<void>): () => Promise<void> {
  let doneAt = Date.now();
  return async () => {
    if (Date.now() - doneAt <= everyMs) return;
    doneAt = Date.now();
    await work();
  };
}
