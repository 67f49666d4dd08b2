// The history of what the workers did, minute by minute: the door through which each of them adds what it counted.
import type { Database } from "./database.ts";
import { run } from "./statements.ts";

const KEPT_DAYS = 8;

/** What one worker counted in one minute. */
export interface MinuteCounts {
  readonly minute: Date;
  /** Events that the ledger has taken or had already. */
  readonly events: number;
  /** Events of type sale that were new. */
  readonly sales: number;
  /** Lines. */
  readonly absorbed: number;
  readonly duplicates: number;
  /** New events by time from receipt to commit, one number for each bucket of `latencyBoundsMs`. */
  readonly receiptToCommit: readonly number[];
  /** New events by time from when they happened. */
  readonly saleToCommit: readonly number[];
  /** How the queue stood; absent when it was not asked. */
  readonly depth?: QueueDepth | undefined;
}

/** Jobs of events that wait and that are deferred, and failed jobs of all queues. */
export interface QueueDepth {
  readonly waiting: number;
  readonly deferred: number;
  readonly failed: number;
}

/** Adds to the minute's row. After a lost answer the same counts may have been added twice: it is an indication only. */
export async function recordActivity({ pool }: Pick<Database, "pool">, counts: MinuteCounts): Promise<void> {
  await run(pool, "record_activity", [{ ...counts, ...counts.depth }, KEPT_DAYS]);
}
