// Flow 2, staging: the time in a file's name, written in a way of its sender's own, which a source's mapping names
// (`nameStamp`): "ddMMyyyyHHmmss", "yyyy-MM-dd_HH-mm". Read whole or not at all.
import { isDigits } from "../values.ts";
import { type ReadStamp, readStamp } from "./local-time.ts";

/** The fields of a pattern and how many digits each has; `X` is `Z` or an offset such as +0300. */
const DIGITS = { yyyy: 4, yy: 2, MM: 2, dd: 2, HH: 2, mm: 2, ss: 2, SSS: 3, X: 0 } as const;
type Field = keyof typeof DIGITS;
type Piece = { readonly field: Field } | { readonly literal: string };
type Values = Partial<Record<Field, string>>;

const PATTERN_LENGTH_MAX = 40;
/** Longer names are not looked into: no file of such a name is taken. */
const NAME_LENGTH_MAX = 255;

/**
 * Why a pattern of `nameStamp` cannot be used, as the end of a sentence about it; undefined when it can. Fields are yyyy
 * (or yy), MM, dd, HH and mm, and where the name has them ss, SSS (milliseconds) and X (Z, +03, +0300 or +03:00); anything
 * but letters and digits between them stands for itself, and so does T.
 */
export function nameStampFault(pattern: string): string | undefined {
  if (pattern.length > PATTERN_LENGTH_MAX)
    return `has ${pattern.length} characters, and at most ${PATTERN_LENGTH_MAX} are taken`;
  const pieces = piecesOf(pattern);
  if (typeof pieces === "string") return pieces;
  const fields = pieces.flatMap((piece) => ("field" in piece ? [piece.field] : []));
  const twice = fields.find((field, at) => fields.indexOf(field) !== at);
  if (twice !== undefined) return `has ${twice} twice`;
  if (fields.includes("yyyy") === fields.includes("yy")) return "needs the year once, as yyyy or as yy";
  const missing = (["MM", "dd", "HH", "mm"] as const).find((field) => !fields.includes(field));
  if (missing !== undefined) return `has no ${missing}: it needs yyyy, MM, dd, HH and mm`;
  if (fields.includes("SSS") && !fields.includes("ss")) return "has SSS without ss";
  return undefined;
}

/**
 * The first time in a file name that is written as the pattern says; without X it is local time in `timeZone` (IANA name).
 * Digits that touch it, or a zone that the pattern does not name, mean that it is something else: then, and where there is
 * no such date, undefined.
 * @throws RangeError when the pattern cannot be used (`nameStampFault`)
 */
export function readNameStamp(name: string, pattern: string, timeZone: string): ReadStamp | undefined {
  const fault = nameStampFault(pattern);
  const pieces = piecesOf(pattern);
  if (fault !== undefined || typeof pieces === "string") throw new RangeError(`"${pattern}" ${fault}`);
  if (name.length > NAME_LENGTH_MAX) return undefined;
  for (let start = 0; start < name.length; start += 1) {
    if (isDigits(name[start - 1] ?? "")) continue;
    const found = valuesAt(name, start, pieces);
    if (!found || goesOn(name.slice(found.end), found.values)) continue;
    const stamp = readStamp(partsOf(name.slice(start, found.end), found.values), timeZone);
    if (stamp) return stamp;
  }
  return undefined;
}

/** The pieces of a pattern, or why it has none. */
function piecesOf(pattern: string): Piece[] | string {
  const pieces: Piece[] = [];
  for (let at = 0; at < pattern.length; ) {
    const field = (Object.keys(DIGITS) as Field[]).find((each) => pattern.startsWith(each, at));
    const literal = pattern[at] ?? "";
    if (field === undefined && literal !== "T" && /[\p{L}\p{N}]/u.test(literal))
      return `has "${literal}", which is none of the fields yyyy, yy, MM, dd, HH, mm, ss, SSS and X`;
    pieces.push(field === undefined ? { literal } : { field });
    at += field?.length ?? 1;
  }
  return pieces;
}

function valuesAt(name: string, start: number, pieces: readonly Piece[]): { values: Values; end: number } | undefined {
  const values: Values = {};
  let end = start;
  for (const piece of pieces) {
    const text = "literal" in piece ? piece.literal : fieldAt(name, end, piece.field);
    if (text === undefined || !name.startsWith(text, end)) return undefined;
    if ("field" in piece) values[piece.field] = text;
    end += text.length;
  }
  return { values, end };
}

function fieldAt(name: string, at: number, field: Field): string | undefined {
  if (field === "X") return /^(?:Z|[+-]\d{2}(?::?\d{2})?)/i.exec(name.slice(at, at + 6))?.[0];
  const text = name.slice(at, at + DIGITS[field]);
  return text.length === DIGITS[field] && isDigits(text) ? text : undefined;
}

/** Whether the name goes on as a stamp does: with more digits, or with a zone though none was asked for. */
function goesOn(rest: string, values: Values): boolean {
  if (isDigits(rest[0] ?? "")) return true;
  return values.X === undefined && /^(?:Z(?![\p{L}\p{N}])|\+\d{2})/iu.test(rest);
}

function partsOf(text: string, values: Values) {
  const year = values.yyyy ?? `20${values.yy}`;
  const time = `${values.HH}:${values.mm}:${values.ss ?? "00"}.${values.SSS ?? "000"}`;
  return { text, local: `${year}-${values.MM}-${values.dd}T${time}`, offset: values.X?.toUpperCase() };
}
