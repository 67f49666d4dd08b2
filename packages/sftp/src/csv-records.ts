// Flow 2, step 4: which character separates the columns, told from the header line alone; and text that is not regular, cut record by
// record. What can only be meant in one way (an inch mark in the middle of a value, a blank before a quote) is read so; what could be read in
// two ways costs the lines on which it stands, since one quote can swallow a thousand rows. A strict parser is what it is tested against.
import { FileRefused, knownColumnCount } from "@inventory-sync/domain";
import { type CsvRecord, isBlankRecord, recordAt } from "./csv-record.ts";
import { RECORD_BYTES_MAX } from "./text-rows.ts";

/** Records with the physical line, counted from 1, on which each begins, and the line on which what follows them begins. */
export interface Records {
  readonly rows: readonly (readonly string[])[];
  readonly lines: readonly number[];
  /** The lines of rows whose quotes can be read in two ways; their fields are what stands between the delimiters. */
  readonly badQuotes: ReadonlySet<number>;
  readonly nextLine: number;
  /** How many bytes of the text were read: all records that end in it. */
  readonly bytes: number;
}

const LINE_END = /[\r\n]/;

/** The delimiters that are recognised, in the order in which they win a draw. */
const DELIMITERS: readonly string[] = [",", ";", "\t", "|"];

/**
 * Picks the delimiter under which the first record of a text has the most names that mean something, and of equals the one that
 * gives the most columns. Undefined when the text is blank, or, unless it is all there is, its first record is not whole.
 */
export function findDelimiter(bytes: Buffer, isLast: boolean): string | undefined {
  const text = bytes.toString("latin1");
  let best: { delimiter: string; known: number; columns: number } | undefined;
  for (const delimiter of DELIMITERS) {
    const names = firstNames(text, delimiter, isLast);
    if (names === "blank" || (names === undefined && !isLast)) return undefined;
    const candidate = { delimiter, known: knownColumnCount(names ?? []), columns: names?.length ?? 0 };
    const more = best === undefined ? 1 : candidate.known - best.known || candidate.columns - best.columns;
    if (more > 0) best = candidate;
  }
  return best?.delimiter;
}

function firstNames(text: string, delimiter: string, isLast: boolean): readonly string[] | "blank" | undefined {
  for (let at = 0; at < text.length; ) {
    const record = recordAt(text, at, delimiter, isLast);
    if (record === "open") return undefined;
    // Reading it will say what is wrong; with which delimiter is told as if there were no quotes.
    if (record === "unclosed")
      return text
        .slice(at, at + RECORD_BYTES_MAX)
        .split(LINE_END, 1)[0]
        ?.split(delimiter);
    if (!isBlankRecord(record.rows[0] ?? [])) return record.rows[0];
    at = record.end;
  }
  return isLast ? "blank" : undefined;
}

/**
 * Reads the records of a text that begins with one; lines of nothing but blanks are no records. Without `isLast` a record that does not end
 * in it is left.
 * @throws FileRefused UNCLOSED_QUOTE or RECORD_TOO_LONG, with the line on which the record begins
 */
export function readRecords(bytes: Buffer, delimiter: string, firstLine: number, isLast: boolean): Records {
  const text = bytes.toString("latin1");
  const rows: (readonly string[])[] = [];
  const lines: number[] = [];
  const badQuotes = new Set<number>();
  let line = firstLine;
  let at = 0;
  while (at < text.length) {
    const record = recordAt(text, at, delimiter, isLast);
    if (record === "open" || record === "unclosed" || record.end - at > RECORD_BYTES_MAX + 2) {
      if (record === "open" && text.length - at <= RECORD_BYTES_MAX) break;
      if (record === "unclosed" && text.length - at <= RECORD_BYTES_MAX) throw unclosed(line);
      throw recordTooLong(line);
    }
    take(record);
    at = record.end;
  }
  return { rows, lines, badQuotes, nextLine: line, bytes: at };

  function take({ rows: found, lineEnds, isBadlyQuoted }: CsvRecord): void {
    for (const [index, fields] of found.entries()) {
      if (isBlankRecord(fields)) continue;
      rows.push(fields);
      lines.push(line + index);
      if (isBadlyQuoted) badQuotes.add(line + index);
    }
    line += lineEnds;
  }
}

function unclosed(line: number): FileRefused {
  return new FileRefused(
    "UNCLOSED_QUOTE",
    `In the record that begins on line ${line} a double quote opens a value and none closes it before the file ends: a quote is missing, or the file is not whole. Send it again.`,
  );
}

/** The refusal of a file in whose header the quotes can be read in two ways. */
export function badHeaderQuote(line: number): FileRefused {
  return new FileRefused(
    "BAD_QUOTE",
    `In the header, on line ${line}, a value in double quotes goes on behind the quote that closes it. Double the quotes inside it ("12"" pipe"), and send the file again.`,
  );
}

/** The refusal of a file over its record that begins on this line. */
export function recordTooLong(line: number): FileRefused {
  return new FileRefused(
    "RECORD_TOO_LONG",
    `The record that begins on line ${line} is too long. Usually a double quote opens a value there and none closes it. Correct the line and send the file again.`,
  );
}
