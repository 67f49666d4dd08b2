// Flow 2, staging: one piece of a text after another, as rows. A regular piece is only looked through; any other is cut record by record. The
// first row of a file says what its columns are, and so which cells somebody reads.
import {
  type ColumnMapping,
  columnsRead,
  FileRefused,
  type FormSettings,
  isRepairColumn,
  mapColumns,
  PLAIN_MAPPING,
} from "@inventory-sync/domain";
import { badHeaderQuote, findDelimiter, readRecords, recordTooLong } from "./csv-records.ts";
import { fieldsOf, RECORD_BYTES_MAX, type TextRows, type TextScanner, textScanner } from "./text-rows.ts";
import type { TextLimits } from "./text-source.ts";
import { refuseNul, type Unreadable, unreadable, unreadableIn } from "./unreadable.ts";

const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;
const QUOTE = 0x22;
const FIRST_BEYOND_ASCII = 0x80;
const REPLACED = "\uFFFD";

/** How a file is written, where it is not found by itself; plain data but for the last. */
export interface FileForm extends TextLimits {
  /** False where the first row is no header. A file of ours that corrects rejected rows has one all the same. */
  readonly header?: boolean;
  readonly delimiter?: string | undefined;
  /** The columns, from 0, that are read: what is not UTF-8 in another harms nobody. All, when it is not given. May throw FileRefused. */
  readonly columnsRead?: (header: readonly string[]) => ReadonlySet<number>;
}

export type SourceForm = ReturnType<typeof sourceForm>;

/**
 * How the files of a source are read: by its mapping, else by the settings (SNAPSHOT_COLUMNS and its like) and the names in their header.
 * @param mapping of the source, where it has one
 */
export function sourceForm(
  { SNAPSHOT_COLUMNS, SNAPSHOT_ID_COLUMNS, SNAPSHOT_ENCODING }: FormSettings,
  mapping = PLAIN_MAPPING,
) {
  /** Where the fields stand below a header. @throws FileRefused when it lacks one */
  const columns = (names: readonly string[]): ColumnMapping =>
    mapColumns(names, mapping, SNAPSHOT_COLUMNS, SNAPSHOT_ID_COLUMNS);
  const { header, delimiter, encoding = SNAPSHOT_ENCODING } = mapping;
  const form = { header, delimiter, encoding, columnsRead: (names: readonly string[]) => columnsRead(columns(names)) };
  return { form, columns };
}

/** Some rows as they stand in the file; nothing is trimmed or converted. Rows may have any number of fields. */
export interface RowBatch {
  readonly rows: readonly (readonly string[])[];
  /** For each row the physical line, counted from 1, on which it begins. */
  readonly lines: readonly number[];
  /** The lines of rows whose quotes can be read in two ways: they cannot be used. */
  readonly badQuotes?: ReadonlySet<number>;
  /** The same rows as places in a text, where the text is regular; the two above are then only made when asked for. */
  readonly text?: TextRows;
}

/** What becomes known of a file while it is read. */
export interface FileFacts {
  delimiter: string | undefined;
  header: readonly string[] | undefined;
  endsWithNewline: boolean;
  unreadable: Unreadable | undefined;
}

/** Reads what it can of a text that begins with a record, and says how many bytes that was. No batch where there was no record. */
type PieceReader = (text: Buffer, isLast: boolean) => { readonly batch: RowBatch | undefined; readonly bytes: number };

