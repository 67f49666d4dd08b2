// Flow 2, step 6: the reconciling statement, which says what a count changes at its facilities or would change, with the figures that the
// guards judge and the part keeps; and what a facility reset is asked to keep to, and how it ended.
import { type Fractioned, type GuardLimits, mayBeRenamed, type PartState, type Renamed } from "@inventory-sync/domain";
import { first, type Queryable, run } from "../statements.ts";
import type { Part, PartFigures, PartKey } from "./transitions.ts";

/** Limits and choices of a facility reset. */
export interface ReconcileOptions {
  /** ABSENT_ROWS: what a product becomes that the snapshot does not list (R7), of a reset that has not kept it. */
  readonly absentRows: "keep" | "zero";
  /** Movements this close to as_of are counted as borderline. */
  readonly borderlineSeconds: number;
  /** How long to wait for batches in flight to let go of the facility, in milliseconds. */
  readonly lockWaitMsMax: number;
  /** Limits past which the facility is held; undefined once an operator has approved it. */
  readonly guards: GuardLimits | undefined;
}

export type ReconcileResult =
  | {
      readonly ended: "applied" | "stale";
      readonly rows: number;
      readonly corrected: number;
      readonly lockedMs: number;
    }
  | { readonly ended: "held"; readonly because: string }
  | { readonly ended: "previewed"; readonly corrected: number }
  | { readonly ended: "already"; readonly state: PartState }
  | { readonly ended: "staging-lost"; readonly wanted: number; readonly found: number };

/** What the part keeps, and what only the guards judge by. */
export interface Figures extends PartFigures {
  readonly facility: number;
  /** Rows found in staging. */
  readonly staged: number;
  readonly stocked: number;
  readonly zeroed: number;
  readonly units_total: string;
  /** Listed products that were never counted here, and products with stock that are not listed. */
  readonly fresh: number;
  readonly gone: number;
  /** Corrected products whose count is a fraction, or exactly a thousandth of what was expected. */
  readonly odd: number;
  /** What happened until then is in files of the archive; null where nothing is. */
  readonly archived_until: Date | null;
}

interface CompareHow {
  readonly options: Pick<ReconcileOptions, "absentRows" | "borderlineSeconds">;
  readonly mode: "preview" | "apply";
}

type Compared = Pick<Part, "facility" | "asOf" | "isRepair" | "absentRows">;

/**
 * Runs the reconciling statement: preview writes the explanations, apply everything (under the locks). A repair is no whole count: what
 * it does not list is not absent, and stays. Returns the figures by facility.id.
 */
export async function compare(
  on: Queryable,
  { resetId, parts }: { readonly resetId: string; readonly parts: readonly Compared[] },
  how: CompareHow,
): Promise<Map<number, Figures>> {
  const [one] = parts;
  if (!one) return new Map();
  const { asOf, isRepair } = one;
  const { absentRows: usual, borderlineSeconds } = how.options;
  const zeroed = parts.filter(({ absentRows }) => !isRepair && (absentRows ?? usual) === "zero");
  const [facilities, zeroes] = [parts, zeroed].map((each) => each.map(({ facility }) => facility));
  const values = [resetId, facilities, asOf, zeroes, borderlineSeconds, how.mode, isRepair];
  const rows = await run<Figures>(on, "reconcile_facilities", values);
  return new Map(rows.map((figures) => [figures.facility, isRepair ? { ...figures, absent: 0 } : figures]));
}

/** Those of one facility. @throws Error when the statement gave none */
export function figuresOf({ facility }: Pick<Part, "facility">, figures: ReadonlyMap<number, Figures>): Figures {
  const found = figures.get(facility);
  if (!found) throw new Error(`the reconciling statement returned no figures of facility number ${facility}`);
  return found;
}

const EXAMPLES_MAX = 3;

/**
 * How many products of a count may be ones of ours under other ids; undefined where too few are new, or missing, for the guard to trip: on
 * most mornings nothing is asked. To be called after `compare`, in its transaction.
 */
export async function renamedProducts(
  on: Queryable,
  { resetId, facility }: PartKey,
  { figures, guards }: { readonly figures: Figures; readonly guards: GuardLimits | undefined },
): Promise<Renamed | undefined> {
  if (!mayBeRenamed(figures, guards?.renamedPct)) return undefined;
  return first(on, "renamed_products", [resetId, facility, EXAMPLES_MAX]);
}

/**
 * The products of a count that were whole numbers and would be fractions or a thousandth of themselves, by facility.id; none of a facility
 * where it corrects none to a fraction or a thousandth: on most mornings nothing is asked. To be called after `compare`, in its transaction.
 */
export async function fractionedProducts(
  on: Queryable,
  resetId: string,
  figures: readonly Pick<Figures, "facility" | "odd">[],
): Promise<Map<number, Fractioned>> {
  const facilities = figures.filter(({ odd }) => odd > 0).map(({ facility }) => facility);
  if (facilities.length === 0) return new Map();
  const values = [resetId, facilities, EXAMPLES_MAX];
  const rows = await run<Fractioned & { facility: number }>(on, "fractioned_products", values);
  return new Map(rows.map((row) => [row.facility, row]));
}
