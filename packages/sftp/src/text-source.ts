// Reset flow, staging: a spooled file as a stream of checked UTF-8 text. It inflates gzip (recognised by its content,
// not its name) within limits, takes off the BOM, and refuses what is not text before a single row is believed.
import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { FileRefused } from "@inventory-sync/domain";

/** Small, because the event loop has its turn between two of them: sales go on being applied while a file is staged. */
const CHUNK_BYTES = 32 * 1024;
/** Large, because each read costs a trip to another thread. */
const READ_BYTES = 64 * 1024;
/** What zlib takes. */
const GUNZIP_BYTES_MIN = 64;
const LINE_FEED = 0x0a;
const BOM_BYTES = 3;

/** A snapshot of plain rows shrinks 5 to 50 times; far beyond that it is made to fill a disk. */
const INFLATE_RATIO_MAX = 200;
/** Up to here the ratio does not matter, because small files of equal rows shrink well too. */
const INFLATE_RATIO_FROM_BYTES = 8 * 1024 * 1024;

/** How much is read. */
export interface TextLimits {
  /** Most text that a gzip file may hold. */
  readonly inflatedBytesMax: number;
  /** How much is handed on at once. Default 32 KiB. */
  readonly chunkBytes?: number | undefined;
}

/** What is known of a file once all of its text has been read. */
export interface TextFacts {
  /** Bytes of text after inflating, without a BOM. */
  bytes: number;
  endsWithNewline: boolean;
}

/**
 * Yields the text of a local file in chunks that never split a character, and keeps `facts` up to date.
 * @throws FileRefused GZIP_DAMAGED, INFLATED_TOO_LARGE or UNREADABLE_ENCODING, with the line and byte
 */
export async function* textChunks(path: string, limits: TextLimits, facts: TextFacts): AsyncGenerator<Buffer> {
  let carried: Buffer = Buffer.alloc(0);
  let atStart = true;
  let place: Place = { line: 1, bytesBefore: 0 };
  for await (const chunk of inflated(path, limits)) {
    let text = carried.length === 0 ? chunk : Buffer.concat([carried, chunk]);
    if (atStart) {
      if (text.length < BOM_BYTES) {
        carried = text;
        continue;
      }
      atStart = false;
      refuseUtf16(text);
      text = withoutBom(text);
    }
    const complete = text.length - unfinishedBytes(text);
    carried = text.subarray(complete);
    text = text.subarray(0, complete);
    refuseUnreadable(text, place);
    place = placeAfter(place, text);
    remember(facts, text);
    if (text.length > 0) yield text;
  }
  if (carried.length === 0) return;
  refuseUnreadable(carried, place);
  remember(facts, carried);
  yield carried;
}

function remember(facts: TextFacts, text: Buffer): void {
  if (text.length === 0) return;
  facts.bytes += text.length;
  facts.endsWithNewline = text.at(-1) === LINE_FEED || text.at(-1) === 0x0d;
}

/** The file's bytes, inflated where its first two bytes are gzip's. */
async function* inflated(
  path: string,
  { inflatedBytesMax, chunkBytes = CHUNK_BYTES }: TextLimits,
): AsyncGenerator<Buffer> {
  // Asked first: a stream that fails to open while nobody listens to it yet would end the process.
  const isInflated = await isGzip(path);
  const file = createReadStream(path, { highWaterMark: Math.max(READ_BYTES, chunkBytes) });
  if (!isInflated) {
    for await (const read of file as AsyncIterable<Buffer>)
      for (let at = 0; at < read.length; at += chunkBytes) yield read.subarray(at, at + chunkBytes);
    return;
  }
  const gunzip = createGunzip({ chunkSize: Math.max(GUNZIP_BYTES_MIN, chunkBytes) });
  // Errors of either stream surface in the loop below; the callback only keeps them from being thrown twice.
  pipeline(file, gunzip, () => {});
  let bytes = 0;
  try {
    for await (const chunk of gunzip as Readable as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      refuseBomb(bytes, file.bytesRead, inflatedBytesMax);
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

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path, "r");
  try {
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

function refuseUtf16(start: Buffer): void {
  const mark = start.readUInt16BE(0);
  if (mark !== 0xfffe && mark !== 0xfeff) return;
  throw unreadable(1, 1, "the file is UTF-16 (a spreadsheet calls it Unicode text)");
}

function withoutBom(text: Buffer): Buffer {
  const hasBom = text[0] === 0xef && text[1] === 0xbb && text[2] === 0xbf;
  return hasBom ? text.subarray(BOM_BYTES) : text;
}

/** A place in the text: a line, counted from 1, and how many bytes of that line come before. */
interface Place {
  readonly line: number;
  readonly bytesBefore: number;
}

function placeAfter(start: Place, text: Buffer): Place {
  const lastLineFeed = text.lastIndexOf(LINE_FEED);
  if (lastLineFeed < 0) return { line: start.line, bytesBefore: start.bytesBefore + text.length };
  return { line: start.line + count(text, LINE_FEED), bytesBefore: text.length - lastLineFeed - 1 };
}

function refuseUnreadable(text: Buffer, start: Place): void {
  // A NUL is valid UTF-8, but no text has it: it is UTF-16 without a mark, a spreadsheet's own format, or the gap that
  // a crash leaves in a half-written file.
  const nul = text.indexOf(0);
  if (nul >= 0) throw refusalAt(text, nul, start, "a NUL byte: the file is UTF-16, not a text file, or was damaged");
  if (isUtf8(text)) return;
  const readable = new TextDecoder().decode(text);
  const offset = Buffer.byteLength(readable.slice(0, readable.indexOf("\uFFFD")));
  const byte = (text[offset] ?? 0).toString(16).toUpperCase().padStart(2, "0");
  throw refusalAt(text, offset, start, `the byte 0x${byte} is not UTF-8, probably Windows-1252 or Latin-1`);
}

function refusalAt(text: Buffer, offset: number, start: Place, what: string): FileRefused {
  const { line, bytesBefore } = placeAfter(start, text.subarray(0, offset));
  return unreadable(line, bytesBefore + 1, what);
}

function unreadable(line: number, byte: number, what: string): FileRefused {
  return new FileRefused(
    "UNREADABLE_ENCODING",
    `Line ${line}, byte ${byte}: ${what}. Export the snapshot as text in UTF-8 and send it again.`,
  );
}

/** How many bytes at the end belong to a character whose rest is yet to come: 0 to 3. */
function unfinishedBytes(text: Buffer): number {
  for (let back = 1; back <= Math.min(3, text.length); back++) {
    const byte = text[text.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return length > back ? back : 0;
    }
  }
  return 0;
}

function count(text: Buffer, byte: number): number {
  let found = 0;
  for (let at = text.indexOf(byte); at >= 0; at = text.indexOf(byte, at + 1)) found++;
  return found;
}
