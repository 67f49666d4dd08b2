// What people ask of the queues: how much waits, what failed and why, and "try these again". Failed jobs are read in pages;
// there may be hundreds of thousands of them.

import type { Queue } from "bullmq";
import { type QueueName, queueNames } from "./catalog.ts";
import type { QueueConnection } from "./connection.ts";
import { chosen, failedRows, type PageOptions } from "./failed-pages.ts";
import {
  countCause,
  type FailedCause,
  type FailedFilter,
  type FailedJob,
  failedJob,
  readCursor,
  writeCursor,
} from "./failed-rows.ts";
import { type RetryOptions, type RetryProgress, retryFailed } from "./retry-failed.ts";

const listDefault = 100;

export interface QueueCounts {
  waiting: number;
  active: number;
  delayed: number;
  failed: number;
  completed: number;
  "waiting-children": number;
  /** Age of the job that waits longest, ms; null when none waits. */
  oldestWaitingMs: number | null;
}

export interface Inspector {
  counts(): Promise<Record<QueueName, QueueCounts>>;
  /** Failed jobs by queue and cause, most frequent first. Looks at the newest `lookedMax` (default all). */
  failedCauses(
    filter?: FailedFilter & { lookedMax?: number },
  ): Promise<{ causes: FailedCause[]; looked: number; total: number }>;
  /**
   * One page of failed jobs, newest first queue by queue. `nextCursor` is null at the end. After `lookedMax` jobs (default:
   * all) the page ends, full or not.
   */
  failedJobs(
    filter?: FailedFilter & { limit?: number; cursor?: string; lookedMax?: number },
  ): Promise<{ jobs: FailedJob[]; nextCursor: string | null }>;
  /** All failed jobs that match, a page at a time, newest first queue by queue. */
  failedPages(filter?: FailedFilter): AsyncGenerator<{ looked: number; jobs: FailedJob[] }>;
  /** How many failed jobs there are; and a text that is another one as soon as others are. */
  failedMark(filter?: Pick<FailedFilter, "queue">): Promise<{ total: number; mark: string }>;
  /**
   * Retries what the filter (or the list of ids) names, with fresh attempts; jobs that fail after `until` (default now) are
   * not looked at. With `from` it goes on where another left off.
   */
  retryFailed(options: RetryOptions): Promise<RetryProgress>;
}

export function createInspector(connection: QueueConnection, queues: Record<QueueName, Queue>): Inspector {
  const { store } = connection;

  const pages = (queue: QueueName, filter: FailedFilter, options: PageOptions) =>
    failedRows(store, { queue, filter, ...options });

  return {
    async counts() {
      const entries = await Promise.all(queueNames.map(async (name) => [name, await countsOf(queues[name])] as const));
      return Object.fromEntries(entries) as Record<QueueName, QueueCounts>;
    },

    async failedCauses({ lookedMax = Number.POSITIVE_INFINITY, ...filter } = {}) {
      const causes = new Map<string, FailedCause>();
      let looked = 0;
      let total = 0;
      for (const queue of chosen(filter)) {
        total += await store.failedCount(queue);
        for await (const page of pages(queue, filter, { withData: false })) {
          looked += page.looked;
          for (const row of page.rows) countCause(causes, queue, row);
          if (looked >= lookedMax) break;
        }
      }
      return { causes: [...causes.values()].sort((a, b) => b.count - a.count), looked, total };
    },

    async failedJobs({ limit = listDefault, cursor, lookedMax = Number.POSITIVE_INFINITY, ...filter } = {}) {
      let looked = 0;
      const from = cursor === undefined ? undefined : readCursor(cursor);
      const jobs: FailedJob[] = [];
      const names = chosen(filter);
      for (const queue of names.slice(from === undefined ? 0 : Math.max(0, names.indexOf(from.queue)))) {
        const after = from?.queue === queue ? from : undefined;
        for await (const page of pages(queue, filter, { after, withData: true })) {
          for (const row of page.rows) {
            jobs.push(failedJob(queue, row));
            if (jobs.length >= limit) return { jobs, nextCursor: writeCursor(queue, row) };
          }
          looked += page.looked;
          if (looked >= lookedMax && page.last) return { jobs, nextCursor: writeCursor(queue, page.last) };
        }
      }
      return { jobs, nextCursor: null };
    },

    async *failedPages(filter = {}) {
      for (const queue of chosen(filter)) {
        for await (const { looked, rows } of pages(queue, filter, { withData: true }))
          yield { looked, jobs: rows.map((row) => failedJob(queue, row)) };
      }
    },

    async failedMark(filter = {}) {
      const seen = await Promise.all(
        chosen(filter).map(async (queue) => {
          const [count, newest] = await Promise.all([
            store.failedCount(queue),
            store.failedPage(queue, { after: undefined, limit: 1, withData: false }),
          ]);
          return { count, newest: newest[0] && `${newest[0].failedAtMs} ${newest[0].id}` };
        }),
      );
      return { total: seen.reduce((sum, { count }) => sum + count, 0), mark: JSON.stringify(seen) };
    },

    retryFailed: (options) => retryFailed(store, queues, options),
  };
}

async function countsOf(queue: Queue): Promise<QueueCounts> {
  const counts = await queue.getJobCounts(
    "waiting",
    "prioritized",
    "active",
    "delayed",
    "failed",
    "completed",
    "waiting-children",
  );
  const [oldest] = await queue.getJobs(["waiting"], 0, 0, true);
  return {
    waiting: (counts.waiting ?? 0) + (counts.prioritized ?? 0),
    active: counts.active ?? 0,
    delayed: counts.delayed ?? 0,
    failed: counts.failed ?? 0,
    completed: counts.completed ?? 0,
    "waiting-children": counts["waiting-children"] ?? 0,
    oldestWaitingMs: oldest === undefined ? null : Math.max(0, Date.now() - oldest.timestamp),
  };
}