export function pieceReader(file: FileFacts, form: FileForm): PieceReader {
  let line = 1;
  let scan: TextScanner | undefined;
  let read: ReadonlySet<number> | undefined;
  const NOTHING = { batch: undefined, bytes: 0 } as const;

  const readHeader = (
    rows: readonly (readonly string[])[],
    at: number,
    isBadlyQuoted: boolean,
    text: Buffer,
  ): number => {
    const [first = []] = rows;
    if (isBadlyQuoted) throw badHeaderQuote(at);
    const isHeader = form.header !== false || first.some(isRepairColumn);
    const header = isHeader ? first : first.map((_, index) => `column ${index + 1}`);
    file.header = header;
    scan = textScanner(file.delimiter ?? ",", header.length);
    const unclear =
      isHeader && header.some((name) => name.includes(REPLACED)) ? unreadableIn(text, line, at) : undefined;
    try {
      read = form.columnsRead?.(header);
    } catch (error) {
      if (unclear && error instanceof FileRefused) throw unreadable(unclear);
      throw error;
    }
    if (unclear && read === undefined) throw unreadable(unclear);
    return isHeader ? 1 : 0;
  };

  return (text, isLast) => {
    const said = line === 1 && file.header === undefined ? separatorSaid(text) : undefined;
    if (said) {
      file.delimiter ??= said.delimiter;
      line += 1;
      return { batch: undefined, bytes: said.bytes };
    }
    const isTooLong = !isLast && text.length > 2 * RECORD_BYTES_MAX;
    const whole = isLast ? text.length : 1 + Math.max(text.lastIndexOf(LINE_FEED), text.lastIndexOf(CARRIAGE_RETURN));
    // A line end between quotes ends no record, but no character is cut there. The last one of a text that is too long may be.
    const checked = text.subarray(
      0,
      whole === 0 && isTooLong ? text.findLastIndex((byte) => byte < FIRST_BEYOND_ASCII) + 1 : whole,
    );
    const firstLine = line;
    refuseNul(checked, firstLine);
    const unclear = unreadableIn(checked, firstLine);
    if (unclear && form.columnsRead === undefined) throw unreadable(unclear);
    const regular = scan && !text.includes(QUOTE) ? regularEnd(text) : 0;
    const scanned = regular > 0 ? scan?.(text.subarray(0, regular), line) : undefined;
    if (scanned) {
      line += scanned.count;
      const batch = batchOf(scanned);
      if (unclear) refuseWhereRead(batch, text, firstLine);
      return { batch, bytes: regular };
    }
    file.delimiter ??= findDelimiter(text, isLast || isTooLong);
    if (file.delimiter === undefined && !isLast) return isTooLong ? tooLong() : NOTHING;
    const records = readRecords(text, file.delimiter ?? ",", line, isLast);
    if (records.bytes === 0 && isTooLong) tooLong();
    line = records.nextLine;
    const { rows, lines, badQuotes, bytes } = records;
    if (rows.length === 0) return { batch: undefined, bytes };
    const skipped = file.header === undefined ? readHeader(rows, lines[0] ?? 1, badQuotes.has(lines[0] ?? 1), text) : 0;
    const batch = { rows: rows.slice(skipped), lines: lines.slice(skipped), badQuotes };
    if (unclear) refuseWhereRead(batch, text, firstLine);
    return { batch, bytes };
  };

  function tooLong(): never {
    throw recordTooLong(line);
  }

  /** Refuses a text that is not UTF-8 where somebody reads it; elsewhere it is noted. */
  function refuseWhereRead(batch: RowBatch, text: Buffer, firstLine: number): void {
    const { rows, lines } = batch;
    for (const [row, at] of lines.entries()) {
      const isRead = [...(read ?? [])].some((column) => rows[row]?.[column]?.includes(REPLACED));
      if (isRead) throw unreadable(unreadableIn(text, firstLine, at) ?? { line: at, byte: 1, found: "", bytes: text });
    }
    file.unreadable ??= unreadableIn(text, firstLine);
  }
}

const SEPARATOR_SAID = /^sep=([,;\t|])(?:\r\n|\n|\r(?!$))/i;
const SEPARATOR_BYTES_MAX = 8;

/** The line by which a spreadsheet is told what separates the columns, where a file begins with it. */
function separatorSaid(text: Buffer): { readonly delimiter: string; readonly bytes: number } | undefined {
  const found = SEPARATOR_SAID.exec(text.toString("latin1", 0, SEPARATOR_BYTES_MAX));
  return found?.[1] === undefined ? undefined : { delimiter: found[1], bytes: found[0].length };
}

/** Where the last whole line of a text without quotes ends; 0 when none does. */
function regularEnd(text: Buffer): number {
  // A carriage return at the very end may be followed by its line feed.
  return 1 + Math.max(text.lastIndexOf(LINE_FEED), text.subarray(0, -1).lastIndexOf(CARRIAGE_RETURN));
}

export function countOf(batch: RowBatch): number {
  return batch.text ? batch.text.count : batch.rows.length;
}

/** Rows that are cut out of their text only when they are asked for. */
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
