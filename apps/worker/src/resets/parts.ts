// What every step of a reset works with.
import type { Database } from "@inventory-sync/db";
import type { Schedule } from "@inventory-sync/domain";
import type { Queues } from "@inventory-sync/queue";
import type { Logger } from "@inventory-sync/runtime";
import type { InboxOptions } from "@inventory-sync/sftp";
import type { WorkerConfig } from "../config.ts";
import type { WorkerMetrics } from "../metrics.ts";

/** Connections, settings and counters of the reset flow. */
export interface ResetParts {
  readonly database: Database;
  readonly queues: Queues;
  readonly inbox: InboxOptions;
  readonly config: WorkerConfig;
  readonly schedule: Schedule;
  readonly metrics: WorkerMetrics;
  readonly log: Logger;
}
