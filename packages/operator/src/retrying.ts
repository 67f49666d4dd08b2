// Retrying failed jobs, and what becomes of them: each cause that was retried stands on record, so that the end of its alarm can say who
// retried how many, and how many of them are done. It is followed by the process that retried them, for some minutes.
import { setTimeout as sleep } from "node:timers/promises";
import { grouped, inParts } from "@inventory-sync/domain";
import type { RetriedPage, RetryProgress } from "@inventory-sync/queue";
import { z } from "zod";
import type { Servers } from "./asking.ts";
import type { JobFilter } from "./jobs.ts";

/** What became of retried jobs, so far. */
export const retryEnds = z.object({ done: z.int(), failedAgain: z.int(), underWay: z.int() });
export type RetryEnds = z.infer<typeof retryEnds>;

/** Jobs retried by one caller at one time. */
export interface Retry {
  /** Retries what the filter names; of each cause the record says how many. */
  run(
    filter: JobFilter,
    options: { readonly signal: AbortSignal; readonly onProgress: (progress: RetryProgress) => void },
  ): Promise<RetryProgress>;
  /** What became of them; undefined when they are too many to be followed. */
  ends(): RetryEnds | undefined;
  /** Follows them until each is done or has failed again, for some minutes at most, and notes that on record. */
  follow(signal: AbortSignal, onEnds?: () => void): Promise<void>;
}

/** Retried jobs of one queue and one cause. */
interface Group {
  readonly queue: RetriedPage["queue"];
  readonly cause: string;
  readonly recordId: bigint;
  retried: number;
  failedAgain: number;
  readonly underWay: Set<string>;
}

const FOLLOWED_JOBS_MAX = 50_000;
const FOLLOWED_MS_MAX = 10 * 60_000;
const LOT = 1_000;
const LOOK_MS = { first: 250, growth: 1.5, max: 15_000 };

/** Makes the retry of one operator. @param who their name */
export function createRetry({ database, queues }: Servers, who: string): Retry {
  const groups = new Map<string, Group>();
  const total = (of: (group: Group) => number) => [...groups.values()].reduce((sum, group) => sum + of(group), 0);
  const isFollowed = () => total(({ retried }) => retried) <= FOLLOWED_JOBS_MAX;

  const note = async ({ queue, jobs }: RetriedPage): Promise<void> => {
    for (const [cause, retriedJobs] of grouped(jobs, (job) => job.cause)) {
      const ids = retriedJobs.map(({ id }) => id);
      const known = groups.get(`${queue} ${cause}`);
      const retried = (known?.retried ?? 0) + ids.length;
      const data = { who, queue, cause, retried };
      const { id } = await (known === undefined
        ? database.prisma.jobRetry.create({ data, select: { id: true } })
        : database.prisma.jobRetry.update({ where: { id: known.recordId }, data: { retried }, select: { id: true } }));
      const group = known ?? { queue, cause, recordId: id, retried, failedAgain: 0, underWay: new Set() };
      group.retried = retried;
      groups.set(`${queue} ${cause}`, group);
      if (isFollowed()) for (const each of ids) group.underWay.add(each);
    }
  };

  const look = async (group: Group): Promise<void> => {
    const ids = [...group.underWay];
    for (const lot of inParts(ids, LOT)) {
      const open = await queues.unfinishedAmong(group.queue, lot);
      for (const id of lot) {
        const isFailed = open.get(id)?.isFailed;
        if (isFailed === false) continue;
        group.underWay.delete(id);
        if (isFailed === true) group.failedAgain += 1;
      }
    }
    if (group.underWay.size > 0 || ids.length === 0) return;
    const ends = { done: group.retried - group.failedAgain, failedAgain: group.failedAgain };
    await database.prisma.jobRetry.update({ where: { id: group.recordId }, data: ends });
  };

  return {
    run: (filter, { signal, onProgress }) =>
      queues.retryFailed({
        ...filter,
        signal,
        onProgress: async (progress, page) => {
          onProgress(progress);
          await note(page);
        },
      }),
    ends() {
      if (!isFollowed()) return undefined;
      const [failedAgain, underWay] = [total((group) => group.failedAgain), total((group) => group.underWay.size)];
      return { done: total(({ retried }) => retried) - failedAgain - underWay, failedAgain, underWay };
    },
    async follow(signal, onEnds) {
      const until = performance.now() + FOLLOWED_MS_MAX;
      let waitMs = LOOK_MS.first;
      while (isFollowed() && total(({ underWay }) => underWay.size) > 0 && performance.now() < until) {
        if (signal.aborted) return;
        await sleep(waitMs, undefined, { signal, ref: false }).catch(() => undefined);
        waitMs = Math.min(LOOK_MS.max, waitMs * LOOK_MS.growth);
        for (const group of groups.values()) await look(group);
        onEnds?.();
      }
    },
  };
}
