// Every CSV that people are given: cells from outside that are safe to open in a spreadsheet, wherever it takes a cell to begin; and
// rejected rows (flow 2, step 7), with their own columns and what is wrong, to be corrected there and sent again as a repair.
//
// What begins with = + - @ (in full width as well), a tab or a carriage return is run as a formula, so it gets an apostrophe in front,
// unless the cell is a plain number: -3 stays -3. A spreadsheet may divide cells at another character than the file does, and
// then our quotes do not hold it back; so whatever follows a separator or a line end counts as a beginning, too, quotes left aside. What
// already looks guarded gets one more, so that taking one off gives back exactly what was there. The reader of snapshots
// takes it off in files that have our error columns.
import { own } from "../values.ts";
import { ROW_CODES } from "./faults.ts";
import { ERROR_COLUMNS, isErrorColumn } from "./header.ts";
import { repairColumn, repairColumnName } from "./repair.ts";

const BEGINNING = "(?<=^|[,;\\t|\\r\\n])";
const RUN = "[=+\\-@\uff1d\uff0b\uff0d\uff20\\t\\r]";
const RISKY = new RegExp(`${BEGINNING}(?=['"]*${RUN})`, "g");
const GUARD = new RegExp(`${BEGINNING}'(?=['"]*${RUN})`, "g");
const NUMBER = /^[+-]?\d+(?:\.\d+)?$/;
const TO_QUOTE = /[",;\t|\r\n]/;

/** The cell as a line of CSV holds it, whatever separates its cells: guarded, and quoted where a spreadsheet could divide it. */
export function csvCell(text: string): string {
  const cell = guardCell(text);
  return TO_QUOTE.test(cell) || cell.trim() !== cell ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** The cell as it is safe to open in a spreadsheet. */
export function guardCell(text: string): string {
  return NUMBER.test(text) ? text : text.replace(RISKY, "'");
}

/** The cell as it was before `guardCell`. */
export function unguardCell(text: string): string {
  return text.replace(GUARD, "");
}

/** A rejected row as it is on record. */
export interface RejectedFields {
  /** The line on which it began, counted from 1. */
  readonly line: number;
  /** The row as it was read, whatever its number of fields. */
  readonly fields: readonly string[];
  readonly code: string;
  readonly reason: string;
}

/** Writes rejected rows: the one form in which they are handed back, wherever that is. */
export type RejectsCsv = ReturnType<typeof rejectsCsv>;

/**
 * Makes the writer of a reset's rejected rows: their own columns, code, reason and fix, and the line that each had, below the
 * reset's id, by which the file is known again as a repair. Rows of a repair keep the reset and the line that they had at first. A row
 * that is too short is filled up. `delimiter` is the original's, so that the same spreadsheet opens both.
 */
export function rejectsCsv(
  { columns, delimiter = "," }: { readonly columns: readonly string[]; readonly delimiter?: string },
  resetId: string,
) {
  const kept = columns.flatMap((name, index) => (isErrorColumn(name) ? [] : [index]));
  const before = repairColumn(columns);
  return {
    columns: [
      ...kept.map((index) => columns[index] ?? ""),
      ...ERROR_COLUMNS,
      repairColumnName(before?.resetId ?? resetId),
    ],
    /** The cells of one row, in the order of `columns`; those of a row that is too long stand behind them, so that nothing is lost. */
    cells: ({ line, fields, code, reason }: RejectedFields): string[] => {
      const at = before === null ? String(line) : (fields[before.index] ?? "");
      const own = kept.map((index) => fields[index] ?? "");
      return [...own, code, ...causeAndFix(code, reason), at, ...fields.slice(columns.length)];
    },
    /** One line of the file, with its end. */
    line: (cells: readonly string[]): string => `${cells.map(csvCell).join(delimiter)}\n`,
  };
}

/** A reason is the cause and then the fix, unless it was written for the one row. */
function causeAndFix(code: string, reason: string): readonly [string, string] {
  const fix = own<{ readonly fix: string }>(ROW_CODES, code)?.fix ?? "";
  return fix !== "" && reason.endsWith(`: ${fix}`) ? [reason.slice(0, -fix.length - 2), fix] : [reason, ""];
}
