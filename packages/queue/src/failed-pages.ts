// Failed jobs a page at a time, newest first: there may be hundreds of thousands.
import { type QueueName, queueNames } from "./catalog.ts";
import { type FailedFilter, matches } from "./failed-rows.ts";
import type { FailedCursor, FailedRow, QueueStore } from "./store.ts";

/** Jobs of one page. */
export const failedPageMax = 500;

export interface PageOptions {
  readonly after?: FailedCursor | undefined;
  /** With their payloads; they come in any case when the filter needs them. */
  readonly withData: boolean;
}

interface Page {
  readonly looked: number;
  /** Those that match. */
  readonly rows: FailedRow[];
  /** The last one looked at. */
  readonly last: FailedRow | undefined;
}

/** The queues that a filter names. */
export function chosen(filter: Pick<FailedFilter, "queue">): readonly QueueName[] {
  return filter.queue === undefined ? queueNames : [filter.queue];
}

/** Failed jobs of one queue that match, a page at a time. */
export async function* failedRows(
  store: QueueStore,
  { queue, filter, ...options }: PageOptions & { readonly queue: QueueName; readonly filter: FailedFilter },
): AsyncGenerator<Page> {
  let { after } = options;
  const withData = options.withData || filter.facility !== undefined;
  for (;;) {
    const rows = await store.failedPage(queue, { after, limit: failedPageMax, withData });
    const last = rows.at(-1);
    yield { looked: rows.length, rows: rows.filter((row) => matches(row, filter)), last };
    if (last === undefined || rows.length < failedPageMax) return;
    after = { failedAtMs: last.failedAtMs, id: last.id };
  }
}
