// The codes under which single rows of a snapshot are rejected, with what each means and what to do about it. One
// table for the reader of rows, the staging step, the rejects file and the board.
import { shownShort } from "../showable.ts";

interface RowCodeText {
  /** What is wrong with the row. */
  readonly cause: string;
  /** What somebody has to do so that the row is taken next time. */
  readonly fix: string;
}

/** Code of a rejected row to its cause and its fix. */
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
      "an id is not as it was: a spreadsheet turned 1200000000000 into 1.2E+12, or it is longer than 128 characters, has one that nobody sees, or an accent beside its letter instead of on it",
    fix: "export the column as text, in composed form (NFC), or send the file without opening it in a spreadsheet",
  },
  BAD_QUANTITY: {
    cause: "the quantity is not a plain decimal number with at most 4 decimals",
    fix: "write it like 12, -3 or 2.5, without thousands separators, units or exponents",
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
} as const satisfies Record<string, RowCodeText>;

/** Why a row was rejected. `BAD_AS_OF` only occurs in files that have a time column. */
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
