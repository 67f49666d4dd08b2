// Flow 2, step 4: a spooled file as a stream of text. It inflates gzip (recognised by its content, not its name) within limits, takes
// off the BOM, and refuses what is not UTF-8 before a single row is believed.
import { open } from "node:fs/promises";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { type Encoding, FileRefused, windowsText } from "@inventory-sync/domain";
import { unreadable } from "./unreadable.ts";

/** Small, because the event loop has its turn between two of them: sales go on being applied while a file is staged. */
const CHUNK_BYTES = 32 * 1024;
/** Large, because each read costs a trip to another thread. */
const READ_BYTES = 64 * 1024;
/** What zlib takes. */
const GUNZIP_BYTES_MIN = 64;
const BOM_BYTES = 3;

/** Most text that a gzip file may hold. */
const INFLATED_BYTES_MAX = 4 * 1024 ** 3;
/** A snapshot of plain rows shrinks 5 to 50 times; far beyond that it is made to fill a disk. */
const INFLATE_RATIO_MAX = 200;
/** Up to here the ratio does not matter, because small files of equal rows shrink well too. */
const INFLATE_RATIO_FROM_BYTES = 8 * 1024 * 1024;

/** Limits of reading; each has a default that suits millions of rows. */
export interface TextLimits {
  /** Most text that a gzip file may hold, in bytes. Default 4 GiB. */
  readonly inflatedBytesMax?: number;
  /** How much of the file is looked at in one go, in bytes. Default 32 KiB. */
  readonly chunkBytes?: number;
  /** Of a file that is still being written: how many bytes can be read, once they are more than `beyond` or all. */
  readonly arrived?: ((beyond: number) => Promise<number>) | undefined;
  /** How the file says its characters. Default UTF-8, and where it begins with UTF-8's mark it is that whatever is said here. */
  readonly encoding?: Encoding | undefined;
}

/**
 * Yields a local file's text in UTF-8, in chunks, which may end within a character.
 * @throws FileRefused GZIP_DAMAGED, INFLATED_TOO_LARGE, or UNREADABLE_ENCODING for UTF-16 and what is no text
 */
export async function* textChunks(path: string, limits: TextLimits): AsyncGenerator<Buffer> {
  let start: Buffer | undefined = Buffer.alloc(0);
  let convert = converter(limits.encoding);
  for await (const chunk of inflated(path, limits)) {
    if (start === undefined) {
      yield convert(chunk);
      continue;
    }
    start = Buffer.concat([start, chunk]);
    if (start.length < BOM_BYTES) continue;
    refuseOtherFormats(start);
    if (isMarkedUtf8(start)) convert = converter("utf-8");
    yield convert(withoutBom(start, limits.encoding));
    start = undefined;
  }
  if (start !== undefined && start.length > 0) yield convert(start);
  const rest = convert(undefined);
  if (rest.length > 0) yield rest;
}

/** Makes what turns a file's bytes into UTF-8, chunk by chunk; at its end it is asked for what is left. */
function converter(encoding: Encoding = "utf-8"): (chunk: Buffer | undefined) => Buffer {
  const nothing = Buffer.alloc(0);
  switch (encoding) {
    case "utf-8":
      return (chunk) => chunk ?? nothing;
    case "windows-1252":
      return (chunk) => (chunk ? Buffer.from(windowsText(chunk.toString("latin1"))) : nothing);
    case "iso-8859-1":
      return (chunk) => (chunk ? Buffer.from(chunk.toString("latin1")) : nothing);
    default: {
      const decoder = new TextDecoder(encoding, { fatal: true });
      return (chunk) => {
        try {
          return Buffer.from(chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode());
        } catch {
          throw new FileRefused(
            "UNREADABLE_ENCODING",
            `The file is not ${encoding.toUpperCase()}, as the setting of its encoding says, or it is not whole. Correct the setting, or send the file again.`,
          );
        }
      };
    }
  }
}

