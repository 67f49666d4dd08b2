// Reset flow, staging: cells that need no second look, told where they stand in a text, without cutting them out. What is not
// plain here may still be good: the reader in row.ts decides, and of what is plain it thinks the same.

const FIRST_PRINTABLE = 0x21;
const LAST_PRINTABLE = 0x7e;
const PLUS = 0x2b;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const ID_LENGTH_MAX = 128;
const WHOLE_DIGITS_MAX = 10;

/** An id of printable ASCII without blanks, and without the sign by which spreadsheets mangle numbers. */
export function isPlainId(text: string, start: number, end: number): boolean {
  return plainIdHash(text, start, end) !== NOT_PLAIN;
}

/** What `plainIdHash` says of an id that is not plain; no hash is. */
const NOT_PLAIN = -1;

/** A hash of a plain id, 31 bits (FNV-1a), or -1 when it is not plain: both are told in one look at each character. */
export function plainIdHash(text: string, start: number, end: number): number {
  if (end <= start || end - start > ID_LENGTH_MAX) return NOT_PLAIN;
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code < FIRST_PRINTABLE || code > LAST_PRINTABLE || code === PLUS) return NOT_PLAIN;
    hash = Math.imul(hash ^ code, 0x01000193);
  }
  // The lower bits of a product hardly know of the upper ones.
  return (hash ^ (hash >>> 15)) & 0x7fffffff;
}

/** A whole number as it is kept: at most ten digits, no leading zero, no sign but a minus. */
export function isPlainWhole(text: string, start: number, end: number): boolean {
  const isNegative = text.charCodeAt(start) === MINUS;
  const first = isNegative ? start + 1 : start;
  if (end <= first || end - first > WHOLE_DIGITS_MAX) return false;
  if (text.charCodeAt(first) === ZERO) return end - start === 1;
  for (let at = first; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code < ZERO || code > NINE) return false;
  }
  return true;
}
