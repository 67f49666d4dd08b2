// What people ask of the queues: how much waits, what failed and why, and "try these again". Failed jobs are read in pages;
// there may be hundreds of thousands of them.

import type { Queue } from "bullmq";
import { type QueueName, queueNames } from "./catalog.ts";
import type { QueueConnection } from "./connection.ts";
import {
  countCause,
  type FailedCause,
  type FailedFilter,
  type FailedJob,
  failedJob,
  matches,
  readCursor,
  writeCursor,
} from "./failed-rows.ts";
import { retryJobs } from "./revive.ts";
import type { FailedCursor } from "./store.ts";

const pageMax = 500;
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

export interface RetryProgress {
  looked: number;
  retried: number;
}

export interface Inspector {
  counts(): Promise<Record<QueueName, QueueCounts>>;
  /** Failed jobs by queue and cause, most frequent first. Looks at the newest `lookedMax` (default all). */
  failedCauses(
    filter?: FailedFilter & { lookedMax?: number },
  ): Promise<{ causes: FailedCause[]; looked: number; total: number }>;
  /** One page of failed jobs, newest first queue by queue. `nextCursor` is null at the end. */
  failedJobs(
    filter?: FailedFilter & { limit?: number; cursor?: string },
  ): Promise<{ jobs: FailedJob[]; nextCursor: string | null }>;
  /** Retries what the filter (or the list of ids) names, with fresh attempts; jobs that fail meanwhile are not looked at. */
  retryFailed(
    filter: FailedFilter & {
      ids?: readonly string[];
      onProgress?: (progress: RetryProgress) => void;
      signal?: AbortSignal;
    },
  ): Promise<RetryProgress>;
}

export function createInspector(connection: QueueConnection, queues: Record<QueueName, Queue>): Inspector {
  const { store } = connection;

  /** Failed jobs that match, a page at a time. */
  async function* pages(
    queue: QueueName,
    filter: FailedFilter,
    options: { after?: FailedCursor | undefined; withData: boolean },
  ) {
    let after = options.after;
    const withData = options.withData || filter.facility !== undefined;
    for (;;) {
      const rows = await store.failedPage(queue, { after, limit: pageMax, withData });
      const last = rows.at(-1);
      yield { looked: rows.length, rows: rows.filter((row) => matches(row, filter)) };
      if (last === undefined || rows.length < pageMax) return;
      after = { failedAtMs: last.failedAtMs, id: last.id };
    }
  }

  const chosen = (filter: FailedFilter): readonly QueueName[] =>
    filter.queue === undefined ? queueNames : [filter.queue];

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

    async failedJobs({ limit = listDefault, cursor, ...filter } = {}) {
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
        }
      }
      return { jobs, nextCursor: null };
    },

    async retryFailed({ ids, onProgress, signal, ...filter }) {
      const progress: RetryProgress = { looked: 0, retried: 0 };
      const until = Date.now();
      const retry = async (queue: QueueName, some: readonly string[], looked: number): Promise<void> => {
        progress.looked += looked;
        progress.retried += (await retryJobs(queues[queue], some)).length;
        onProgress?.({ ...progress });
      };
      for (const queue of chosen(filter)) {
        for (let start = 0; ids !== undefined && start < ids.length && signal?.aborted !== true; start += pageMax) {
          const some = ids.slice(start, start + pageMax);
          const failed = await store.failedAmong(queue, some);
          await retry(queue, [...failed.keys()], failed.size);
        }
        if (ids !== undefined) continue;
        // Jobs that fail while this runs are newer than the first page: they stay, or this would never end.
        const after = { failedAtMs: until, id: "\uffff" };
        for await (const page of pages(queue, filter, { after, withData: false })) {
          if (signal?.aborted === true) break;
          await retry(
            queue,
            page.rows.map((row) => row.id),
            page.looked,
          );
        }
      }
      return progress;
    },
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
