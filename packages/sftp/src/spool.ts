// Flow 2, step 3: brings a snapshot from the server to a local temporary file. The hash and the size are taken on
// the way, over the bytes as they were sent; a truncated or growing file gives no error by itself, so size and time are
// compared before and after.
import { createHash, randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { FileRefused } from "@inventory-sync/domain";
import type { Inbox } from "./inbox.ts";
import type { InboxFile } from "./leave-incoming.ts";

const OWNER_ONLY = 0o600;
const OWNER_ONLY_FOLDER = 0o700;
/** What must stay free on the local disk besides the file itself. */
const DISK_RESERVE_BYTES = 64 * 1024 * 1024;

/** The file changed while it was read: it is still being written. Nothing is wrong with it; it is taken later. */
export class FileChanged extends Error {
  override readonly name = "FileChanged";
  readonly code = "FILE_CHANGED";
}

export interface SpoolOptions {
  /** A local folder; it is made when missing. */
  readonly dir: string;
  /** Larger files are refused. */
  readonly bytesMax: number;
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/** A downloaded file; `dispose` removes it. */
export interface Spooled {
  readonly path: string;
  readonly bytes: number;
  /** Of the file as it was sent, in 64 lower-case hexadecimal digits. */
  readonly sha256: string;
  dispose(): Promise<void>;
}

/**
 * Downloads `file` as the inbox listed it.
 * @throws FileRefused FILE_TOO_LARGE; FileChanged; SftpFailure; Error when the local disk has no room
 */
export async function spoolFile(
  inbox: Pick<Inbox, "open" | "stat">,
  file: InboxFile,
  options: SpoolOptions,
): Promise<Spooled> {
  if (file.size > options.bytesMax) {
    throw new FileRefused(
      "FILE_TOO_LARGE",
      `${file.name} has ${file.size} bytes; the limit is ${options.bytesMax}. Send it compressed (.gz) or in several files.`,
    );
  }
  await mkdir(options.dir, { recursive: true, mode: OWNER_ONLY_FOLDER });
  await demandRoom(options.dir, file);
  const path = join(options.dir, `snapshot-${randomUUID()}`);
  const dispose = (): Promise<void> => rm(path, { force: true });
  try {
    const meter = meteringHash(file, options.onProgress);
    await pipeline(inbox.open(file), meter.stream, createWriteStream(path, { mode: OWNER_ONLY, flags: "wx" }));
    const after = await inbox.stat(file.name);
    if (after?.size !== file.size || after.modifiedAtMs !== file.modifiedAtMs || meter.bytes() !== file.size) {
      throw changed(
        file,
        after ? `${after.size} bytes, changed at ${new Date(after.modifiedAtMs).toISOString()}` : "gone",
        meter.bytes(),
      );
    }
    return { path, bytes: file.size, sha256: meter.digest(), dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

function meteringHash(file: InboxFile, onProgress: SpoolOptions["onProgress"]) {
  const hash = createHash("sha256");
  let bytes = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      // A file that grows while it is read must not fill the disk.
      if (bytes > file.size) return done(changed(file, "growing", bytes));
      hash.update(chunk);
      onProgress?.(bytes);
      done(null, chunk);
    },
  });
  return { stream, bytes: () => bytes, digest: () => hash.digest("hex") };
}

function changed(file: InboxFile, now: string, bytesRead: number): FileChanged {
  const before = `${file.size} bytes, changed at ${new Date(file.modifiedAtMs).toISOString()}`;
  return new FileChanged(
    `${file.name} changed while it was read (before: ${before}; now: ${now}; read: ${bytesRead} bytes). It is taken once it stands still; senders that upload under another name and rename at the end avoid this.`,
  );
}

async function demandRoom(dir: string, file: InboxFile): Promise<void> {
  const disk = await statfs(dir);
  const free = disk.bavail * disk.bsize;
  if (free >= file.size + DISK_RESERVE_BYTES) return;
  throw new Error(
    `${file.name} (${file.size} bytes) cannot be downloaded: only ${free} bytes are free in ${dir}. Free some space there.`,
  );
}
