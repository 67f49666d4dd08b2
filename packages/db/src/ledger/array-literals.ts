// PostgreSQL's array literals, written in one go. pg writes an array parameter element by element through several calls each,
// which for a batch of event lines with eleven columns costs more than everything else that is done with it.

const SPECIAL = /["\\]/;

/** A text[] of values that may hold anything; null becomes NULL. */
export function textArray(values: readonly (string | null)[]): string {
  let literal = "{";
  for (const [index, value] of values.entries()) {
    if (index > 0) literal += ",";
    if (value === null) literal += "NULL";
    else literal += `"${SPECIAL.test(value) ? value.replace(/["\\]/g, "\\$&") : value}"`;
  }
  return `${literal}}`;
}

/** An array of values that need no quotes: numbers, booleans, hex digits, UTC times, words of ours. */
export function plainArray(values: readonly (string | number | boolean)[]): string {
  return `{${values.join(",")}}`;
}
