// Reset flow, staging: the short way from text to rows. A file without double quotes is cut at its line ends and delimiters,
// several times as fast as a parser goes through it. It knows only what cannot be misread: at the first quote, lone carriage
// return or very long line it hands the rest of the file, from the beginning of a line on, to the parser in rows.ts.

import { scanRows, type TextRows } from "./text-rows.ts";

const QUOTE = 0x22;
const CARRIAGE_RETURN = 0x0d;
const LONE_RETURN = /\r(?!\n|$)/;
const ANY_LINE_END = /\r?\n/;
/** UTF-8 needs at most three bytes for one unit of a string. */
const BYTES_A_CHARACTER_MAX = 3;

/** Where rows go, each with the physical line on which it begins. */
export interface RowSink {
  readonly rows: (readonly string[])[];
  readonly lines: number[];
}

/** Reads one text from its beginning, chunk by chunk. */
export interface PlainRows {
  /** The line on which what is not read yet begins, counted from 1. */
  readonly line: number;
  /**
   * Reads a chunk (whole characters of UTF-8) and keeps what follows its last line end for the next one. Returns the text
   * that is left for the parser when there is something that it must decide; then this is not called again.
   */
  take(chunk: Buffer, into: RowSink): string | undefined;
  /** Reads a chunk in the shortest way, or says undefined: then nothing was read of it, and it is for `take`. @param columns of the header */
  scan(chunk: Buffer, columns: number): TextRows | undefined;
  /** What follows the last line end, for the parser. */
  end(): string;
}

/** Starts to read. @param recordBytesMax longer records are the parser's to refuse */
export function readPlainRows(delimiter: string, recordBytesMax: number): PlainRows {
  const lineLengthMax = Math.floor(recordBytesMax / BYTES_A_CHARACTER_MAX);
  let line = 1;
  let unfinished: Buffer = Buffer.alloc(0);
  // Used for one chunk after another: room of the size of four chunks for each would be what the collector is busy with.
  let bounds = new Int32Array(0);
  return {
    get line() {
      return line;
    },
    take(chunk, { rows, lines }) {
      const text = unfinished.toString("utf8") + chunk.toString("utf8");
      const hasReturns = unfinished.at(-1) === CARRIAGE_RETURN || chunk.includes(CARRIAGE_RETURN);
      if (chunk.includes(QUOTE) || (hasReturns && LONE_RETURN.test(text))) return text;
      const texts = text.split(hasReturns ? ANY_LINE_END : "\n");
      if (texts.some((each) => each.length > lineLengthMax)) return text;
      unfinished = Buffer.from(texts.pop() ?? "", "utf8");
      for (const each of texts) {
        const row = each.split(delimiter);
        if (row.length > 1 || each.trim() !== "") {
          rows.push(row);
          lines.push(line);
        }
        line += 1;
      }
      return undefined;
    },
    scan(chunk, columns) {
      const bytes = unfinished.length === 0 ? chunk : Buffer.concat([unfinished, chunk]);
      if (bounds.length < bytes.length + 2) bounds = new Int32Array(2 * bytes.length + 2);
      const found = scanRows(bytes, { delimiter, columns, lineLengthMax, bounds });
      if (!found) return undefined;
      const firstLine = line;
      line += found.count;
      unfinished = bytes.subarray(found.end);
      return {
        text: bytes.toString("latin1", 0, found.end),
        columns,
        count: found.count,
        firstLine,
        bounds: found.bounds,
      };
    },
    end: () => unfinished.toString("utf8"),
  };
}
