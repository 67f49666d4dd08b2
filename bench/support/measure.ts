// What a measure is: the product and its reference, alternated in one run, and the ratio between them.

import type { Stand } from "./stand.ts";

/** The values of several rounds. */
export interface Figure {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly rounds: readonly number[];
}

/** One line of the table. */
export interface Result {
  /** "B1" … "B22"; a letter behind it is a further look at the same thing. */
  readonly id: string;
  readonly what: string;
  /** Of product and reference: "jobs/s", "ms". */
  readonly unit: string;
  readonly product: Figure;
  readonly reference: Figure;
  readonly referenceIs: string;
  /** Product by reference, round by round. */
  readonly ratio: Figure;
  readonly target: Target;
  /** Anything a reader needs to judge the figure. */
  readonly notes?: readonly string[];
}

/** What the ratio is to reach; a limit of the product's own value may go with it. */
export interface Target {
  readonly ratioMin?: number;
  readonly ratioMax?: number;
  readonly productMax?: number;
}

/** How large a run is. */
export interface Sizes {
  readonly quick: boolean;
  readonly rounds: number;
  /** The full size scaled down, at least `least`. */
  of(full: number, least: number): number;
}

/** A measure: one file of bench/. */
export interface Measure {
  readonly name: string;
  readonly ids: readonly string[];
  run(stand: Stand, sizes: Sizes): Promise<readonly Result[]>;
}

/** Sizes for the command line's --quick, --scale and --rounds. */
export function sizesOf(given: { quick: boolean; scale: number; rounds: number }): Sizes {
  return {
    quick: given.quick,
    rounds: given.rounds,
    of: (full, least) => Math.max(least, Math.round(full * given.scale)),
  };
}

/** Median and spread of some values. */
export function figureOf(rounds: readonly number[]): Figure {
  const sorted = [...rounds].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  const lower = sorted.length % 2 === 0 ? (sorted[middle - 1] ?? Number.NaN) : upper;
  return { median: (upper + lower) / 2, min: sorted[0] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN, rounds };
}

/** Product by reference, round by round: what the machine does to one round it does to both. */
export function ratioOf(product: readonly number[], reference: readonly number[]): Figure {
  return figureOf(product.map((value, round) => value / (reference[round] ?? Number.NaN)));
}

/** Whether a result reaches its target. */
export function reaches({ ratio, product, target }: Result): boolean {
  return (
    ratio.median >= (target.ratioMin ?? Number.NEGATIVE_INFINITY) &&
    ratio.median <= (target.ratioMax ?? Number.POSITIVE_INFINITY) &&
    product.median <= (target.productMax ?? Number.POSITIVE_INFINITY)
  );
}

/** The value below which a share of the values lies. @param share 0 to 1 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
