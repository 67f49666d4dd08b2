// Reset flow, staging: the shortest way through regular text. Where every line of a chunk has exactly the header's number of
// fields, the fields are only found, not cut out: whoever reads the rows looks at the places that matter to him.

const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;
const QUOTE = 0x22;

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

/** The rows found in a text, and where the line begins that is not ended yet. */
export interface Scanned {
  readonly count: number;
  readonly end: number;
  readonly bounds: Int32Array;
}

/**
 * Finds the fields of all whole lines of a text; undefined when anything about them is irregular: a quote, a lone carriage
 * return, a blank line, another number of fields, a line of more than `lineLengthMax`.
 */
export function scanRows(
  bytes: Buffer,
  {
    delimiter,
    columns,
    lineLengthMax,
    bounds,
  }: {
    readonly delimiter: string;
    readonly columns: number;
    readonly lineLengthMax: number;
    /** Room for two more than there are bytes. */
    readonly bounds: Int32Array;
  },
): Scanned | undefined {
  const separator = delimiter.charCodeAt(0);
  const end = bytes.lastIndexOf(LINE_FEED) + 1;
  // What follows is read with the next chunk, of which only the chunk itself is looked through for what is irregular.
  if (bytes.length - end > lineLengthMax || bytes.includes(QUOTE, end) || bytes.includes(CARRIAGE_RETURN, end))
    return undefined;
  let count = 0;
  let field = 0;
  let lineStart = 0;
  let into = 0;
  bounds[into++] = 0;
  for (let at = 0; at < end; at++) {
    const code = bytes[at] as number;
    if (code === separator) {
      if (++field >= columns) return undefined;
      bounds[into++] = at + 1;
    } else if (code === LINE_FEED) {
      if (field !== columns - 1 || at - lineStart > lineLengthMax) return undefined;
      bounds[into++] = at > lineStart && bytes[at - 1] === CARRIAGE_RETURN ? at - 1 : at;
      bounds[into++] = at + 1;
      count++;
      field = 0;
      lineStart = at + 1;
    } else if (code === QUOTE) return undefined;
    else if (code === CARRIAGE_RETURN && bytes[at + 1] !== LINE_FEED) return undefined;
  }
  return { count, end, bounds: bounds.slice(0, into) };
}

/** The fields of one row, cut out. */
export function fieldsOf({ text, columns, bounds }: TextRows, row: number): string[] {
  const fields: string[] = [];
  const first = row * (columns + 1);
  for (let field = 0; field < columns; field++) {
    const start = bounds[first + field] as number;
    fields.push(characters(text.slice(start, endOf(bounds, first, field, columns))));
  }
  return fields;
}

const BEYOND_ASCII = /[\u0080-\u00ff]/;

/** What a text of bytes says. */
function characters(bytes: string): string {
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
