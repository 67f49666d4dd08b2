// What we read from the queue's server past BullMQ's own calls: load, durability, and failed jobs in pages. Two
// implementations, redis-store.ts and postgres-store.ts, with the same answers.

import type { QueueName } from "./catalog.ts";

/** How safe an accepted job is on this server. `ok` is false when a crash of it could lose one. */
export interface Durability {
  ok: boolean;
  /** In words: "redis aof always", "postgresql (synchronous_commit on)". */
  durability: string;
  warnings: string[];
}

export interface Load {
  /** Events that wait or are delayed. Counted up to a bound where counting costs. */
  waiting: number;
  /** Share of the memory limit in use, 0 where there is none. */
  memoryShare: number;
}

export interface FailedRow {
  id: string;
  name: string;
  reason: string;
  failedAtMs: number;
  attempts: number;
  /** The job's payload as JSON; only when asked for. */
  data: string | undefined;
}

export interface FailedCursor {
  failedAtMs: number;
  id: string;
}

export interface QueueStore {
  load(waitingMax: number): Promise<Load>;
  durability(): Promise<Durability>;
  failedCount(queue: QueueName): Promise<number>;
  /** Which of these ids stand failed, and since when (ms). One round trip. */
  failedAmong(queue: QueueName, ids: readonly string[]): Promise<Map<string, number>>;
  /** Failed jobs, newest first, from (and without) the cursor on. */
  failedPage(
    queue: QueueName,
    page: { after: FailedCursor | undefined; limit: number; withData: boolean },
  ): Promise<FailedRow[]>;
  /** Forgets how often a job was found stalled, so that a retry starts afresh. */
  clearStalls(queue: QueueName, id: string): Promise<void>;
}
