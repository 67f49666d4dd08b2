// Reset flow, staging: the rows of a spooled snapshot, in batches, with the line on which each begins. Strict about
// quotes and encoding, since one quote can swallow a thousand rows; tolerant about delimiters, line ends and columns,
// since those are judged row by row.
import { setImmediate } from "node:timers/promises";
import { FileRefused } from "@inventory-sync/domain";
import { type Parser, parse } from "csv-parse";
import { csvRefusal } from "./csv-refusal.ts";
import { findDelimiter, firstLine } from "./delimiter.ts";
import { readPlainRows } from "./plain-rows.ts";
import { fieldsOf, type TextRows } from "./text-rows.ts";
import { type TextFacts, textChunks } from "./text-source.ts";

const RECORD_BYTES_MAX = 64 * 1024;
const INFLATED_BYTES_MAX = 4 * 1024 ** 3;
const BATCH_ROWS = 2_000;

/** Limits of reading; each has a default that suits millions of rows. */
export interface SnapshotRowsLimits {
  /** Longest record, in bytes. Default 64 KiB. */
  readonly recordBytesMax?: number;
  /** Most text that a gzip file may hold, in bytes. Default 4 GiB. */
  readonly inflatedBytesMax?: number;
  /** A batch is handed out as soon as it has this many rows; it may hold up to one chunk more. Default 2,000. */
  readonly batchRows?: number;
  /** How much of the file is looked at in one go, in bytes. Default 32 KiB. */
  readonly chunkBytes?: number;
}

/** Some rows as they stand in the file; nothing is trimmed or converted. Rows may have any number of fields. */
export interface RowBatch {
  readonly rows: readonly (readonly string[])[];
  /** For each row the physical line, counted from 1, on which it begins. */
  readonly lines: readonly number[];
  /** The same rows as places in a text, where the text is regular; the two above are then only made when asked for. */
  readonly text?: TextRows;
}

/** An opened snapshot: iterate it once to get the rows after the header. */
export interface SnapshotRows extends AsyncIterable<RowBatch> {
  readonly header: readonly string[];
  /** One of , ; tab | */
  readonly delimiter: string;
  /** How many rows were handed out so far: all of them once the iteration has ended. Blank lines are not rows. */
  readonly rowCount: number;
  /** Valid once the iteration has ended. A file cut off inside its last field reads like a whole one except for this. */
  readonly endsWithNewline: boolean;
  /** Lets go of the file when the rows are not read to their end. */
  close(): Promise<void>;
}

/**
 * Opens a local file (plain or gzip), finds its delimiter and reads its header. Line ends may be mixed; lines of
 * nothing but blanks are skipped. Between batches the event loop gets its turn, and nothing is read ahead of the caller.
 * @throws FileRefused EMPTY_FILE, HEADER_ONLY, UNREADABLE_ENCODING, GZIP_DAMAGED, INFLATED_TOO_LARGE, BAD_QUOTE,
 *   UNCLOSED_QUOTE or RECORD_TOO_LONG, here or while iterating
 */
export async function readSnapshotRows(path: string, limits: SnapshotRowsLimits = {}): Promise<SnapshotRows> {
  const recordBytesMax = limits.recordBytesMax ?? RECORD_BYTES_MAX;
  const facts: TextFacts = { bytes: 0, endsWithNewline: false };
  const bounds = { inflatedBytesMax: limits.inflatedBytesMax ?? INFLATED_BYTES_MAX, chunkBytes: limits.chunkBytes };
  const chunks = textChunks(path, bounds, facts);
  const head = await readHead(chunks, recordBytesMax);
  const format: Format = { delimiter: head.delimiter, recordBytesMax, columns: undefined };
  const batches = parseBatches(withHead(head.read, chunks), format, Math.max(2, limits.batchRows ?? BATCH_ROWS));
  const first = (await batches.next()).value as RowBatch;
  const header = first.rows[0];
  if (header === undefined) throw emptyFile();
  format.columns = header.length;
  if (first.rows.length === 1) {
    throw new FileRefused(
      "HEADER_ONLY",
      "The file has a header but no rows. An empty snapshot is never applied: send one with rows.",
    );
  }
  const firstRows = { rows: first.rows.slice(1), lines: first.lines.slice(1) };
  let rowCount = 0;
  return {
    header,
    delimiter: head.delimiter,
    get rowCount() {
      return rowCount;
    },
    get endsWithNewline() {
      return facts.endsWithNewline;
    },
    close: async () => {
      await batches.return(undefined);
    },
    async *[Symbol.asyncIterator]() {
      rowCount += firstRows.rows.length;
      try {
        yield firstRows;
        for await (const batch of batches) {
          rowCount += batch.text ? batch.text.count : batch.rows.length;
          yield batch;
        }
      } finally {
        await batches.return(undefined);
      }
    },
  };
}

