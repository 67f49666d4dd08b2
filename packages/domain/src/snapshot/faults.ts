// Everything that can be wrong with a snapshot (flow 2): why its file is refused as a whole, which then goes to `rejected/` with the
// message beside it, so every message names what was found and what to do; and why single rows of it are rejected.
import { Rejected } from "../outcomes.ts";
import { shownShort } from "../showable.ts";
import { plural, quantityText, sentence } from "../words.ts";

/** The causes for which a file is refused whole, in two or three words for where there is no room for the message. */
const REFUSED_BECAUSE = {
  BAD_NAME: "bad name",
  EMPTY_FILE: "empty",
  HEADER_ONLY: "no rows",
  MISSING_COLUMN: "columns missing",
  TWO_COLUMNS_FOR_ONE_FIELD: "two columns for one field",
  UNREADABLE_ENCODING: "unreadable encoding",
  BAD_QUOTE: "misplaced quote",
  UNCLOSED_QUOTE: "unclosed quote",
  RECORD_TOO_LONG: "a row is too long",
  CUT_OFF: "cut off",
  GZIP_DAMAGED: "damaged gzip",
  INFLATED_TOO_LARGE: "too large unpacked",
  FILE_TOO_LARGE: "too large",
  BAD_MANIFEST: "bad manifest",
  ROW_COUNT_MISMATCH: "other number of rows than announced",
  HASH_MISMATCH: "other SHA-256 than announced",
  AS_OF_IN_FUTURE: "counted in the future",
  TOO_MANY_NEW_FACILITIES: "too many new stores",
  BAD_REPAIR: "bad repair",
  NO_USABLE_ROW: "no usable row",
  TOO_MANY_BAD_ROWS: "too many bad rows",
} as const;

export type RefusalCode = keyof typeof REFUSED_BECAUSE;

export const refusalCodes = Object.keys(REFUSED_BECAUSE) as RefusalCode[];

/** Why a reset failed, in a few words. @param outcome of the reset: "MISSING_COLUMN: …" */
export function refusedBecause(outcome: string | null): string {
  const code = refusalCodes.find((each) => outcome?.startsWith(`${each}: `));
  return code === undefined ? "see why" : REFUSED_BECAUSE[code];
}

/** A snapshot file that must not be applied, not even in part. It is a rejection: sending the same bytes again cannot help. */
export class FileRefused extends Rejected {
  declare readonly code: RefusalCode;

  /** @param code the cause, for counting; @param message what is wrong with which file, where, and what to do */
  constructor(code: RefusalCode, message: string) {
    super(code, message);
  }
}

/** Code of a rejected row to its cause, and to what has to be done so that the row is taken next time. */
export const ROW_CODES = {
  WRONG_COLUMN_COUNT: {
    cause: "the row does not have as many columns as the header",
    fix: "give it one value per header column, and put a value that holds the delimiter in double quotes",
  },
  MISSING_FACILITY: {
    cause: "the row names no usable facility",
    fix: "fill in the facility's id, 1 to 128 printable characters in composed form (NFC), none of them invisible",
  },
  UNKNOWN_FACILITY: {
    cause: "no facility is known by this id",
    fix: "correct the id, or add the facility and send the row again",
  },
  MISSING_ID: {
    cause: "the row does not say which product it counts",
    fix: "fill in the type and the value of the product's identification",
  },
  UNKNOWN_PRODUCT: {
    cause: "no product is known by this identification",
    fix: "correct it, or add the product and send the row again",
  },
  MANGLED_ID: {
    cause:
      "an id is not as it was: a spreadsheet turned 1200000000000 into 1.2E+12, 3-1 into 1-Mar or 7001 into 7001.0, or it is longer than 128 characters, has one that nobody sees, or an accent beside its letter instead of on it",
    fix: "export the column as text, in composed form (NFC), or send the file without opening it in a spreadsheet",
  },
  TOTALS_ROW: {
    cause: "the row seems to be a total or the mark of the file's end, and no count of one product",
    fix: "leave it out of the export; where a store or a product is really called so, add it first and send the row again",
  },
  BAD_QUANTITY: {
    cause: "the quantity is not a plain decimal number with at most 4 decimals",
    fix: 'write it like 12, -3 or 2.5, without thousands separators, units or exponents; where a comma stands before the decimals, say so in the mapping of its source ("decimal": ",")',
  },
  QUANTITY_OUT_OF_RANGE: {
    cause: "the quantity is 10,000,000,000 or more, with either sign",
    fix: "check the export: such a count is nearly always an id in the wrong column",
  },
  DUPLICATE_CONFLICT: {
    cause:
      "the file counts the same product at the same facility and location more than once, with different quantities",
    fix: "keep the one row that is right",
  },
  BAD_AS_OF: {
    cause: "the row's own time is not a date and time with a zone",
    fix: "write it like 2026-11-23T04:00:00Z or 2026-11-23T04:00:00-05:00, or leave it empty to use the file's time",
  },
  BAD_QUOTE: {
    cause: "a value in double quotes goes on behind the quote that closes it, so that the line can be read in two ways",
    fix: 'double the quotes inside it, like "12"" pipe"',
  },
  UNKNOWN_LINE: {
    cause: "the row does not say which rejected row it corrects, or another row corrects the same one",
    fix: "leave the number in the column lineOfReset as it was, one row for each, and send other rows as a file of their own",
  },
} as const satisfies Record<string, { readonly cause: string; readonly fix: string }>;

