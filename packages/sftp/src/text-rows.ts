// Flow 2, step 4, the fast path: where every line of a text has exactly the header's number of fields, and no quote, the fields are
// only found, not cut out: the caller looks at those that it needs, where they stand.

/** Longer records are refused. */
export const RECORD_BYTES_MAX = 64 * 1024;

const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;
const QUOTE = 0x22;
/** A line that is surely short enough; a longer one is looked at by the reader of records. */
const LINE_BYTES_MAX = Math.floor(RECORD_BYTES_MAX / 3);

/** Rows as places in a text: field f of row r begins at `bounds[r * (columns + 1) + f]`. */
export interface TextRows {
  /** The text's bytes, a character each: what is not ASCII is two to four of them. */
  readonly text: string;
  readonly columns: number;
  readonly count: number;
  /** The physical line of the first row; the others follow without a gap. */
  readonly firstLine: number;
  /** For each row the beginnings of its fields, and the end of its last. Between two fields stands one delimiter. */
  readonly bounds: Int32Array;
}

/** Finds the fields of a text that consists of whole records; undefined when anything about it is irregular. */
export type TextScanner = (bytes: Buffer, firstLine: number) => TextRows | undefined;

/**
 * Makes the scanner of a file with so many columns. Irregular is a quote, a lone carriage return, a line of nothing but blanks or without an end,
 * another number of fields, or a line so long that the reader of records has to say whether it is too long.
 */
export function textScanner(delimiter: string, columns: number): TextScanner {
  const separator = delimiter.charCodeAt(0);
  // Used for one text after another: room of the size of four texts for each would be what the collector is busy with.
  let bounds = new Int32Array(0);
  return (bytes, firstLine) => {
    if (columns === 1 || bytes.at(-1) !== LINE_FEED) return undefined;
    if (bounds.length < bytes.length + 2) bounds = new Int32Array(2 * bytes.length + 2);
    let count = 0;
    let field = 0;
    let lineStart = 0;
    let into = 0;
    bounds[into++] = 0;
    for (let at = 0; at < bytes.length; at++) {
      const code = bytes[at] as number;
      if (code === separator) {
        if (++field >= columns) return undefined;
        bounds[into++] = at + 1;
      } else if (code === LINE_FEED) {
        if (field !== columns - 1 || at - lineStart > LINE_BYTES_MAX) return undefined;
        bounds[into++] = at > lineStart && bytes[at - 1] === CARRIAGE_RETURN ? at - 1 : at;
        bounds[into++] = at + 1;
        count++;
        field = 0;
        lineStart = at + 1;
      } else if (code === QUOTE) return undefined;
      else if (code === CARRIAGE_RETURN && bytes[at + 1] !== LINE_FEED) return undefined;
    }
    return { text: bytes.toString("latin1"), columns, count, firstLine, bounds: bounds.slice(0, into) };
  };
}

/** The fields of one row, cut out. */
export function fieldsOf(rows: TextRows, row: number): string[] {
  return Array.from({ length: rows.columns }, (_, field) => characters(bytesOf(rows, row, field)));
}

/** The bytes of one field, a character each. */
export function bytesOf({ text, columns, bounds }: TextRows, row: number, field: number): string {
  const first = row * (columns + 1);
  return text.slice(bounds[first + field], endOf(bounds, first, field, columns));
}

const BEYOND_ASCII = /[\u0080-\u00ff]/;

/** What a text of bytes says. */
export function characters(bytes: string): string {
  return BEYOND_ASCII.test(bytes) ? Buffer.from(bytes, "latin1").toString("utf8") : bytes;
}

/** A text as it stands in `TextRows`. */
export function asBytes(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** Where a field ends. @param first the place of its row in `bounds` */
export function endOf(bounds: Int32Array, first: number, field: number, columns: number): number {
  const next = bounds[first + field + 1] as number;
  return field === columns - 1 ? next : next - 1;
}