/** Reads on until the header line is whole, to learn the delimiter. What was read is kept for the parser. */
async function readHead(
  chunks: AsyncGenerator<Buffer>,
  recordBytesMax: number,
): Promise<{ read: Buffer; delimiter: string }> {
  let read: Buffer = Buffer.alloc(0);
  for (;;) {
    const next = await chunks.next();
    if (!next.done) read = read.length === 0 ? next.value : Buffer.concat([read, next.value]);
    // Whatever follows the last line end need not be whole: an added line end closes a header that ends the file.
    const text = read.subarray(0, recordBytesMax).toString("utf8");
    const line = firstLine(next.done ? `${text}\n` : text);
    if (line !== undefined) return { read, delimiter: findDelimiter(line) };
    if (next.done && text.trim() === "") throw emptyFile();
    // A header without an end is left to the parser, which says what is wrong with it.
    if (next.done || read.length >= recordBytesMax) return { read, delimiter: findDelimiter(text) };
  }
}

function emptyFile(): FileRefused {
  return new FileRefused(
    "EMPTY_FILE",
    "The file is empty. An empty snapshot is never applied: send one with a header and rows.",
  );
}

async function* withHead(head: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head;
  yield* rest;
}

interface Format {
  readonly delimiter: string;
  readonly recordBytesMax: number;
  /** How many the header has, once it was read. */
  columns: number | undefined;
}

function openParser({ delimiter, recordBytesMax }: Format): Parser {
  return parse({
    delimiter,
    // Longest first, so that CRLF is one line end. Listing all three lets a file mix them.
    record_delimiter: ["\r\n", "\n", "\r"],
    max_record_size: recordBytesMax,
    // A row of another length is rejected by itself, by the reader of rows; here it must not stop the file.
    relax_column_count: true,
    bom: false,
  });
}

/** Goes the short way for as long as the text is plain, and lets the parser read the rest. */
async function* parseBatches(
  chunks: AsyncGenerator<Buffer>,
  format: Format,
  batchRows: number,
): AsyncGenerator<RowBatch, undefined> {
  let into = { rows: [] as (readonly string[])[], lines: [] as number[] };
  const plain = readPlainRows(format.delimiter, format.recordBytesMax);
  const parser = openParser(format);
  let parsing = false;
  let line = 1;
  parser.on("data", (record: readonly string[]) => {
    if (!isBlank(record)) {
      into.rows.push(record);
      into.lines.push(line);
    }
    line += 1 + lineEndsWithin(record);
  });
  // The error reaches the caller through the write or end that caused it; unlistened it would end the process.
  parser.on("error", () => {});
  const parse = async (text: Buffer | string): Promise<void> => {
    if (!parsing) line = plain.line;
    parsing = true;
    await settled((done) => parser.write(text, done));
  };
  try {
    for await (const chunk of chunks) {
      const text = parsing || format.columns === undefined ? undefined : plain.scan(chunk, format.columns);
      if (text) {
        if (into.rows.length > 0) yield into;
        into = { rows: [], lines: [] };
        if (text.count > 0) yield batchOf(text);
        await setImmediate();
        continue;
      }
      const left = parsing ? chunk : plain.take(chunk, into);
      if (left !== undefined) await parse(left);
      if (into.rows.length < batchRows) continue;
      yield into;
      into = { rows: [], lines: [] };
      await setImmediate();
    }
    const last = parsing ? "" : plain.end();
    if (last !== "") await parse(last);
    await settled((done) => parser.end(done));
  } catch (error) {
    throw csvRefusal(error, line);
  } finally {
    await chunks.return(undefined);
    parser.destroy();
  }
  yield into;
  return undefined;
}

/** Rows that are cut out of their text only when somebody asks for them. */
function batchOf(text: TextRows): RowBatch {
  return {
    text,
    get rows() {
      return Array.from({ length: text.count }, (_, row) => fieldsOf(text, row));
    },
    get lines() {
      return Array.from({ length: text.count }, (_, row) => text.firstLine + row);
    },
  };
}

function settled(act: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    act((error) => (error ? reject(error) : resolve()));
  });
}

function isBlank(record: readonly string[]): boolean {
  return record.length === 1 && record[0]?.trim() === "";
}

/** A quoted field may hold line ends; the next record then begins that much further down. */
function lineEndsWithin(record: readonly string[]): number {
  let ends = 0;
  for (const field of record) {
    if (field.includes("\n") || field.includes("\r")) ends += field.match(/\r\n|\n|\r/g)?.length ?? 0;
  }
  return ends;
}
