// Reset flow, staging: what the parser of CSV gives up over, in words that the sender of the file can act on.
import { FileRefused } from "@inventory-sync/domain";
import type { CsvError } from "csv-parse";

/** The refusal that an error of the parser means, or the error itself. @param line on which the record begins */
export function csvRefusal(error: unknown, line: number): unknown {
  switch ((error as CsvError).code as string | undefined) {
    case "CSV_MAX_RECORD_SIZE":
      return new FileRefused(
        "RECORD_TOO_LONG",
        `The record that begins on line ${line} is too long. Usually a double quote opens a value there and none closes it. Correct the line and send the file again.`,
      );
    case "CSV_QUOTE_NOT_CLOSED":
      return new FileRefused(
        "UNCLOSED_QUOTE",
        `In the record that begins on line ${line} a double quote opens a value and none closes it before the file ends: a quote is missing, or the file is not whole. Send it again.`,
      );
    case "CSV_INVALID_CLOSING_QUOTE":
    case "INVALID_OPENING_QUOTE":
      return new FileRefused(
        "BAD_QUOTE",
        `In the record that begins on line ${line} a double quote stands in the middle of a value. Put such a value in double quotes and double the quotes inside it ("12"" pipe"), and send the file again.`,
      );
    default:
      return error;
  }
}
