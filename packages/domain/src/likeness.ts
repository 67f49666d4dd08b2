// Whether two names may mean one thing: ids that are equal but for what tills, spreadsheets and barcode labels add or take away. It
// says only that they may: who sells and who is counted decides whether anybody is told (names-apart.ts). That two unlike ids have the same
// counts ("count") only the counts can say.
import { isDigits } from "./values.ts";

/** What two names have in common, the surest first. */
export const likenesses = ["barcode", "zeros", "spelling", "look", "count", "number"] as const;
export type Likeness = (typeof likenesses)[number];

/** What that is in words: "they are …". */
export const likenessWords: Readonly<Record<Likeness, string>> = {
  barcode: "one barcode, written with and without leading zeros",
  zeros: "equal but for leading zeros",
  spelling: "equal but for case, blanks, dashes or leading zeros",
  look: "equal but for letters that look like digits (O and 0, I and 1)",
  count: "different ids with the same counts",
  number: "different names with the same store number",
};

export interface ProductName {
  readonly idType: string;
  readonly idValue: string;
}

/** What is left out of an id that is compared. Statement `alike_products` has the same, as the two first texts of its translate. */
const LEFT_OUT = " -._/";

/**
 * An id without what is easily lost or added: ASCII letters are small, blanks, dashes, dots, slashes and the zeros at its beginning
 * are gone. An id of nothing else is "".
 */
export function bareName(id: string): string {
  let bare = "";
  for (const character of id) {
    if (LEFT_OUT.includes(character) || (bare === "" && character === "0")) continue;
    bare += character >= "A" && character <= "Z" ? character.toLowerCase() : character;
  }
  return bare;
}

const GTIN_DIGITS = 14;
/** A GTIN-8 may begin with one zero; shorter numbers are numbers of a house of its own. */
const GTIN_DIGITS_MIN = 7;

/** A barcode as GTIN-14: GTIN-8, 12 and 13, padded or with their zeros lost. Undefined for what has no right check digit. */
export function gtin14(id: string): string | undefined {
  const bare = bareName(id);
  if (bare.length < GTIN_DIGITS_MIN || bare.length > GTIN_DIGITS || !isDigits(bare)) return undefined;
  const padded = bare.padStart(GTIN_DIGITS, "0");
  const sum = [...padded].reduce((total, digit, at) => total + Number(digit) * (at % 2 === 0 ? 3 : 1), 0);
  return sum % 10 === 0 ? padded : undefined;
}

/** How two ids of products may be one; undefined where nothing says so. Ids of different types are one only as barcodes. */
export function likenessOfProducts(one: ProductName, other: ProductName): Likeness | undefined {
  const gtin = gtin14(one.idValue);
  if (gtin !== undefined && gtin === gtin14(other.idValue)) return "barcode";
  if (one.idType !== other.idType) return undefined;
  return spelled(one.idValue, other.idValue, bareName);
}

/** How two ids of stores may be one; undefined where nothing says so. A number alone says little: only one store may have it. */
export function likenessOfFacilities(one: string, other: string): Likeness | undefined {
  const alike = spelled(one, other, facilityKey);
  if (alike !== undefined) return alike;
  if (lookKey(one) !== "" && lookKey(one) === lookKey(other)) return "look";
  const number = storeNumber(one);
  const isPart = facilityKey(one) === number || facilityKey(other) === number || isParted(one) || isParted(other);
  return number !== "" && number === storeNumber(other) && isPart ? "number" : undefined;
}

/** What stores are sought by that may be one: the same look, which the same spelling has, or the same number at the end. */
export function facilityKeys(id: string): readonly string[] {
  return [...new Set([lookKey(id), storeNumber(id)])].filter((key) => key !== "");
}

/** Stores by the first of their keys: of two that are equal but for case, blanks, dashes, leading zeros and look-alikes it is the same. */
export function lookKey(id: string): string {
  return withoutZeros(bareName(id).replaceAll("o", "0").replaceAll("i", "1").replaceAll("l", "1"));
}

function spelled(one: string, other: string, key: (id: string) => string): Likeness | undefined {
  const wanted = key(one);
  if (wanted === "" || wanted !== key(other)) return undefined;
  return withoutZeros(one) === withoutZeros(other) ? "zeros" : "spelling";
}

/** The bare name without the zeros before any number in it: "S-001" is "s1". */
function facilityKey(id: string): string {
  return withoutZeros(bareName(id));
}

/** Without the zeros that stand before another digit, at the beginning of each run of digits. */
function withoutZeros(id: string): string {
  let kept = "";
  for (let at = 0; at < id.length; at++) {
    const isLeading = id[at] === "0" && !isDigits(kept.at(-1) ?? "") && isDigits(id[at + 1] ?? "");
    if (!isLeading) kept += id[at];
  }
  return kept;
}

/** The number at the end of an id, without its leading zeros; "" where none stands there. */
function storeNumber(id: string): string {
  let from = id.length;
  while (from > 0 && isDigits(id[from - 1] ?? "")) from--;
  return bareName(id.slice(from));
}

/** Whether something stands before its number, apart from it: a subsidiary, as in "2-001". */
function isParted(id: string): boolean {
  return [...id].some((character) => LEFT_OUT.includes(character));
}
