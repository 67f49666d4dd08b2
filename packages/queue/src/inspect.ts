// What people ask of the queues: what failed and why, and "try these again".

import { type FailedJobs, grouped, inParts } from "@inventory-sync/domain";
import type { Job } from "bullmq";
import type { QueueName } from "./catalog.ts";
import type { QueueConnection, QueueStore } from "./connection.ts";
import {
  causeOf,
  chosen,
  type FailedFilter,
  type FailedJob,
  failedJob,
  failedPageMax,
  failedPages,
  readCursor,
  writeCursor,
} from "./failed-jobs.ts";
import { shardsOf } from "./queue-counts.ts";
import { type RetriedJob, retryJobs } from "./revive.ts";
import { partOf } from "./shards.ts";

const listDefault = 100;
const all = Number.POSITIVE_INFINITY;

/** Failed jobs of one queue and one cause. */
export interface FailedCause extends Omit<FailedJobs, "queue" | "isAll"> {
  readonly queue: QueueName;
}

export interface RetryProgress {
  looked: number;
  retried: number;
}

/** Jobs of one queue that were just retried, each with the cause of its failure. */
export interface RetriedPage {
  readonly queue: QueueName;
  readonly jobs: readonly { readonly id: string; readonly cause: string }[];
}

export type RetryOptions = FailedFilter & {
  readonly ids?: readonly string[];
  /** Called after each page, and waited for. */
  readonly onProgress?: (progress: RetryProgress, page: RetriedPage) => unknown;
  /** Ends it after the page that is under way. */
  readonly signal?: AbortSignal;
};

/** Failed jobs of one queue, with what they carry as JSON. */
export interface FailedPage {
  readonly queue: QueueName;
  readonly jobs: readonly (FailedJob & { readonly payload: string })[];
}

/** Makes the questions over the queues of one connection. */
export function createInspector(connection: QueueConnection) {
  const { store } = connection;
  return {
    /** Failed jobs by queue and cause, most frequent first. Looks at the newest `lookedMax` (default all). */
    failedCauses: ({ lookedMax = all, ...filter }: FailedFilter & { lookedMax?: number } = {}) =>
      countCauses(store, filter, lookedMax),

    /**
     * One page of failed jobs, newest first queue by queue. `nextCursor` is null at the end. After `lookedMax` jobs (default:
     * all) the page ends, full or not. Throws RangeError on a cursor that it did not give out.
     */
    async failedJobs({
      limit = listDefault,
      cursor,
      lookedMax = all,
      ...filter
    }: FailedFilter & { limit?: number; cursor?: string; lookedMax?: number } = {}): Promise<{
      jobs: FailedJob[];
      nextCursor: string | null;
    }> {
      const from = cursor === undefined ? undefined : readCursor(cursor);
      const jobs: FailedJob[] = [];
      let looked = 0;
      for await (const page of failedPages(store, filter, { withData: true, from })) {
        for (const row of page.rows) {
          jobs.push(failedJob(page.queue, row));
          if (jobs.length >= limit) return { jobs, nextCursor: writeCursor(page.queue, row) };
        }
        looked += page.looked;
        if (looked >= lookedMax && page.last) return { jobs, nextCursor: writeCursor(page.queue, page.last) };
      }
      return { jobs, nextCursor: null };
    },

    /** All failed jobs, a page at a time, newest first queue by queue. */
    async *failedPages(): AsyncGenerator<{ looked: number; jobs: FailedJob[] }> {
      for await (const { queue, looked, rows } of failedPages(store, {}, { withData: true }))
        yield { looked, jobs: rows.map((row) => failedJob(queue, row)) };
    },

    /**
     * What the filter or the list of ids names of the failed jobs, each with its payload as JSON, a page at a time. Jobs that fail after
     * the beginning are left out.
     */
    async *failedWithPayload({
      ids,
      ...filter
    }: FailedFilter & { readonly ids?: readonly string[] }): AsyncGenerator<FailedPage> {
      const from = { failedAtMs: Date.now(), id: "\uffff" };
      if (ids === undefined) {
        for await (const { queue, rows } of failedPages(store, filter, { withData: true, from }))
          yield { queue, jobs: rows.map((row) => ({ ...failedJob(queue, row), payload: row.data ?? "null" })) };
        return;
      }
      for await (const { queue, rows } of listedPages(connection, ids, filter)) {
        const bull = (row: { readonly shard: number }) => connection.queue(queue, row.shard);
        const found = await Promise.all(rows.map((row) => bull(row).getJob(row.id)));
        yield { queue, jobs: found.flatMap((job) => (job ? [withPayload(job)] : [])) };
      }
    },

    /** Which of these jobs are not done: whether each stands failed. Those that are not there any more are done. */
    unfinishedAmong: (queue: QueueName, ids: readonly string[]): Promise<Map<string, { isFailed: boolean }>> =>
      store.unfinishedAmong(queue, ids),

    /** Takes failed jobs out of their queue for good. Returns the ids of those taken: one that was retried meanwhile is not. */
    removeFailed: (queue: QueueName, ids: readonly string[]): Promise<string[]> => store.removeFailed(queue, ids),

    /** How many failed jobs there are; and a text that is another one as soon as others are. */
    async failedMark(filter: Pick<FailedFilter, "queue" | "shard"> = {}): Promise<{ total: number; mark: string }> {
      const seen = await Promise.all(
        chosen(filter).map(async (queue) => {
          const [count, newest] = await Promise.all([
            store.failedCount(queue, filter.shard),
            store.failedPage(queue, { after: undefined, limit: 1, withData: false, shard: filter.shard }),
          ]);
          return { count, newest: newest[0] && `${newest[0].failedAtMs} ${newest[0].id}` };
        }),
      );
      return { total: seen.reduce((sum, { count }) => sum + count, 0), mark: JSON.stringify(seen) };
    },

    /**
     * Retries what the filter or the list of ids names, with fresh attempts. A job that is not failed any more is left alone, so
     * it may be asked for twice. Jobs that fail after the beginning are left alone, too, or it would never end.
     */
    async retryFailed({ ids, onProgress, signal, ...filter }: RetryOptions): Promise<RetryProgress> {
      const progress = { looked: 0, retried: 0 };
      const now = { failedAtMs: Date.now(), id: "\uffff" };
      const pages = ids
        ? listedPages(connection, ids, filter)
        : failedPages(store, filter, { withData: false, from: now });
      for await (const { queue, looked, rows } of pages) {
        if (signal?.aborted === true) break;
        progress.looked += looked;
        const found: RetriedJob[] = [];
        for (const [shard, some] of grouped(rows, (row) => row.shard)) {
          const failed = some.map(({ id }) => id);
          found.push(...(await retryJobs(connection.queue(queue, shard), failed)));
        }
        const jobs = found.map((job) => ({ id: job.id, cause: causeOf(job) }));
        progress.retried += jobs.length;
        await onProgress?.({ ...progress }, { queue, jobs });
      }
      return progress;
    },
  };
}

