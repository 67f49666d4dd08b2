// What the page of one reset is made from. The sums over its corrections are kept for a while once it has ended: they may run
// over a million rows, and change only when somebody decides something.
import {
  type CorrectionBar,
  correctionHistogram,
  facilityNumber,
  type LargeCorrection,
  largestCorrections,
  type RejectGroup,
  type ResetProgress,
  type ResetView,
  readReset,
  rejectsByCode,
  resetProgress,
} from "@inventory-sync/db";
import type { Parts } from "../../parts.ts";
import { rowsStaged } from "./staged.ts";

/** What somebody wants to see of a reset. */
export interface Wanted {
  readonly resetId: string;
  /** Outside id of the one facility that is looked at, or undefined for all. */
  readonly facilityId: string | undefined;
  /** Which corrections: all, or those that nothing explains. */
  readonly which: "all" | "unexplained";
}

/** A reset with all that is known of it. */
export interface ResetReport {
  readonly reset: ResetView;
  readonly progress: ResetProgress;
  /** While it is staging. */
  readonly staged: number | null;
  /** Undefined while it runs. */
  readonly corrections: Corrections | undefined;
  readonly rejects: readonly RejectGroup[];
}

/** Its corrections, or those of one facility. */
export interface Corrections {
  readonly bars: readonly CorrectionBar[];
  readonly largest: readonly LargeCorrection[];
}

const LARGEST_SHOWN = 25;
const KEPT_MAX = 40;

const kept = new WeakMap<Parts, Map<string, Promise<Corrections>>>();

/** Reads a reset for its page; undefined when there is none. */
export async function resetReport(parts: Parts, wanted: Wanted): Promise<ResetReport | undefined> {
  const { database } = parts;
  const [reset, progress, rejects] = await Promise.all([
    readReset(database, wanted.resetId),
    resetProgress(database, wanted.resetId),
    rejectsByCode(database, wanted.resetId),
  ]);
  if (!reset || !progress) return undefined;
  const [staged, corrections] = await Promise.all([
    rowsStaged(parts, progress),
    progress.finishedAt === null ? undefined : correctionsOf(parts, wanted, reset),
  ]);
  return { reset, progress, staged, corrections, rejects };
}

function correctionsOf(parts: Parts, wanted: Wanted, reset: ResetView): Promise<Corrections> {
  const known = kept.get(parts) ?? new Map<string, Promise<Corrections>>();
  kept.set(parts, known);
  const states = reset.facilities.map(({ state, decidedAt, corrected }) => [state, decidedAt, corrected]);
  const key = JSON.stringify([wanted, states]);
  const before = known.get(key);
  if (before) return before;
  const asked = readCorrections(parts, wanted);
  asked.catch(() => known.delete(key));
  known.set(key, asked);
  const [oldest] = known.keys();
  if (known.size > KEPT_MAX && oldest !== undefined) known.delete(oldest);
  return asked;
}

async function readCorrections({ database }: Parts, { resetId, facilityId, which }: Wanted): Promise<Corrections> {
  const facility = facilityId === undefined ? undefined : await facilityNumber(database, facilityId);
  const [bars, largest] = await Promise.all([
    correctionHistogram(database, { resetId, facility }),
    largestCorrections(database, { resetId, facility, unexplained: which === "unexplained", limit: LARGEST_SHOWN }),
  ]);
  return { bars, largest };
}
