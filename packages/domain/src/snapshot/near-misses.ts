// Flow 2, staging: names of columns that are nearly ones that are known, for whoever has to find out why a file is refused.
import { COLUMN_NAMES, type ColumnField, columnFields, meaningOf, plainName } from "./column-names.ts";

export interface NearMiss {
  /** The name as it stands in the header. */
  readonly column: string;
  readonly known: string;
  readonly field: ColumnField;
}

/** Longer names are not compared: no known one is nearly as long. */
const NAME_LENGTH_MAX = 30;
/** Shorter ones differ from too many others in one letter. */
const NAME_LENGTH_MIN = 3;
const COLUMNS_COMPARED_MAX = 200;

const names = columnFields.flatMap((field) =>
  [...COLUMN_NAMES[field].usual, ...COLUMN_NAMES[field].also].map((known) => ({
    field,
    known,
    plain: plainName(known),
  })),
);

/** The columns that mean nothing here and are nearly known: one or two letters are other ones, or a known name stands within the name. */
export function nearMisses(header: readonly string[]): NearMiss[] {
  return header.slice(0, COLUMNS_COMPARED_MAX).flatMap((column) => {
    if (column.length > NAME_LENGTH_MAX || meaningOf(column) !== undefined) return [];
    const plain = plainName(column);
    if (plain.length < NAME_LENGTH_MIN) return [];
    const best = names
      .map((name) => ({ ...name, far: distance(plain, name.plain) }))
      .filter((name) => name.far <= (name.plain.length > 5 ? 2 : 1) && name.plain.length >= NAME_LENGTH_MIN)
      .sort((one, other) => one.far - other.far)[0];
    const within = best ?? partOf(column);
    return within ? [{ column, known: within.known, field: within.field }] : [];
  });
}

/** The known name of which the column's words have one: "Qty on floor" has qty. */
function partOf(column: string): (typeof names)[number] | undefined {
  const words = column.toLowerCase().split(/[^\p{L}\p{N}]/u);
  return names.find(({ plain }) => plain.length >= NAME_LENGTH_MIN && words.includes(plain));
}

/** How many letters have to be put in, left out or changed to make one name of another. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let at = 1; at <= one.length; at++) {
    const next = [at];
    for (let to = 1; to <= other.length; to++) {
      const change = (row[to - 1] ?? 0) + (one[at - 1] === other[to - 1] ? 0 : 1);
      next.push(Math.min(change, (row[to] ?? 0) + 1, (next[to - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
