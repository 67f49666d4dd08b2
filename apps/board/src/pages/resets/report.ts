// What the pages of resets are made from: a reset with its report, how many of its rows are staged, and what waits in incoming/.
import {
  correctionHistogram,
  largestCorrections,
  listRepairs,
  lookIntoAll,
  type Reset,
  type ResetWithParts,
  readResetWithParts,
  rejectsByCode,
  rowsToRepair,
  type Waiting,
  whyNotRepaired,
} from "@inventory-sync/operator";
import { resetJobId } from "@inventory-sync/queue";
import { cached, withinMs } from "@inventory-sync/runtime";
import type { Parts } from "../../parts.ts";

/** What a reader wants to see of a reset. */
export interface Wanted {
  readonly resetId: string;
  /** Outside id of the one facility that is looked at, or undefined for all. */
  readonly facilityId: string | undefined;
  /** Which corrections: all, or those that nothing explains. */
  readonly which: "all" | "unexplained";
}

/** A reset with all that is known of it. */
export type ResetReport = Awaited<ReturnType<typeof resetReport>>;
type Corrections = Awaited<ReturnType<typeof readCorrections>>;

const LARGEST_SHOWN = 25;
/** Rejected rows that are shown at once, to be corrected. */
export const REJECTS_SHOWN = 200;
const KEPT_MAX = 40;

const kept = new WeakMap<object, Map<string, Promise<Corrections>>>();

/**
 * Reads a reset for its page: while it is staging with the rows that are `staged`; once it has ended with its `corrections` and, where
 * rows were rejected, with the `repair` of what of them is still to be corrected.
 * @param rejectsPage which page of its rejected rows, from 1
 * @throws NotFound
 */
export async function resetReport(parts: Parts, wanted: Wanted, rejectsPage: number) {
  const reset = await readResetWithParts(parts.database, wanted.resetId);
  const [rejects, staged, corrections, repair] = await Promise.all([
    rejectsByCode(parts.database, reset.id),
    rowsStaged(parts.queues, reset),
    reset.finishedAt === null ? undefined : correctionsOf(parts, wanted, reset),
    reset.finishedAt === null || reset.rejected === 0 ? undefined : repairOf(parts, reset, rejectsPage),
  ]);
  return { reset, staged, corrections, rejects, repair };
}

/** What became of rejected rows. `whyNot` is why none of them can be corrected. */
async function repairOf({ database }: Parts, reset: ResetWithParts, page: number) {
  const shown = { skip: (page - 1) * REJECTS_SHOWN, limit: REJECTS_SHOWN };
  const [toRepair, repairs] = await Promise.all([
    rowsToRepair(database, reset.id, shown),
    listRepairs(database, reset.id),
  ]);
  return { whyNot: whyNotRepaired(reset), toRepair, repairs };
}

/** The sums of a reset that has ended are kept for a while: they may run over a million rows, and change only with a decision. */
function correctionsOf(parts: Parts, wanted: Wanted, reset: ResetWithParts): Promise<Corrections> {
  const known = kept.get(parts) ?? new Map<string, Promise<Corrections>>();
  kept.set(parts, known);
  const states = reset.parts.map(({ state, decidedAt, corrected }) => [state, decidedAt, corrected]);
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

async function readCorrections({ database }: Parts, { which, ...ofReset }: Wanted) {
  const [bars, largest] = await Promise.all([
    correctionHistogram(database, ofReset),
    largestCorrections(database, { ...ofReset, unexplained: which === "unexplained", limit: LARGEST_SHOWN }),
  ]);
  return { bars, largest };
}

const ASK_JOB_MS_MAX = 1_000;

/** Rows of a reset staged so far, as its job says, or null when that is not known: it has not begun, is over, or the queue is away. */
export async function rowsStaged(
  queues: Parts["queues"],
  reset: Pick<Reset, "id" | "generation" | "state">,
): Promise<number | null> {
  const queue = reset.state === "staging" && queues.bullQueues().find((each) => each.name === "resets");
  if (!queue) return null;
  const asked = queue.getJob(resetJobId(reset.id, reset.generation));
  const job = await withinMs(ASK_JOB_MS_MAX, asked).catch(() => undefined);
  const { progress } = job ?? {};
  const staged = typeof progress === "object" && "rowsStaged" in progress ? Number(progress.rowsStaged) : Number.NaN;
  return Number.isFinite(staged) ? staged : null;
}

const FRESH_MS = 5_000;
/** Fifty thousand files take some three seconds to list. */
const LOOK_MS_MAX = 6_000;

/** Looks into incoming/ of each source, at most every few seconds for all who have the page of resets open. */
export const waitingFiles = cached(
  FRESH_MS,
  async ({ sources, withInbox, log }: Parts, before: Promise<Waiting> | undefined): Promise<Waiting> => {
    const list = (source: string) =>
      withinMs(
        LOOK_MS_MAX,
        withInbox((inbox) => inbox.list(), source),
      );
    const found = await lookIntoAll(sources, list);
    // A server that stays away is told of once, not at every look.
    const wereAway = (await before)?.away;
    for (const [source, reason] of found.away)
      if (!wereAway?.has(source)) log.warn({ source, reason }, "incoming/ could not be looked at");
    return found;
  },
);