/** Counts failed jobs by queue and cause, most frequent first. Of each queue one page at least is looked at. */
async function countCauses(store: QueueStore, filter: FailedFilter, lookedMax: number) {
  const causes = new Map<string, FailedCause>();
  let looked = 0;
  let total = 0;
  for (const queue of chosen(filter)) {
    total += await store.failedCount(queue, filter.shard);
    for await (const page of failedPages(store, { ...filter, queue }, { withData: false })) {
      for (const row of page.rows) {
        const cause = causeOf(row);
        const at = new Date(row.failedAtMs).toISOString();
        const example = { exampleId: row.id, exampleName: row.name, exampleMessage: row.reason };
        const known = causes.get(`${queue} ${cause}`) ?? { queue, cause, count: 0, ...example, lastAt: at };
        // Newest first, so this one is the earliest so far.
        causes.set(`${queue} ${cause}`, { ...known, count: known.count + 1, firstAt: at });
      }
      looked += page.looked;
      if (looked >= lookedMax) break;
    }
  }
  return { causes: [...causes.values()].sort((a, b) => b.count - a.count), looked, total };
}

/** Those of the ids that stand failed, a page at a time. */
async function* listedPages(connection: QueueConnection, ids: readonly string[], filter: FailedFilter) {
  for (const some of inParts(ids, failedPageMax)) {
    for (const queue of chosen(filter)) {
      for (const shard of filter.shard === undefined ? await shardsOf(connection, queue) : [filter.shard]) {
        const failed = await connection.store.failedAmong(queue, shard, some);
        yield { queue, looked: failed.size, rows: [...failed.keys()].map((id) => ({ id, shard })) };
      }
    }
  }
}

function withPayload(job: Job): FailedJob & { payload: string } {
  const { id = "", name, failedReason: reason, finishedOn: failedAtMs = 0, attemptsMade: attempts } = job;
  const payload = JSON.stringify(job.data ?? null);
  const { queue, shard } = partOf(job.queueName);
  return { ...failedJob(queue, { id, name, reason, failedAtMs, attempts, shard, data: payload }), payload };
}
