// The guards of a facility reset: limits past which a snapshot looks more like half a file than like a count. A facility
// past one of them is held until somebody decides; the others go on.

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
}

/** What a facility reset would do, as far as the guards look at it. */
export interface GuardFigures {
  /** Usable rows of the facility in this file. */
  readonly rows: number;
  readonly rejected: number;
  /** Rows of the facility's last accepted reset; undefined before its first, when there is nothing to compare with. */
  readonly lastRows: number | undefined;
  /** Products with stock before. */
  readonly stocked: number;
  /** Those of them that would have none after. */
  readonly zeroed: number;
  /** Units on hand at the facility before. */
  readonly unitsBefore: number;
  /** Units on hand at the facility after. */
  readonly unitsAfter: number;
}

/**
 * The guards that a facility reset trips, each as a sentence with its figures and the limit; none when it may go on.
 * A facility's first reset is never held: until then nothing is known that it could contradict.
 */
export function trippedGuards(figures: GuardFigures, limits: GuardLimits): string[] {
  if (figures.lastRows === undefined) return [];
  const { rows, rejected, lastRows, stocked, zeroed, unitsBefore, unitsAfter } = figures;
  const tripped: string[] = [];
  const check = (share: number, limit: number, sentence: (pct: string) => string): void => {
    if (share > limit) tripped.push(sentence(`${rounded(share)} %, the limit is ${limit} %`));
  };
  check(
    percent(rejected, rows + rejected),
    limits.rejectedPct,
    (pct) => `${rejected} of ${rows + rejected} rows were rejected (${pct})`,
  );
  check(
    percent(zeroed, stocked),
    limits.zeroedPct,
    (pct) => `${zeroed} of ${stocked} products with stock would have none (${pct})`,
  );
  check(
    percent(lastRows - rows, lastRows),
    limits.missingPct,
    (pct) => `${rows} rows, fewer than the ${lastRows} of the last reset (${pct})`,
  );
  const change = percent(Math.abs(unitsAfter - unitsBefore), Math.abs(unitsBefore));
  check(change, limits.unitsPct, (pct) => `total units would go from ${unitsBefore} to ${unitsAfter} (${pct})`);
  return tripped;
}

/** A share in percent; of nothing it is none, because there is nothing to lose. */
function percent(part: number, whole: number): number {
  return whole > 0 ? (100 * part) / whole : 0;
}

function rounded(share: number): string {
  return share.toFixed(1).replace(/\.0$/, "");
}
