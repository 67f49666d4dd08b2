// What JSON text is made of, for its reader (json.ts), and how it is said that a text is no JSON.
import { withoutTrailingZeros } from "@inventory-sync/domain";

/** The text is not JSON. The message says where, counted from 1. */
export class NotJson extends Error {
  override readonly name = "NotJson";

  constructor(what: string, text: string, position: number) {
    const { line, column } = placeOf(text, position);
    super(`${what} at line ${line}, column ${column}`);
  }
}

/** Goes from line to line, for a text may have a million of them. */
function placeOf(text: string, position: number): { line: number; column: number } {
  let line = 1;
  let lineStart = 0;
  for (let end = text.indexOf("\n"); end !== -1 && end < position; end = text.indexOf("\n", lineStart)) {
    line += 1;
    lineStart = end + 1;
  }
  return { line, column: position - lineStart + 1 };
}

export const sign = {
  tab: 0x09,
  lineFeed: 0x0a,
  carriageReturn: 0x0d,
  blank: 0x20,
  quote: 0x22,
  comma: 0x2c,
  colon: 0x3a,
  openBracket: 0x5b,
  backslash: 0x5c,
  closeBracket: 0x5d,
  f: 0x66,
  n: 0x6e,
  t: 0x74,
  openBrace: 0x7b,
  closeBrace: 0x7d,
} as const;

/** One spelling for one decimal number: its digits without zeros at the ends, and the power of ten of the last. */
export function decimalOf(text: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, "");
  const significant = withoutTrailingZeros(digits);
  if (significant === "") return "0";
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}
