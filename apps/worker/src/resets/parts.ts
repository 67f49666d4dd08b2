// What every step of a reset works with.
import type { Database } from "@inventory-sync/db";
import type { Queues } from "@inventory-sync/queue";
import type { Logger } from "@inventory-sync/runtime";
import type { Sources } from "@inventory-sync/sftp";
import type { WorkerConfig } from "../config.ts";
import type { WorkerMetrics } from "../metrics.ts";

export interface ResetParts {
  readonly database: Database;
  readonly queues: Queues;
  readonly sources: Sources;
  readonly config: WorkerConfig;
  readonly metrics: WorkerMetrics;
  readonly log: Logger;
}
