// Flow 2, step 4: the rows of a spooled snapshot, in batches, with the line on which each begins. The text is cut into pieces where
// records end. A regular piece goes the fast way (text-rows.ts): its fields are only found; any other is cut record by record.
import { setImmediate } from "node:timers/promises";
import { FileRefused } from "@inventory-sync/domain";
import { countOf, type FileFacts, type FileForm, pieceReader, type RowBatch } from "./pieces.ts";
import { textChunks } from "./text-source.ts";

const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;
const DOS_END = 0x1a;

/** An opened snapshot: iterate it once to get the rows after the header. */
export type SnapshotRows = Awaited<ReturnType<typeof readSnapshotRows>>;

/**
 * Opens a local file (plain or gzip), finds its delimiter and reads its header. Line ends may be mixed; lines of
 * nothing but blanks are skipped. Between batches the event loop gets its turn, and nothing is read ahead of the caller.
 * @throws FileRefused EMPTY_FILE, HEADER_ONLY, UNREADABLE_ENCODING, GZIP_DAMAGED, INFLATED_TOO_LARGE, BAD_QUOTE,
 *   UNCLOSED_QUOTE or RECORD_TOO_LONG, here or while iterating
 */
export async function readSnapshotRows(path: string, form: FileForm = {}) {
  const file: FileFacts = {
    delimiter: form.delimiter,
    header: undefined,
    endsWithNewline: false,
    unreadable: undefined,
  };
  const batches = readBatches(textChunks(path, form), file, form);
  const head: RowBatch | undefined = (await batches.next()).value;
  if (file.header === undefined) {
    throw new FileRefused(
      "EMPTY_FILE",
      "The file is empty. An empty snapshot is never applied: send one with a header and rows.",
    );
  }
  const { header } = file;
  const first: RowBatch | undefined = head && countOf(head) === 0 ? (await batches.next()).value : head;
  if (first === undefined) {
    throw headerOnly();
  }
  let rowCount = 0;
  const handOut = (batch: RowBatch): RowBatch => {
    rowCount += countOf(batch);
    return batch;
  };
  return {
    /** Its first row; of a file without a header `column 1`, `column 2`, … */
    header,
    /** One of , ; tab | */
    delimiter: file.delimiter ?? ",",
    /** How many rows were handed out so far: all of them once the iteration has ended. Blank lines are not rows. */
    get rowCount() {
      return rowCount;
    },
    /** Valid once the iteration has ended. A file cut off inside its last field reads like a whole one except for this. */
    get endsWithNewline() {
      return file.endsWithNewline;
    },
    /** Where, in a column that is not read, the file first is not UTF-8; undefined while nothing of that kind was found. */
    get unreadable() {
      return file.unreadable;
    },
    /** Lets go of the file when the rows are not read to their end. */
    close: async (): Promise<void> => {
      await batches.return(undefined);
    },
    async *[Symbol.asyncIterator](): AsyncGenerator<RowBatch> {
      try {
        yield handOut(first);
        for await (const batch of batches) yield handOut(batch);
      } finally {
        await batches.return(undefined);
      }
    },
  };
}

/** The refusal of a file that counts nothing. */
export function headerOnly(): FileRefused {
  return new FileRefused(
    "HEADER_ONLY",
    "The file has a header but no rows. An empty snapshot is never applied: send one with rows.",
  );
}

/**
 * Reads the rows that begin on the given lines once more, as they stand in the file: for rejecting rows of which it
 * was only later known that they contradict each other.
 */
export async function readLines(
  path: string,
  lineNumbers: ReadonlySet<number>,
  form: FileForm = {},
): Promise<ReadonlyMap<number, readonly string[]>> {
  const found = new Map<number, readonly string[]>();
  if (lineNumbers.size === 0) return found;
  for await (const batch of await readSnapshotRows(path, form)) {
    const { lines } = batch;
    if (lines.some((line) => lineNumbers.has(line))) {
      const { rows } = batch;
      for (const [index, line] of lines.entries()) if (lineNumbers.has(line)) found.set(line, rows[index] ?? []);
    }
    if (found.size === lineNumbers.size) break;
  }
  return found;
}

/** Batches of the rows below the header; the first may be empty. */
async function* readBatches(
  chunks: AsyncGenerator<Buffer>,
  file: FileFacts,
  form: FileForm,
): AsyncGenerator<RowBatch, undefined, undefined> {
  const reader = pieceReader(file, form);
  let unread: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    unread = unread.length === 0 ? chunk : Buffer.concat([unread, chunk]);
    const { batch, bytes } = reader(unread, false);
    unread = unread.subarray(bytes);
    if (batch === undefined) continue;
    yield batch;
    await setImmediate();
  }
  const marks = unread.length - 1 - unread.findLastIndex((byte) => byte !== DOS_END);
  if (marks > 0) unread = unread.subarray(0, unread.length - marks);
  file.endsWithNewline = unread.length === 0 || unread.at(-1) === CARRIAGE_RETURN || unread.at(-1) === LINE_FEED;
  const { batch } = reader(unread, true);
  if (batch !== undefined) yield batch;
  return undefined;
}
