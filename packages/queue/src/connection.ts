// What a connection to the queue's server offers, whichever server it is. redis-connection.ts and postgres-connection.ts make one.
//
// Producers must fail fast and consumers must wait, so the two do not share a client: queue objects sit on one that refuses
// commands while the server is away, workers on one that holds them back.

import type { Processor, Queue, Worker } from "bullmq";
import type { QueueName } from "./catalog.ts";
import type { ClientUseStore } from "./client-uses.ts";
import type { QueueLog } from "./log.ts";
import type { Outage } from "./outage.ts";
import type { SharedRate } from "./shared-rate.ts";
import type { QueueStore } from "./store.ts";
import type { QueueTraces } from "./traces.ts";

export interface WorkerSettings {
  concurrency: number;
}

export interface ConnectOptions {
  readonly url: string;
  /** Of Redis keys. */
  readonly prefix: string;
  readonly log: QueueLog;
  /** Connections to PostgreSQL. */
  readonly poolMax: number;
  readonly traces: QueueTraces | undefined;
}

export interface QueueConnection {
  readonly kind: "redis" | "postgres";
  readonly store: QueueStore;
  readonly clientUses: ClientUseStore;
  /** Undefined where adding up costs too much for what it is worth: on PostgreSQL. */
  readonly sharedRate: SharedRate | undefined;
  readonly outage: Outage;
  /** Undefined unless the process is traced. */
  readonly traces: QueueTraces | undefined;
  queue(name: QueueName): Queue;
  worker(name: QueueName, processor: Processor, settings: WorkerSettings): Worker;
  close(): Promise<void>;
}

/** The server of a URL for people: scheme, hosts and database, without user and password. */
export function serverOf(url: string): string {
  return url.replace(/\/\/[^@/]*@/, "//").split("?")[0] ?? "";
}
