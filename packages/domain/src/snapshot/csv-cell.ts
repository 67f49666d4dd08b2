// Every CSV that people are given: cells from outside that are safe to open in a spreadsheet, wherever it takes a cell to begin.
//
// What begins with = + - @ (in full width as well), a tab or a carriage return is run as a formula, so it gets an apostrophe in front,
// unless the cell is a plain number: -3 stays -3. A spreadsheet may divide cells at another character than the file does, and
// then our quotes do not hold it back; so whatever follows a separator or a line end counts as a beginning, too, quotes left aside. What
// already looks guarded gets one more, so that taking one off gives back exactly what was there. The reader of snapshots
// takes it off in files that have our error columns.

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
