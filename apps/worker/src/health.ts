// The worker's own port, where it has one: alive, ready, numbers.
import { type HealthServer, serveHealth } from "@inventory-sync/runtime";
import type { ResetParts } from "./resets/parts.ts";

/** Serves /healthz, /readyz and /metrics on WORKER_PORT; undefined when that is not set. */
export async function serveWorkerHealth({
  config,
  database,
  queues,
  metrics,
}: Pick<ResetParts, "config" | "database" | "queues" | "metrics">): Promise<HealthServer | undefined> {
  if (config.WORKER_PORT === undefined) return undefined;
  return serveHealth({
    port: config.WORKER_PORT,
    registry: metrics.registry,
    checks: {
      database: async () => database.ping(),
      queue: async () => {
        const queue = await queues.ping();
        if (!queue.ok) throw new Error(queue.warnings.join("; "));
      },
    },
  });
}
