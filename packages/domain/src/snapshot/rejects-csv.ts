// Reset flow, reporting: rejected rows as CSV, with their own columns plus errorCode and errorReason, to be opened in a
// spreadsheet, mended and sent again.
import type { RowRejection } from "./codes.ts";
import { csvCell } from "./csv-cell.ts";
import { ERROR_COLUMNS, isErrorColumn } from "./header.ts";

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
  const line = (cells: readonly string[]): string => `${cells.map(csvCell).join(delimiter)}\n`;
  return {
    header: () => line([...kept.map((index) => columns[index] ?? ""), ...ERROR_COLUMNS]),
    row: (fields, { code, reason }) =>
      line([...kept.map((index) => fields[index] ?? ""), code, reason, ...fields.slice(columns.length)]),
  };
}