/** The file's bytes, inflated where its first two bytes are gzip's. */
async function* inflated(
  path: string,
  { inflatedBytesMax = INFLATED_BYTES_MAX, chunkBytes = CHUNK_BYTES, arrived }: TextLimits,
): AsyncGenerator<Buffer> {
  const isInflated = await isGzip(path, arrived);
  const reads = bytesOfFile(path, Math.max(READ_BYTES, chunkBytes), arrived);
  if (!isInflated) {
    for await (const read of reads)
      for (let at = 0; at < read.length; at += chunkBytes) yield read.subarray(at, at + chunkBytes);
    return;
  }
  let bytesRead = 0;
  const counted = async function* () {
    for await (const read of reads) {
      bytesRead += read.length;
      yield read;
    }
  };
  const file = Readable.from(counted());
  const gunzip = createGunzip({ chunkSize: Math.max(GUNZIP_BYTES_MIN, chunkBytes) });
  // Errors of either stream surface in the loop below; the callback only keeps them from being thrown twice.
  pipeline(file, gunzip, () => {});
  let bytes = 0;
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      refuseBomb(bytes, bytesRead, inflatedBytesMax);
      yield chunk;
    }
  } catch (error) {
    if (!String((error as NodeJS.ErrnoException).code).startsWith("Z_")) throw error;
    throw new FileRefused(
      "GZIP_DAMAGED",
      `The gzip data cannot be inflated after ${bytes} bytes of text (${(error as Error).message}): the file is damaged or not whole. Compress and send it again.`,
    );
  }
}

async function* bytesOfFile(
  path: string,
  readBytes: number,
  arrived: TextLimits["arrived"],
): AsyncGenerator<Buffer, undefined> {
  const file = await open(path, "r");
  try {
    for (let at = 0; ; ) {
      await arrived?.(at);
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(readBytes), 0, readBytes, at);
      if (bytesRead === 0) return undefined;
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

async function isGzip(path: string, arrived: TextLimits["arrived"]): Promise<boolean> {
  const file = await open(path, "r");
  try {
    await arrived?.(1);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}

function refuseBomb(bytes: number, compressedBytes: number, inflatedBytesMax: number): void {
  const ratio = bytes / Math.max(1, compressedBytes);
  const suspicious = bytes > INFLATE_RATIO_FROM_BYTES && ratio > INFLATE_RATIO_MAX;
  if (bytes <= inflatedBytesMax && !suspicious) return;
  const why = suspicious
    ? `it inflates more than ${INFLATE_RATIO_MAX} times`
    : `the limit is ${inflatedBytesMax} bytes of text`;
  throw new FileRefused(
    "INFLATED_TOO_LARGE",
    `The gzip file inflates to more than ${bytes} bytes: ${why}. Send the snapshot in several files, or not compressed.`,
  );
}

/** The first bytes of what is no text, however it is read, and what it is. Gzip here is gzip within gzip: the outer one is taken off. */
const OTHER_FORMATS: readonly (readonly [bytes: readonly number[], what: string, todo: string])[] = [
  [
    [0x50, 0x4b, 0x03],
    "a zip archive or a workbook of a spreadsheet (xlsx)",
    "Unpack it, or save the sheet as CSV in UTF-8",
  ],
  [[0xd0, 0xcf, 0x11], "a workbook of an old spreadsheet (xls)", "Save the sheet as CSV in UTF-8"],
  [[0x25, 0x50, 0x44], "a PDF", "Export the counts as CSV in UTF-8"],
  [[0x1f, 0x8b], "gzip within gzip", "Compress it once"],
];

function refuseOtherFormats(start: Buffer): void {
  const found = OTHER_FORMATS.find(([bytes]) => bytes.every((byte, at) => start[at] === byte));
  if (found === undefined) return;
  throw new FileRefused("UNREADABLE_ENCODING", `The file is ${found[1]}, not text. ${found[2]}, and send it again.`);
}

function isMarkedUtf8(start: Buffer): boolean {
  return start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf;
}

function withoutBom(start: Buffer, encoding: Encoding | undefined): Buffer {
  const mark = start.readUInt16BE(0);
  const isUtf16 = mark === 0xfffe || mark === 0xfeff;
  // The mark of UTF-16 is taken off by what decodes it.
  if (isUtf16 && !encoding?.startsWith("utf-16"))
    throw unreadable({
      line: 1,
      byte: 1,
      found: "the file is UTF-16 (a spreadsheet calls it Unicode text)",
      bytes: start,
    });
  return isMarkedUtf8(start) ? start.subarray(BOM_BYTES) : start;
}
