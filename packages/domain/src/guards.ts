// The guards of a facility reset: limits past which a snapshot looks more like half a file than like a count. A facility
// past one of them is held until an operator decides; the others go on.
import { plural, quantityText } from "./words.ts";

/** Limits in percent (GUARD_*); a share above its limit holds the facility. */
export interface GuardLimits {
  /** Rejected rows among the facility's rows. */
  readonly rejectedPct: number;
  /** Products with stock that would have none. */
  readonly zeroedPct: number;
  /** Rows fewer than in the last accepted reset. */
  readonly missingPct: number;
  /** Change of the facility's total units. */
  readonly unitsPct: number;
  /** Products with stock that are missing while new ones have like names, or the same counts; undefined: not looked at. */
  readonly renamedPct?: number;
}

/** Products that a count lists for the first time, against those with stock that it does not list. */
export interface Renamed {
  readonly fresh: number;
  readonly gone: number;
  /** Of how many of both the names are equal but for case, blanks, dashes or leading zeros. */
  readonly byName: number;
  /** How many of the others have a count that only one of the new and one of the missing has. */
  readonly byCount: number;
  /** "SKU 007001 → SKU 7001 (10)" */
  readonly examples: readonly string[];
}

/** Products that were whole numbers and would be fractions, or exactly a thousandth of what they were. */
export interface Fractioned {
  readonly count: number;
  /** `name` is "SKU TAPE"; `before` what was expected at the time of the count, in units. */
  readonly examples: readonly { readonly name: string; readonly before: number; readonly counted: number }[];
}

/** What a facility reset would do, as far as the guards look at it. */
export interface GuardFigures {
  /** Usable rows of the facility in this file. */
  readonly rows: number;
  /** Rows that were rejected and are known to be the facility's. */
  readonly rejected: number;
  /** Rows of the facility's last accepted reset; undefined before its first, when there is nothing to compare with. */
  readonly lastRows: number | undefined;
  /** It corrects rejected rows of another reset: then neither its number of rows nor how many of them are wrong says anything. */
  readonly isRepair: boolean;
  /** Products with stock before. */
  readonly stocked: number;
  /** Those of them that would have none after. */
  readonly zeroed: number;
  /** What may be under another id now; undefined where that was not looked at. */
  readonly renamed?: Renamed | undefined;
  /** What may have been counted with a mark between thousands; undefined where that was not looked at. */
  readonly fractioned?: Fractioned | undefined;
  readonly unitsBefore: number;
  readonly unitsAfter: number;
}

/**
 * The guards that a facility reset trips, each as a sentence with its figures and the limit; none when it may go on.
 * A facility's first reset is never held: until then nothing is known that it could contradict.
 */
export function trippedGuards(figures: GuardFigures, limits: GuardLimits): string[] {
  if (figures.lastRows === undefined) return [];
  const { rows, rejected, lastRows, isRepair, stocked, zeroed, renamed, unitsBefore, unitsAfter } = figures;
  const all = rows + rejected;
  const moved = `${quantityText(unitsBefore)} → ${quantityText(unitsAfter)} units`;
  const shares = [
    {
      share: isRepair ? 0 : percent(rejected, all),
      limit: limits.rejectedPct,
      // Of rows that do not fit the header, and of unknown stores, nobody knows whose they are.
      says: (pct: string) =>
        `${quantityText(rejected)} of ${plural(all, "row")} known to be of this store were rejected (${pct}, limit `,
    },
    {
      share: percent(zeroed, stocked),
      limit: limits.zeroedPct,
      says: (pct: string) =>
        `${quantityText(zeroed)} of ${plural(stocked, "product")} with stock would have none (${pct}, limit `,
    },
    {
      share: isRepair ? 0 : percent(lastRows - rows, lastRows),
      limit: limits.missingPct,
      says: (pct: string) => `${plural(rows, "row")}, last time ${quantityText(lastRows)} (${pct} fewer, limit `,
    },
    {
      share: percent(Math.abs(unitsAfter - unitsBefore), Math.abs(unitsBefore)),
      limit: limits.unitsPct,
      says: (pct: string) => `stock would ${unitsAfter > unitsBefore ? "rise" : "fall"} by ${pct}: ${moved} (limit ±`,
    },
    {
      share: percent(renamedCount(renamed), stocked),
      limit: limits.renamedPct ?? Number.POSITIVE_INFINITY,
      says: (pct: string) => `${renamedText(renamed, stocked)} (${pct}, limit `,
    },
  ];
  const past = shares
    .filter(({ share, limit }) => share > limit)
    .map(({ share, limit, says }) => `${says(`${rounded(share)} %`)}${limit} %)`);
  return [...past, ...fractionedText(figures.fractioned)];
}

/** One such product is enough: no sale and no delivery makes pieces fractions. */
function fractionedText(fractioned: Fractioned | undefined): string[] {
  if (!fractioned || fractioned.count === 0) return [];
  const { count, examples } = fractioned;
  const shown = examples.map(
    ({ name, before, counted }) => `${name} ${quantityText(before)} → ${quantityText(counted)}`,
  );
  const more = count > shown.length ? ` and ${quantityText(count - shown.length)} more` : "";
  const were =
    count === 1 ? "1 product that was a whole number" : `${quantityText(count)} products that were whole numbers`;
  return [
    `${were} would be a fraction, or a thousandth of what ${count === 1 ? "it was" : "they were"}, as when the file writes 1.200 for 1,200: ${shown.join(", ")}${more}`,
  ];
}

/** Whether so many products are new, and so many missing, that they could trip the guard at all. */
export function mayBeRenamed(
  figures: Pick<GuardFigures, "stocked"> & Pick<Renamed, "fresh" | "gone">,
  renamedPct: number | undefined,
): boolean {
  const { fresh, gone, stocked } = figures;
  return renamedPct !== undefined && percent(Math.min(fresh, gone), stocked) > renamedPct;
}

/** Fewer equal counts say nothing. */
const EQUAL_COUNTS_MIN = 3;

/**
 * How many products have most likely changed their ids. Like names always count. Equal counts do only where they are those of half of all
 * that are new and of all that are missing: a change of the assortment brings other counts than those that go.
 */
function renamedCount(renamed: Renamed | undefined): number {
  if (!renamed) return 0;
  const { fresh, gone, byName, byCount } = renamed;
  const isTelling = byCount >= EQUAL_COUNTS_MIN && 2 * byCount >= Math.max(fresh, gone) - byName;
  return byName + (isTelling ? byCount : 0);
}

function renamedText(renamed: Renamed | undefined, stocked: number): string {
  const count = renamedCount(renamed);
  const examples = renamed?.examples ?? [];
  const more = count > examples.length ? ` and ${quantityText(count - examples.length)} more` : "";
  return `${quantityText(count)} of ${plural(stocked, "product")} with stock ${count === 1 ? "is" : "are"} missing, and as many new ones have like names or the same counts, so they may be the same under other ids: ${examples.join(", ")}${more}`;
}

/** A share in percent; of nothing it is none, because there is nothing to lose. */
function percent(part: number, whole: number): number {
  return whole > 0 ? (100 * part) / whole : 0;
}

function rounded(share: number): string {
  return share.toFixed(1).replace(/\.0$/, "");
}
