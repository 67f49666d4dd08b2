// The count of all failed jobs by cause, in the background: hundreds of thousands take many seconds, so no request waits for it
// longer than a moment. A caller gets the latest whole count while it still holds, else how far the new one is. Nothing is counted
// while nobody asks, and never for more than a fifth of the time.
import { setTimeout as sleep } from "node:timers/promises";
import type { Database } from "@inventory-sync/db";
import { type FailedJob, type Queues, queueNames } from "@inventory-sync/queue";
import { z } from "zod";
import { time } from "./asking.ts";
import { effects, type InLedger, inLedger } from "./effects.ts";

/** How many jobs have had which effect. */
const effectCounts = z.record(z.enum(effects), z.int());
export type EffectCounts = z.infer<typeof effectCounts>;

/** Jobs of one facility in a group; null for those that belong to none. */
const facilityCount = z.object({
  facilityId: z.string().nullable(),
  count: z.int(),
  effects: effectCounts,
  losing: z.int(),
});
export type FacilityCount = z.infer<typeof facilityCount>;

/** Failed jobs of one queue and one cause. */
export const failedGroup = z.object({
  error: z.string(),
  queue: z.enum(queueNames),
  count: z.int(),
  firstAt: time,
  lastAt: time,
  /** The newest. */
  example: z.object({ jobId: z.string(), name: z.string(), message: z.string() }),
  effects: effectCounts,
  /** Sales that dismissing these jobs would lose, for they are not in the ledger. */
  losing: z.int(),
  /** Most first. */
  facilities: z.array(facilityCount),
});
export type FailedGroup = z.infer<typeof failedGroup>;

export interface FailedCount {
  /** Most first. */
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

const NOT_KNOWN: InLedger = { effect: "unknown", losing: 0 };

/** Makes the counter; it begins when it is asked. */
export function createFailedCounter(
  database: Database,
  queues: Queues,
  log: { warn(fields: object, text: string): void },
): FailedCounter {
  const stopping = new AbortController();
  /** The latest whole count. */
  let last: { readonly count: FailedCount; mark: string; endedAtMs: number; tookMs: number } | undefined;
  /** The one under way; it ends with the whole count, or undefined. */
  let running: { soFar(): FailedCount; readonly ended: Promise<FailedCount | undefined> } | undefined;

  const begin = (mark: string, total: number): NonNullable<typeof running> => {
    const tally = createTally();
    let looked = 0;
    let isEffectKnown = true;
    const soFar = (): FailedCount => {
      return { groups: tally.groups(), total, looked, countedAt: null, isOutdated: false, isEffectKnown };
    };
    const effectsUnknown = (error: unknown): InLedger[] => {
      if (isEffectKnown) log.warn({ err: error }, "the ledger could not be asked what of the failed jobs it has");
      isEffectKnown = false;
      return [];
    };
    const count = async (): Promise<FailedCount | undefined> => {
      const startedAtMs = performance.now();
      for await (const page of queues.failedPages()) {
        if (stopping.signal.aborted) return undefined;
        const known = await inLedger(database, page.jobs).catch(effectsUnknown);
        for (const [index, job] of page.jobs.entries()) tally.add(job, known[index] ?? NOT_KNOWN);
        looked += page.looked;
      }
      const endedAtMs = performance.now();
      const whole = { ...soFar(), total: looked, countedAt: new Date().toISOString() };
      last = { count: whole, mark, endedAtMs, tookMs: endedAtMs - startedAtMs };
      return whole;
    };
    const ended = count()
      .catch((error: unknown) => {
        log.warn({ err: error }, "failed jobs could not be counted; it is tried again when they are asked for");
        return undefined;
      })
      .finally(() => {
        running = undefined;
      });
    return { soFar, ended };
  };

  return {
    async now(waitMsMax = WAIT_MS_MAX) {
      const { total, mark } = await queues.failedMark();
      const tookMs = last?.tookMs ?? 0;
      const ageMs = last === undefined ? Number.POSITIVE_INFINITY : performance.now() - last.endedAtMs;
      const holdsMs = Math.min(HOLDS_MS_MAX, Math.max(HOLDS_MS_MIN, tookMs * HOLDS_FACTOR));
      if (last?.mark === mark && ageMs < holdsMs) return last.count;
      if (ageMs >= tookMs * REST_FACTOR) running ??= begin(mark, total);
      const asked = running;
      const whole = asked && (await Promise.race([asked.ended, sleep(waitMsMax, undefined, { ref: false })]));
      if (whole) return whole;
      if (last) return { ...last.count, isOutdated: last.mark !== mark };
      if (asked) return asked.soFar();
      throw new Error("nothing was counted");
    },
    stop: () => stopping.abort(),
  };
}

/** Counts jobs into groups, one after another. */
function createTally() {
  const groups = new Map<string, { readonly group: FailedGroup; readonly at: Map<string | null, FacilityCount> }>();
  return {
    /** @param of what of it is in the ledger */
    add(job: FailedJob, { effect, losing }: InLedger): void {
      const key = `${job.queue} ${job.cause}`;
      const known = groups.get(key) ?? { group: groupOf(job), at: new Map() };
      groups.set(key, known);
      const { group, at } = known;
      const facility = at.get(job.facility) ?? { facilityId: job.facility, ...nothingYet() };
      at.set(job.facility, facility);
      for (const counted of [group, facility]) {
        counted.count += 1;
        counted.effects[effect] += 1;
        counted.losing += losing;
      }
      if (job.failedAt < group.firstAt) group.firstAt = job.failedAt;
      if (job.failedAt > group.lastAt) group.lastAt = job.failedAt;
    },
    /** What is counted so far, most first. */
    groups(): FailedGroup[] {
      const found = [...groups.values()].map(({ group, at }) => {
        const facilities = [...at.values()].sort(byCount(({ facilityId }) => facilityId ?? ""));
        return structuredClone({ ...group, facilities });
      });
      return found.sort(byCount(({ error }) => error));
    },
  };
}

function byCount<Counted extends { readonly count: number }>(name: (counted: Counted) => string) {
  return (a: Counted, b: Counted): number => b.count - a.count || (name(a) < name(b) ? -1 : 1);
}

function groupOf({ queue, cause, failedAt, id, name, message }: FailedJob): FailedGroup {
  const example = { jobId: id, name, message };
  return { error: cause, queue, firstAt: failedAt, lastAt: failedAt, example, ...nothingYet(), facilities: [] };
}

function nothingYet(): Pick<FacilityCount, "count" | "effects" | "losing"> {
  return { count: 0, effects: { all: 0, part: 0, none: 0, other: 0, unknown: 0 }, losing: 0 };
}
