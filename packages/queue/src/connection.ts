// What a connection to the queue's server offers, whichever server it is: redis-connection.ts and postgres-connection.ts make
// one, redis-store.ts and postgres-store.ts read and keep there what BullMQ has no call for. And what is known of that server: up, down, or
// not yet reached. The connection alone says which; the log has one line when an outage begins and one when it ends.
//
// Producers must fail fast and consumers must wait, so the two do not share a client: queue objects sit on one that refuses
// commands while the server is away, workers on one that holds them back.

import type { Processor, Queue, Worker } from "bullmq";
import type { QueueName } from "./catalog.ts";
import { messageOf } from "./errors.ts";
import type { ShardWatch } from "./shards.ts";
import type { QueueTraces } from "./traces.ts";

export interface ConnectOptions {
  readonly url: string;
  readonly log: QueueLog;
  readonly traces: QueueTraces | undefined;
  /** How many replicas must have an event before it counts as accepted; undefined in a process that accepts none. */
  readonly replicas: number | undefined;
  /** In how many shards of the queue this process adds events. */
  readonly shards: number;
}

export interface QueueConnection {
  readonly kind: "redis" | "postgres";
  readonly store: QueueStore;
  readonly outage: Outage;
  /** Undefined unless the process is traced. */
  readonly traces: QueueTraces | undefined;
  readonly shards: ShardWatch;
  /** BullMQ's queue; of events one shard, the first unless named. */
  queue(name: QueueName, shard?: number): Queue;
  worker(
    name: QueueName,
    processor: Processor,
    options: { readonly concurrency: number; readonly shard: number },
  ): Worker;
  close(): Promise<void>;
}

/** How safe an accepted job is on this server. `ok` is false when a crash of it could lose one. */
export interface Durability {
  readonly ok: boolean;
  /** In words: "redis aof always", "postgresql (synchronous_commit on)"; "unreachable" while its server does not answer. */
  readonly durability: string;
  readonly warnings: readonly string[];
  /** Of each shard of the queue of events by itself, where there are several; then `ok` says whether one of them at least is. */
  readonly shards?: readonly ShardDurability[];
}

/** The same of one shard. */
export type ShardDurability = Omit<Durability, "shards"> & { readonly name: string };

export interface FailedCursor {
  failedAtMs: number;
  id: string;
}

export interface FailedRow extends FailedCursor {
  /** The shard of the queue of events that it is in; 0 in the other queues. */
  shard: number;
  name: string;
  reason: string;
  attempts: number;
  /** The job's payload as JSON; only when asked for. */
  data: string | undefined;
}

/** A note of ingest, with the id by which it is removed. */
export interface StoredNote {
  readonly id: string;
  readonly text: string;
}

/** Sums of several processes that share a Redis. Which client may go on is decided by the process that asks. */
export interface SharedRate {
  /**
   * Adds requests to a client's bucket, which runs out at `perSecond`, and says how full it is then, in requests.
   * Throws when the server does not answer: what was added may then be missing.
   */
  add(client: string, requests: number, perSecond: number): Promise<number>;
}

export interface EventName {
  readonly facilityId: string;
  readonly eventId: string;
}

export interface Load {
  /** Events that wait or are delayed, counted up to a bound where counting costs. */
  readonly waiting: number;
  /** Of the memory limit; 0 without one. */
  readonly memoryShare: number;
}

