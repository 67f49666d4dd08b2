// Flow 2, step 3: the bytes of a remote file of known size, with many reads under way at once and handed on in order: one read a
// round trip leaves a line idle for most of the time. It reads no further than the size it was given, and ends early where the file
// does. A frozen server sends nothing and no error either, so a read that is not answered for a while fails.
import { Readable } from "node:stream";

/** What one read asks for: what OpenSSH answers at once, its largest packet less the 2 KiB that ssh2 leaves for its head. Servers may answer with less; the rest is then asked for again. */
const READ_BYTES = 254 * 1024;
/** Reads under way or waiting for their turn: what is asked for ahead of the reader is never more than these. */
const READS_AHEAD_MAX = 8;

/** The part of an SFTP client that reads need; ssh2's fits. */
export interface ReadsFiles {
  open(path: string, flags: string, done: (error: Error | undefined, handle: Buffer) => void): void;
  read(
    handle: Buffer,
    into: Buffer,
    at: number,
    length: number,
    position: number,
    done: (error: Error | undefined, bytesRead: number) => void,
  ): void;
  close(handle: Buffer, done: (error?: Error) => void): void;
}

interface Part {
  readonly buffer: Buffer;
  readonly position: number;
  filled: number;
  /** All of it is there, or the file ended within it. */
  isWhole: boolean;
}

/** How a file is read, and what its failures are told as. */
export interface ReadWays {
  readonly readBytes?: number;
  readonly aheadMax?: number;
  /** When no read has been answered for so long the stream fails. Time in which its reader takes nothing does not count. */
  readonly stallMs?: number;
  readonly stalled?: () => Error;
  readonly failed?: (error: Error) => Error;
}

/**
 * Reads `size` bytes from the beginning of a file. A server that refuses a read while others are under way is asked again
 * with one at a time: some take few. The stream ends early, without an error, where the file does.
 */
export function readInOrder(
  sftp: ReadsFiles,
  path: string,
  size: number,
  {
    readBytes = READ_BYTES,
    aheadMax = READS_AHEAD_MAX,
    stallMs,
    stalled = () => new Error(`no bytes of ${path} came`),
    failed = (error) => error,
  }: ReadWays = {},
): Readable {
  /** In the order of the file: first those that are handed on next. */
  const parts: Part[] = [];
  /** Those that must be asked for again. */
  const unanswered: Part[] = [];
  let handle: Buffer | undefined;
  let underWay = 0;
  let underWayMax = aheadMax;
  let asked = 0;
  let isWanted = false;
  let stall: NodeJS.Timeout | undefined;

  const watch = (isWaiting: boolean, fail = (error: Error): unknown => stream.destroy(error)): void => {
    clearTimeout(stall);
    if (isWaiting && stallMs !== undefined) stall = setTimeout(() => fail(stalled()), stallMs);
  };
  const nextPart = (): Part | undefined => {
    if (asked >= size || parts.length >= aheadMax) return undefined;
    const buffer = Buffer.allocUnsafe(Math.min(readBytes, size - asked));
    const part: Part = { buffer, position: asked, filled: 0, isWhole: false };
    asked += buffer.length;
    parts.push(part);
    return part;
  };
  const handOn = ({ buffer, filled }: Part): void => {
    if (filled > 0) isWanted = stream.push(buffer.subarray(0, filled));
    if (filled === buffer.length) return;
    // The file ends here: what was asked for beyond is not part of it.
    parts.length = 0;
    asked = size;
  };
  const goOn = (): void => {
    if (stream.destroyed || stream.readableEnded) return;
    while (isWanted && parts[0]?.isWhole) handOn(parts.shift() as Part);
    if (isWanted && asked >= size && parts.length === 0) return void stream.push(null);
    while (underWay < underWayMax) {
      const part = unanswered.shift() ?? nextPart();
      if (!part) return;
      ask(part);
    }
  };
  const ask = (part: Part): void => {
    const { buffer, position, filled } = part;
    const isAlone = underWayMax === 1;
    underWay += 1;
    watch(true);
    sftp.read(handle as Buffer, buffer, filled, buffer.length - filled, position + filled, (error, bytesRead) => {
      underWay -= 1;
      if (stream.destroyed) return;
      watch(underWay > 0);
      if (error && (isAlone || !isRefusal(error))) return void stream.destroy(failed(error));
      if (error) underWayMax = 1;
      else part.filled += bytesRead;
      part.isWhole = !error && (bytesRead === 0 || part.filled === buffer.length);
      if (!part.isWhole) unanswered.push(part);
      goOn();
    });
  };
  const stream = new Readable({
    highWaterMark: readBytes,
    construct: (done) => {
      let isOpening = true;
      const end = (error?: Error): void => {
        if (isOpening) done(error);
        isOpening = false;
      };
      watch(true, end);
      sftp.open(path, "r", (error, opened) => {
        watch(false);
        handle = opened;
        end(error && failed(error));
      });
    },
    read: () => {
      isWanted = true;
      goOn();
    },
    destroy: (error, done) => {
      clearTimeout(stall);
      // The answer to a goodbye is not waited for: the connection may be what failed.
      if (handle) sftp.close(handle, () => undefined);
      done(error);
    },
  });
  return stream;
}

/** Whether a server that is there said no; a lost connection has no number of the protocol. */
function isRefusal(error: Error): boolean {
  return typeof (error as { code?: unknown }).code === "number";
}
