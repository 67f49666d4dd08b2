// "Try these again", many at a time, so that another process can go on where one left off.
import type { Queue } from "bullmq";
import type { QueueName } from "./catalog.ts";
import { chosen, failedPageMax, failedRows } from "./failed-pages.ts";
import { type FailedFilter, readCursor, writeCursor } from "./failed-rows.ts";
import { retryJobs } from "./revive.ts";
import type { QueueStore } from "./store.ts";

export interface RetryProgress {
  looked: number;
  retried: number;
}

/** Where a retry stands. */
export interface RetryPlace extends RetryProgress {
  /** Behind the last job looked at. */
  readonly place: string;
}

/** Which jobs to retry, and from where on. */
export type RetryOptions = FailedFilter & {
  readonly ids?: readonly string[];
  /** Jobs that fail later are left alone, or it would never end. Default now. */
  readonly until?: Date;
  readonly from?: RetryPlace;
  /** Called after each page; a promise is waited for. */
  readonly onProgress?: (progress: RetryPlace) => unknown;
  readonly signal?: AbortSignal;
};

type Queues = Readonly<Record<QueueName, Queue>>;

/** Retries what is named with fresh attempts. A job that is not failed any more is left alone, so it may be done twice. */
export function retryFailed(store: QueueStore, queues: Queues, options: RetryOptions): Promise<RetryProgress> {
  return options.ids === undefined
    ? retryMatching(store, queues, options)
    : retryListed(store, queues, { ...options, ids: options.ids });
}

async function retryListed(
  store: QueueStore,
  queues: Queues,
  { ids, from, onProgress, signal, ...filter }: RetryOptions & { readonly ids: readonly string[] },
): Promise<RetryProgress> {
  const progress: RetryProgress = { looked: from?.looked ?? 0, retried: from?.retried ?? 0 };
  for (let start = Number(from?.place ?? 0); start < ids.length; start += failedPageMax) {
    if (signal?.aborted === true) break;
    for (const queue of chosen(filter)) {
      const failed = await store.failedAmong(queue, ids.slice(start, start + failedPageMax));
      progress.looked += failed.size;
      progress.retried += (await retryJobs(queues[queue], [...failed.keys()])).length;
    }
    await onProgress?.({ ...progress, place: String(start + failedPageMax) });
  }
  return progress;
}

async function retryMatching(
  store: QueueStore,
  queues: Queues,
  { from, until = new Date(), onProgress, signal, ...filter }: RetryOptions,
): Promise<RetryProgress> {
  const progress: RetryProgress = { looked: from?.looked ?? 0, retried: from?.retried ?? 0 };
  const at = from === undefined ? undefined : readCursor(from.place);
  const names = chosen(filter);
  for (const queue of names.slice(at === undefined ? 0 : Math.max(0, names.indexOf(at.queue)))) {
    const after = at?.queue === queue ? at : { failedAtMs: until.getTime(), id: "\uffff" };
    for await (const page of failedRows(store, { queue, filter, after, withData: false })) {
      if (signal?.aborted === true) return progress;
      const retried = await retryJobs(
        queues[queue],
        page.rows.map((row) => row.id),
      );
      progress.looked += page.looked;
      progress.retried += retried.length;
      if (page.last !== undefined) await onProgress?.({ ...progress, place: writeCursor(queue, page.last) });
    }
  }
  return progress;
}
