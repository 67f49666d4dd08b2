// How single fields of Prism's JSON are read (flow 1, step 3), in which an empty value is "" whatever the field's type, numbers may come
// as text, and sids exceed what a JavaScript number can hold.
import { type Quantity, quantityFromNumber, quantityFromText } from "./quantity.ts";

/** A JSON object of Prism's. */
export type PrismRecord = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object. */
export function isRecord(value: unknown): value is PrismRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value of a field, or undefined when it is missing or empty ("", null). */
function filled(record: PrismRecord, name: string): unknown {
  const value = record[name];
  return value === "" || value === null ? undefined : value;
}

/** A field as text: text without the blanks around it, or a whole number's digits (a bigint's too). Else undefined. */
export function textOf(record: PrismRecord, name: string): string | undefined {
  const value = filled(record, name);
  if (typeof value === "string") return value.trim() === "" ? undefined : value.trim();
  return typeof value === "bigint" || Number.isSafeInteger(value) ? String(value) : undefined;
}

/** A field as a whole number, given as a number or as its digits. Else undefined. */
export function wholeNumberOf(record: PrismRecord, name: string): number | undefined {
  const text = textOf(record, name);
  const number = text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
  return Number.isSafeInteger(number) ? number : undefined;
}

/** A field as a quantity, given as a number or as decimal text. Else undefined. */
export function quantityOf(record: PrismRecord, name: string): Quantity | undefined {
  const value = filled(record, name);
  if (typeof value === "number") return quantityFromNumber(value);
  return typeof value === "string" ? quantityFromText(value.trim()) : undefined;
}

/** Whether a flag is set: Prism writes true and false, its older versions 1 and 0. */
export function isSet(record: PrismRecord, name: string): boolean {
  const value = record[name];
  return value === true || value === 1 || value === "1" || value === "true";
}
