// Flow 2, staging: one record of CSV, found in a text of bytes (a character each). A quote opens a value only at its beginning, blanks left
// aside; anywhere else in an unquoted value it is a mark like any other. A quoted value that goes on behind its closing quote
// could be read in two ways, and so can one that holds whole rows: then every line of its record is handed out as it stands, to be
// rejected, and nothing is swallowed.
import { characters } from "./text-rows.ts";

const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;
const QUOTE = 0x22;
const SPACE = 0x20;
/** What DOS programs write behind the last line. */
const DOS_END = "\u001a";
/** A store, a product and a count. */
const COLUMNS_MIN = 3;
const LINE_ENDS = /\r\n|\n|\r/;

/** A record, or the lines of one that is badly quoted. */
export interface CsvRecord {
  readonly rows: readonly (readonly string[])[];
  readonly isBadlyQuoted: boolean;
  /** Where the next record begins. */
  readonly end: number;
  /** How many lines it ends, those within its values included. */
  readonly lineEnds: number;
}

/** Whether a record is nothing but blanks, or the mark by which DOS programs end a file. */
export function isBlankRecord(fields: readonly string[]): boolean {
  if (fields.length > 1) return false;
  const only = fields[0]?.trim() ?? "";
  return only === "" || only === DOS_END;
}

/**
 * The record that begins at `start`; "open" when it does not end in the text, which goes on unless `isLast`, and "unclosed" when it ends
 * nowhere because of a quote. Takes time that is linear in the record's length.
 */
export function recordAt(
  text: string,
  start: number,
  delimiter: string,
  isLast: boolean,
): CsvRecord | "open" | "unclosed" {
  const separator = delimiter.charCodeAt(0);
  const fields: string[] = [];
  let lineEnds = 0;
  for (let at = start; ; ) {
    const opening = quoteAt(text, at);
    const field = opening < 0 ? plainField(text, at, separator) : quotedField(text, opening, separator, isLast);
    if (typeof field === "string") return field;
    const { value, end } = field;
    if (value === undefined) return badlyQuoted(text, start, end, { delimiter, isLast });
    fields.push(characters(value));
    if (opening >= 0) lineEnds += lineEndsIn(value);
    if (text.charCodeAt(end) === separator) at = end + 1;
    else {
      const next = afterLineEnd(text, end, isLast);
      if (next === undefined) return "open";
      // Only a value with both in it may be whole rows between two stray quotes.
      const mayHoldRows = (said: string): boolean => LINE_ENDS.test(said) && said.includes(delimiter);
      if (lineEnds > 0 && fields.some(mayHoldRows) && mayBeRows(text.slice(start, end), delimiter, fields.length))
        return badlyQuoted(text, start, end - 1, { delimiter, isLast });
      return { rows: [fields], isBadlyQuoted: false, end: next, lineEnds: lineEnds + 1 };
    }
  }
}

/** A field and where it ends: at a delimiter, a line end or the end of the text. Without a value it is badly quoted, there. */
interface Field {
  readonly value: string | undefined;
  readonly end: number;
}

/** Where the quote stands that opens a value; -1 where none does. */
function quoteAt(text: string, start: number): number {
  let at = start;
  while (text.charCodeAt(at) === SPACE) at++;
  return text.charCodeAt(at) === QUOTE ? at : -1;
}

function plainField(text: string, start: number, separator: number): Field {
  let end = start;
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end);
    if (code === separator || code === LINE_FEED || code === CARRIAGE_RETURN) break;
  }
  return { value: text.slice(start, end), end };
}

function quotedField(text: string, opening: number, separator: number, isLast: boolean): Field | "open" | "unclosed" {
  const missing = isLast ? "unclosed" : "open";
  let value = "";
  for (let from = opening + 1; ; ) {
    const quote = text.indexOf('"', from);
    if (quote < 0) return missing;
    if (text.charCodeAt(quote + 1) === QUOTE) {
      value += text.slice(from, quote + 1);
      from = quote + 2;
      continue;
    }
    value += text.slice(from, quote);
    let end = quote + 1;
    while (text.charCodeAt(end) === SPACE) end++;
    if (end >= text.length) return isLast ? { value, end } : "open";
    const code = text.charCodeAt(end);
    const isClosed = code === separator || code === LINE_FEED || code === CARRIAGE_RETURN;
    return { value: isClosed ? value : undefined, end };
  }
}

/** The lines from the record's first to the one of the bad quote, each cut at its delimiters. */
function badlyQuoted(
  text: string,
  start: number,
  quote: number,
  { delimiter, isLast }: { readonly delimiter: string; readonly isLast: boolean },
): CsvRecord | "open" {
  const rows: string[][] = [];
  let at = start;
  while (at <= quote && at < text.length) {
    const end = lineEndFrom(text, at);
    const next = afterLineEnd(text, end, isLast);
    if (next === undefined) return "open";
    rows.push(text.slice(at, end).split(delimiter).map(characters));
    at = next;
  }
  return { rows, isBadlyQuoted: true, end: at, lineEnds: rows.length };
}

/**
 * Whether a record of several lines may as well be so many rows: each of its lines, cut at the delimiters, begins with a value and has as many
 * cells as the record itself. So it is where a cell is nothing but an inch mark, in one row and again in a later one. A
 * description that goes on on a second line leaves lines of other lengths.
 */
export function mayBeRows(record: string, delimiter: string, columns: number): boolean {
  if (columns < COLUMNS_MIN) return false;
  return record.split(LINE_ENDS).every((line) => {
    const cells = line.split(delimiter);
    return cells.length === columns && cells[0]?.trim() !== "";
  });
}

function lineEndFrom(text: string, start: number): number {
  let end = start;
  while (end < text.length && text.charCodeAt(end) !== LINE_FEED && text.charCodeAt(end) !== CARRIAGE_RETURN) end++;
  return end;
}

/** Where the next line begins; undefined when the text may go on before it does. */
function afterLineEnd(text: string, end: number, isLast: boolean): number | undefined {
  if (end >= text.length) return isLast ? end : undefined;
  if (text.charCodeAt(end) !== CARRIAGE_RETURN) return end + 1;
  // A carriage return at the very end may be followed by its line feed.
  if (end + 1 >= text.length && !isLast) return undefined;
  return text.charCodeAt(end + 1) === LINE_FEED ? end + 2 : end + 1;
}

/** How many line ends a value has in it. */
function lineEndsIn(value: string): number {
  let count = 0;
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code === LINE_FEED || (code === CARRIAGE_RETURN && value.charCodeAt(at + 1) !== LINE_FEED)) count++;
  }
  return count;
}
