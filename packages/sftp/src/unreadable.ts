// Flow 2, staging: text that is not UTF-8. Where it stands, what it would say in the encoding that it probably has, and the refusal that
// tells both.
import { isUtf8 } from "node:buffer";
import { FileRefused, proposedEncoding, windowsText } from "@inventory-sync/domain";

const LINE_FEED = 0x0a;
const SHOWN_BYTES_MAX = 40;

/** A place of a file that is not UTF-8. */
export interface Unreadable {
  /** The physical line, counted from 1, and the byte within it, too. */
  readonly line: number;
  readonly byte: number;
  /** What is wrong there, as the beginning of a sentence. */
  readonly found: string;
  /** Bytes from which the encoding can be told: those of the line, or the beginning of the file. */
  readonly bytes: Buffer;
}

/** Refuses a text with a NUL: no text has it. @param firstLine its physical line, counted from 1 @throws FileRefused UNREADABLE_ENCODING */
export function refuseNul(text: Buffer, firstLine: number): void {
  // A NUL is valid UTF-8, but: it is UTF-16 without a mark, a spreadsheet's own format, or the gap that a crash leaves in a
  // half-written file.
  const nul = text.indexOf(0);
  if (nul < 0) return;
  const found = "a NUL byte: the file is UTF-16, not a text file, or was damaged";
  throw unreadable({ ...placeOf(text, nul, firstLine), found, bytes: text });
}

/**
 * The first place, on or behind a line, at which a text of whole lines is not UTF-8; undefined when there is none.
 * @param firstLine the physical line of the text, counted from 1 @param fromLine the line, likewise; the first when it is not given
 */
export function unreadableIn(text: Buffer, firstLine: number, fromLine: number = firstLine): Unreadable | undefined {
  if (isUtf8(text)) return undefined;
  const start = startOf(text, fromLine - firstLine);
  const rest = text.subarray(start);
  const readable = new TextDecoder("utf-8", { ignoreBOM: true }).decode(rest);
  const replaced = readable.indexOf("\uFFFD");
  if (replaced < 0) return undefined;
  const offset = start + Buffer.byteLength(readable.slice(0, replaced));
  const place = placeOf(text, offset, firstLine);
  const lineStart = offset - place.byte + 1;
  const lineEnd = text.indexOf(LINE_FEED, offset);
  const bytes = text.subarray(lineStart, lineEnd < 0 ? text.length : lineEnd);
  const byte = (text[offset] ?? 0).toString(16).toUpperCase().padStart(2, "0");
  const seen = saidAround(text, offset, { from: lineStart, to: lineStart + bytes.length });
  return {
    ...place,
    found: `the byte 0x${byte} is not UTF-8, probably Windows-1252 or Latin-1, where it would say "${seen}"`,
    bytes,
  };
}

/** The refusal of a file that is not UTF-8, with the setting by which it can be read as it is. */
export function unreadable({ line, byte, found, bytes }: Unreadable): FileRefused {
  const encoding = proposedEncoding(bytes);
  return new FileRefused(
    "UNREADABLE_ENCODING",
    `Line ${line}, byte ${byte}: ${found}. Export the snapshot as text in UTF-8 and send it again; or, where the sender can write it in no other way, set SNAPSHOT_ENCODING=${encoding} ("encoding": "${encoding}" in the mapping of its source) and drop the same file again.`,
  );
}

/** What is told of a file that is not UTF-8 in a column which nobody reads. */
export function unreadableNote({ line, byte, found, bytes }: Unreadable): string {
  const encoding = proposedEncoding(bytes);
  return `Line ${line}, byte ${byte}: ${found}. It stands in a column that is not read, so the rows were taken. As soon as such a letter stands in an id the file will be refused: set SNAPSHOT_ENCODING=${encoding} ("encoding": "${encoding}" in the mapping of its source), or export the file in UTF-8.`;
}

/** What the bytes around a place say in Windows-1252. */
function saidAround(
  text: Buffer,
  offset: number,
  { from, to }: { readonly from: number; readonly to: number },
): string {
  const around = text.subarray(
    Math.max(from, offset - SHOWN_BYTES_MAX / 2),
    Math.min(to, offset + SHOWN_BYTES_MAX / 2),
  );
  return windowsText(around.toString("latin1")).trim();
}

/** Where a text's line begins, counted from 0. */
function startOf(text: Buffer, line: number): number {
  let start = 0;
  for (let n = 0; n < line; n++) {
    const end = text.indexOf(LINE_FEED, start);
    if (end < 0) return start;
    start = end + 1;
  }
  return start;
}

/** The line of a byte, and its number within that line, both counted from 1. */
function placeOf(text: Buffer, offset: number, firstLine: number): { line: number; byte: number } {
  let line = firstLine;
  let lineStart = 0;
  for (let at = text.indexOf(LINE_FEED); at >= 0 && at < offset; at = text.indexOf(LINE_FEED, at + 1)) {
    line += 1;
    lineStart = at + 1;
  }
  return { line, byte: offset - lineStart + 1 };
}