/** Why a row was rejected. `BAD_AS_OF` only occurs in files that have a time column, `UNKNOWN_LINE` only in repairs. */
export type RowCode = keyof typeof ROW_CODES;

/** A row that changes nothing; the other rows of its file go on. */
export interface RowRejection {
  readonly code: RowCode;
  /** Cause and fix in one sentence for people, with the value at fault where there is one. */
  readonly reason: string;
}

const SHOWN_LENGTH_MAX = 40;

/**
 * Makes the rejection of one row. `found` is the value at fault or a short detail; it is shown shortened and with
 * control characters written out, because the text ends in a terminal, a log and a spreadsheet.
 */
export function rejection(code: RowCode, found?: string): RowRejection {
  const { cause, fix } = ROW_CODES[code];
  const detail = found === undefined || found === "" ? "" : ` (${shownShort(found, SHOWN_LENGTH_MAX)})`;
  return { code, reason: `${cause}${detail}: ${fix}` };
}

const CAUSES_NAMED = 3;

/**
 * The refusal of a file of which every row was rejected or skipped; undefined when one could be used, or all were skipped on purpose.
 * @param codes those of its rejected rows, one a row
 */
export function noUsableRow(
  { rows, skipped }: { readonly rows: number; readonly skipped: number },
  codes: readonly RowCode[],
): FileRefused | undefined {
  if (codes.length === 0 || codes.length + skipped < rows) return undefined;
  const { named, fix } = causesOf(codes);
  const left = skipped === 0 ? "" : `; ${plural(skipped, "row")} of products that are not kept`;
  return new FileRefused("NO_USABLE_ROW", `None of its ${plural(rows, "row")} could be used: ${named}${left}.${fix}`);
}

/** Of so many rows that cannot be used each is kept, with its cells and why; beyond that only where they are few among the others. */
const BAD_ROWS_MAX = 100_000;
const BAD_ROWS_SHARE_MAX = 0.05;

/**
 * The refusal of a file while it is read, for its bad rows would fill the memory, and say one thing; undefined as long as they are few.
 * @param rows read so far @param codes those of the rejected ones
 */
export function tooManyBadRows(
  rows: number,
  codes: { readonly length: number; all(): readonly RowCode[] },
): FileRefused | undefined {
  if (codes.length <= BAD_ROWS_MAX || codes.length <= BAD_ROWS_SHARE_MAX * rows) return undefined;
  const { named, fix } = causesOf(codes.all());
  return new FileRefused(
    "TOO_MANY_BAD_ROWS",
    `${quantityText(codes.length)} of its first ${plural(rows, "row")} cannot be used: ${named}. Nothing of it was applied.${fix}`,
  );
}

/** The most frequent causes in words, and what is to be done about the first. */
function causesOf(codes: readonly RowCode[]): { readonly named: string; readonly fix: string } {
  const counts = new Map<RowCode, number>();
  for (const code of codes) counts.set(code, (counts.get(code) ?? 0) + 1);
  const causes = [...counts].sort(([, one], [, other]) => other - one).slice(0, CAUSES_NAMED);
  const named = causes.map(([code, count]) => `${ROW_CODES[code].cause} (${code}, ${plural(count, "row")})`);
  return { named: named.join("; "), fix: causes[0] === undefined ? "" : ` ${sentence(ROW_CODES[causes[0][0]].fix)}` };
}

/** What is said of a file of which each row was skipped on purpose: no fault, but nobody wants one every morning. Undefined of others. */
export function noKeptRow({ rows, skipped }: { readonly rows: number; readonly skipped: number }): string | undefined {
  if (rows === 0 || skipped < rows) return undefined;
  const each = rows === 1 ? "its only row names" : `each of its ${quantityText(rows)} rows names`;
  return `${each} a product that is not kept (UNKNOWN_PRODUCT=skip), so nothing was changed; if that is not meant, import the products`;
}
