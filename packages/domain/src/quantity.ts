// Quantities of stock. Outside they are JSON numbers; inside, canonical decimal text, because a sum of binary
// fractions drifts and stock must not. SQL holds them as numeric(14,4); only SQL adds them up.

/** A signed decimal as canonical text: "2", "-0.25". At most 4 decimals, absolute value below 10^10, never "-0". */
export type Quantity = string;

export const QUANTITY_WANTED = "must be a number with at most 4 decimals and an absolute value below 10^10";

export const WHOLE_DIGITS_MAX = 10;
const DECIMALS_MAX = 4;
/** No quantity needs more, a wide database column's zeros at both ends included. A longer text is not looked at. */
export const QUANTITY_LENGTH_MAX = 40;
const DECIMAL = /^([+-]?)(\d+)(?:\.(\d+))?$/;

/**
 * Reads strict decimal text such as "12", "-3.50" or "+0.1"; exponents, blanks and thousands separators are refused.
 * Returns canonical text, or undefined when it is no decimal, has more than 4 significant decimals, reaches 10^10 or
 * is longer than 40 characters.
 */
export function quantityFromText(text: string): Quantity | undefined {
  if (text.length > QUANTITY_LENGTH_MAX) return undefined;
  const parts = DECIMAL.exec(text);
  if (!parts) return undefined;
  const whole = (parts[2] ?? "").replace(/^0+(?=\d)/, "");
  const fraction = withoutTrailingZeros(parts[3] ?? "");
  if (whole.length > WHOLE_DIGITS_MAX || fraction.length > DECIMALS_MAX) return undefined;
  const magnitude = fraction === "" ? whole : `${whole}.${fraction}`;
  return parts[1] === "-" && magnitude !== "0" ? `-${magnitude}` : magnitude;
}

/** Digits without the zeros at their end. A regular expression would begin again at each zero that is not at the end. */
export function withoutTrailingZeros(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits[end - 1] === "0") end -= 1;
  return digits.slice(0, end);
}

/**
 * Turns a JSON number into canonical text, or undefined when it is not finite, has more than 4 decimals or reaches 10^10.
 * Below 10^10 a double's shortest text is exact to 4 decimals, so nothing is rounded here.
 */
export function quantityFromNumber(value: number): Quantity | undefined {
  return Number.isFinite(value) ? quantityFromText(String(value)) : undefined;
}

/** The same amount with the other sign; zero stays "0". */
export function negate(quantity: Quantity): Quantity {
  if (quantity === "0") return quantity;
  return quantity.startsWith("-") ? quantity.slice(1) : `-${quantity}`;
}
