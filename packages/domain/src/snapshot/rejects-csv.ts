// Reset flow, reporting: rejected rows as CSV, with their own columns plus errorCode and errorReason, to be opened in a
// spreadsheet, mended and sent again.
//
// A cell that begins with = + - @ (or a tab or a carriage return) is run as a formula by spreadsheets, so it gets an
// apostrophe in front, unless it is a plain number: -3 stays -3. A cell that already looks guarded gets one more, so
// that taking one off gives back exactly what was there. The reader takes it off in files that have our error columns.
import type { RowRejection } from "./codes.ts";
import { ERROR_COLUMNS, isErrorColumn } from "./header.ts";

const RISKY = /^'*[=+\-@\t\r]/;
const GUARDED = /^'+[=+\-@\t\r]/;
const NUMBER = /^[+-]?\d+(?:\.\d+)?$/;

/** The cell as it is safe to open in a spreadsheet. */
export function guardCell(text: string): string {
  return RISKY.test(text) && !NUMBER.test(text) ? `'${text}` : text;
}

/** The cell as it was before `guardCell`. */
export function unguardCell(text: string): string {
  return GUARDED.test(text) ? text.slice(1) : text;
}

/** Writes the parts of a rejects file; each ends with a line feed. */
export interface RejectsCsv {
  header(): string;
  /** @param fields the row as it was read, whatever its number of fields */
  row(fields: readonly string[], rejected: RowRejection): string;
}

/**
 * Makes the writer for files with these columns. Error columns that the original has, because it was itself a rejects
 * file, are replaced. A row that is too short is filled up so that its error stands under its heading; the cells of one
 * that is too long stand after the error, so that nothing is lost.
 * `delimiter` is the original's, so that the same spreadsheet opens both.
 */
export function rejectsCsv(columns: readonly string[], delimiter = ","): RejectsCsv {
  const kept = columns.flatMap((name, index) => (isErrorColumn(name) ? [] : [index]));
  const line = (cells: readonly string[]): string =>
    `${cells.map((cell) => quoted(guardCell(cell), delimiter)).join(delimiter)}\n`;
  return {
    header: () => line([...kept.map((index) => columns[index] ?? ""), ...ERROR_COLUMNS]),
    row: (fields, { code, reason }) =>
      line([...kept.map((index) => fields[index] ?? ""), code, reason, ...fields.slice(columns.length)]),
  };
}

function quoted(cell: string, delimiter: string): string {
  const needed = cell.includes(delimiter) || /["\r\n]/.test(cell) || cell.trim() !== cell;
  return needed ? `"${cell.replaceAll('"', '""')}"` : cell;
}
