// Reset flow, before any row is staged: why a snapshot file is refused as a whole. A refused file goes to `rejected/`
// with the message beside it, so every message names what was found and what to do.
import { Rejected } from "../outcomes.ts";

/** The causes for which a file is refused whole. */
export const refusalCodes = [
  "BAD_NAME",
  "EMPTY_FILE",
  "HEADER_ONLY",
  "MISSING_COLUMN",
  "TWO_COLUMNS_FOR_ONE_FIELD",
  "UNREADABLE_ENCODING",
  "BAD_QUOTE",
  "UNCLOSED_QUOTE",
  "RECORD_TOO_LONG",
  "CUT_OFF",
  "GZIP_DAMAGED",
  "INFLATED_TOO_LARGE",
  "FILE_TOO_LARGE",
  "BAD_MANIFEST",
  "ROW_COUNT_MISMATCH",
  "HASH_MISMATCH",
  "AS_OF_IN_FUTURE",
  "TOO_MANY_NEW_FACILITIES",
] as const;

export type RefusalCode = (typeof refusalCodes)[number];

/** A snapshot file that must not be applied, not even in part. It is a rejection: sending the same bytes again cannot help. */
export class FileRefused extends Rejected {
  declare readonly code: RefusalCode;

  /** @param code the cause, for counting; @param message what is wrong with which file, where, and what to do */
  constructor(code: RefusalCode, message: string) {
    super(code, message);
  }
}
