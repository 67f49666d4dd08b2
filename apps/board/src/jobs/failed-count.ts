// The count of all failed jobs, in the background: hundreds of thousands take many seconds, so no request waits for it longer
// than a moment. Who asks gets the latest whole count while it still holds, else how far the new one is. Nothing is counted
// while nobody asks, and never for more than a fifth of the time.
import { type Database, type Effect, effectsOf } from "@inventory-sync/db";
import type { FailedJob, Queues } from "@inventory-sync/queue";
import type { Logger } from "@inventory-sync/runtime";
import { createTally, type FailedGroup, type FailedTally } from "./failed-groups.ts";

/** What is known of the failed jobs. */
export interface FailedCount {
  readonly groups: readonly FailedGroup[];
  /** Failed jobs when this count began, and so many of them are in it. */
  readonly total: number;
  readonly looked: number;
  /** When this count was over; null while it is under way. */
  readonly countedAt: string | null;
  /** Whether others have failed, or been retried, since; they are being counted. */
  readonly isOutdated: boolean;
  /** False when the database did not say what is in the ledger. */
  readonly isEffectKnown: boolean;
}

/** The failed jobs of one board's queues. */
export interface FailedCounter {
  /** What is known; waits for a count under way so long at most. @throws while the queue is away */
  now(waitMsMax?: number): Promise<FailedCount>;
  stop(): void;
}

const WAIT_MS_MAX = 700;
/** What is in the ledger may change without the queue's changing, so a count holds so long: longer the more it cost. */
const HOLDS_FACTOR = 20;
const HOLDS_MS_MIN = 1_000;
const HOLDS_MS_MAX = 60_000;
/** A count that took a second is not begun again for four. */
const REST_FACTOR = 4;

interface Run {
  readonly mark: string;
  readonly total: number;
  readonly tally: FailedTally;
  readonly ended: Promise<void>;
  looked: number;
  isEffectKnown: boolean;
  /** What there is to say once all is counted. */
  whole: FailedCount | undefined;
  endedAtMs: number;
  tookMs: number;
}

/** Makes the counter; it begins when somebody asks. */
export function createFailedCounter(database: Database, queues: Queues, log: Logger): FailedCounter {
  const stopping = new AbortController();
  let last: Run | undefined;
  let running: Run | undefined;

  const work = async (run: Run): Promise<void> => {
    const startedAtMs = performance.now();
    try {
      for await (const page of queues.failedPages()) {
        if (stopping.signal.aborted) return;
        await add(run, page);
      }
      run.endedAtMs = performance.now();
      run.tookMs = run.endedAtMs - startedAtMs;
      run.whole = { ...viewOf(run), total: run.looked, countedAt: new Date().toISOString() };
      last = run;
    } catch (error) {
      log.warn({ err: error }, "failed jobs could not be counted; it is tried again when somebody asks");
    } finally {
      running = undefined;
    }
  };

  const add = async (run: Run, { looked, jobs }: { readonly looked: number; readonly jobs: readonly FailedJob[] }) => {
    const carried = jobs.map(({ carries }) => carries);
    const known = await effectsOf(database, carried).catch((error: unknown): Effect[] => {
      if (run.isEffectKnown) log.warn({ err: error }, "the ledger could not be asked what of the failed jobs it has");
      run.isEffectKnown = false;
      return [];
    });
    for (const [index, job] of jobs.entries()) run.tally.add(job, known[index] ?? "unknown");
    run.looked += looked;
  };

  const begin = (mark: string, total: number): Run => {
    const counted = { looked: 0, isEffectKnown: true, whole: undefined, endedAtMs: 0, tookMs: 0 };
    // The work begins on the next turn, when `run` exists.
    const run: Run = { mark, total, ...counted, tally: createTally(), ended: Promise.resolve().then(() => work(run)) };
    return run;
  };

  return {
    async now(waitMsMax = WAIT_MS_MAX) {
      const { total, mark } = await queues.failedMark();
      const ageMs = last === undefined ? Number.POSITIVE_INFINITY : performance.now() - last.endedAtMs;
      if (last?.whole && last.mark === mark && ageMs < holdsMs(last)) return last.whole;
      if (ageMs >= (last?.tookMs ?? 0) * REST_FACTOR) running ??= begin(mark, total);
      const asked = running;
      if (asked) await orAfter(waitMsMax, asked.ended);
      if (asked?.whole) return asked.whole;
      if (last?.whole) return { ...last.whole, isOutdated: last.mark !== mark };
      if (asked) return viewOf(asked);
      throw new Error("nothing was counted");
    },
    stop: () => stopping.abort(),
  };
}

function holdsMs({ tookMs }: Run): number {
  return Math.min(HOLDS_MS_MAX, Math.max(HOLDS_MS_MIN, tookMs * HOLDS_FACTOR));
}

function viewOf({ tally, total, looked, isEffectKnown }: Run): FailedCount {
  return { groups: tally.groups(), total, looked, countedAt: null, isOutdated: false, isEffectKnown };
}

async function orAfter(waitMs: number, promise: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, waitMs);
  });
  await Promise.race([promise, late]);
  clearTimeout(timer);
}