/** What is asked of a queue is asked of all its shards that are known, or of the one that is named, and throws when one does not answer. */
export interface QueueStore {
  /** How full the shards are that this process adds to; without those that do not answer. Throws when none does. */
  loads(waitingMax: number): Promise<Map<number, Load>>;
  /**
   * Whether an event is among the jobs that wait, are delayed or run, at one moment: jobs go to and fro between these. `isAll` is false
   * when there are more than the `lookedMax` that were looked at, or a shard does not answer.
   */
  holdsEvent(event: EventName, lookedMax: number): Promise<{ found: boolean; isAll: boolean }>;
  durability(): Promise<Durability>;
  /**
   * Writes to this shard, and resolves once as many replicas as are asked for have it; at once when none are.
   * @throws Error when it is fewer, soon, or when that cannot be known, because the connection was lost meanwhile; and what `write` throws
   */
  replicated<Written>(shard: number, write: () => Promise<Written>): Promise<Written>;
  /**
   * How many replicas follow the servers that have the queue, where it is fewest; undefined on PostgreSQL, whose own replication is not
   * looked at. Throws when no server answers.
   */
  replicas(): Promise<number | undefined>;
  failedCount(queue: QueueName, shard?: number): Promise<number>;
  /** Which of these ids stand failed in this shard, and since when (ms). One round trip. */
  failedAmong(queue: QueueName, shard: number, ids: readonly string[]): Promise<Map<string, number>>;
  /** Which of these ids are there and not completed, and whether each stands failed. */
  unfinishedAmong(queue: QueueName, ids: readonly string[]): Promise<Map<string, { isFailed: boolean }>>;
  /** Failed jobs of all shards, newest first, from (and without) the cursor on. */
  failedPage(
    queue: QueueName,
    page: {
      readonly after: FailedCursor | undefined;
      readonly limit: number;
      readonly withData: boolean;
      readonly shard?: number | undefined;
    },
  ): Promise<FailedRow[]>;
  /**
   * Takes those of these jobs that stand failed out of their queue, for good, and returns their ids. One that is being retried is either
   * retried or taken, never both.
   */
  removeFailed(queue: QueueName, ids: readonly string[]): Promise<string[]>;
  /** Forgets how often a job was found stalled, so that a retry starts afresh. */
  clearStalls(queue: QueueName, shard: number, id: string): Promise<void>;
  /** Keeps when keys were last used: by key id, ms. */
  writeKeyUses(uses: ReadonlyMap<string, number>): Promise<void>;
  readKeyUses(): Promise<Map<string, number>>;
  /** Keeps notes of ingest until a worker has taken them: of all of them the newest `keptMax`, or some more. */
  addNotes(texts: readonly string[], keptMax: number): Promise<void>;
  readNotes(limit: number): Promise<StoredNote[]>;
  removeNotes(ids: readonly string[]): Promise<void>;
  /** Undefined where adding up costs too much for what it is worth: on PostgreSQL. */
  readonly sharedRate: SharedRate | undefined;
}

/** The server of a URL for people: scheme, hosts and database, without user and password. */
export function serverOf(url: string): string {
  const [address = ""] = url.split("?");
  return address.replace(/^([^/]*\/\/).*@/, "$1");
}

/** The part of a pino logger that this package uses, so that it needs no logger of its own. */
export type QueueLog = Readonly<
  Record<"debug" | "info" | "warn" | "error" | "fatal", (fields: object, message: string) => void>
>;

export type Outage = ReturnType<typeof watchOutage>;

/** Watches one server, named for people by `server` (never with its password). */
export function watchOutage(log: QueueLog, server: string) {
  let state: "connecting" | "up" | "down" | "closed" = "connecting";
  let since = Date.now();
  let waiting: (() => void)[] = [];
  return {
    isUp: () => state === "up",
    isDown: () => state === "down",
    up(): void {
      if (state === "up" || state === "closed") return;
      const outageS = Math.round((Date.now() - since) / 1000);
      if (state === "down") log.info({ server, outageS }, "the queue server is reachable again");
      state = "up";
      for (const resolve of waiting) resolve();
      waiting = [];
    },
    down(error: unknown): void {
      if (state === "down" || state === "closed") return;
      state = "down";
      since = Date.now();
      const reason = messageOf(error);
      log.warn({ server, reason }, "the queue server cannot be reached; trying again until it can");
    },
    /** We let go of the server ourselves: nothing of it is news any more. */
    closed(): void {
      state = "closed";
    },
    /** Resolves as soon as the server is up (at once when it is). */
    whenUp: (): Promise<void> => (state === "up" ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  };
}
