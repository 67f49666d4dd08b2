// Flow 2, step 3: brings a snapshot from the server to a local temporary file. The hash and the size are taken on
// the way, over the bytes as they were sent; a truncated or growing file gives no error by itself, so size and time are
// compared before and after.
import { createHash } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { mkdir, open, rm, statfs } from "node:fs/promises";
import { dirname } from "node:path";
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
  /** Where it goes: a file that is not there yet, in a folder that is made when missing. */
  readonly path: string;
  /** Larger files are refused. */
  readonly bytesMax: number;
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/** A file that is on its way to this machine. */
export type Spool = Awaited<ReturnType<typeof spoolFile>>;

/**
 * Begins to download `file` as the inbox listed it. What has come can be read meanwhile, but nobody may believe it before `sha256` is there.
 * @throws FileRefused FILE_TOO_LARGE; Error when the local disk has no room
 */
export async function spoolFile(inbox: Pick<Inbox, "open" | "stat">, file: InboxFile, options: SpoolOptions) {
  if (file.size > options.bytesMax) {
    throw new FileRefused(
      "FILE_TOO_LARGE",
      `${file.name} has ${file.size} bytes; the limit is ${options.bytesMax}. Send it compressed (.gz) or in several files.`,
    );
  }
  const { path } = options;
  await mkdir(dirname(path), { recursive: true, mode: OWNER_ONLY_FOLDER });
  await demandRoom(dirname(path), file);
  const local = await open(path, "wx", OWNER_ONLY);
  const remote = inbox.open(file);
  let here = 0;
  let isEnded = false;
  const more = new EventEmitter();
  const bring = async (): Promise<string> => {
    const hash = createHash("sha256");
    try {
      for await (const chunk of remote as AsyncIterable<Buffer>) {
        // A file that grows while it is read must not fill the disk.
        if (here + chunk.length > file.size) throw changed(file, "growing", here + chunk.length);
        hash.update(chunk);
        await local.appendFile(chunk);
        here += chunk.length;
        more.emit("more");
        options.onProgress?.(here);
      }
      const after = await inbox.stat(file.name);
      if (after?.size !== file.size || after.modifiedAtMs !== file.modifiedAtMs || here !== file.size) {
        const now = after && `${after.size} bytes, changed at ${new Date(after.modifiedAtMs).toISOString()}`;
        throw changed(file, now ?? "gone", here);
      }
      return hash.digest("hex");
    } finally {
      isEnded = true;
      more.emit("more");
      await local.close();
    }
  };
  const sha256 = bring();
  const ended = sha256.then(
    () => undefined,
    () => undefined,
  );
  return {
    /**
     * Once all of the file is here: its hash, as it was sent, in 64 lower-case hexadecimal digits. Rejects with FileChanged or SftpFailure, or
     * with what the local disk said.
     */
    sha256,
    /** How many of its bytes can be read here, once they are more than `beyond` or it is whole. Rejects as `sha256` does. */
    arrived: async (beyond: number): Promise<number> => {
      while (here <= beyond && !isEnded) await once(more, "more");
      if (isEnded) await sha256;
      return here;
    },
    /** Gives up what is still to come, and removes the local file. */
    dispose: async (): Promise<void> => {
      remote.destroy();
      await ended;
      await rm(path, { force: true });
    },
  };
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
