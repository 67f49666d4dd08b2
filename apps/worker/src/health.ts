// The worker's own port, where it has one: alive, ready, numbers. It listens before anything is waited for: a worker that waits for its
// database lives, and who restarts it for not answering only makes it wait from the beginning.
import { type HealthServer, serveHealth } from "@inventory-sync/runtime";
import type { ResetParts } from "./resets/parts.ts";

type HealthParts = Pick<ResetParts, "database" | "queues">;

/** The port, and what tells it that the work has begun. */
export type WorkerHealth = HealthServer & { begun(parts: HealthParts): void };

/** Serves /healthz, /readyz (red until `begun`) and /metrics on WORKER_PORT; undefined when that is not set. */
export async function serveWorkerHealth({
  config,
  metrics,
}: Pick<ResetParts, "config" | "metrics">): Promise<WorkerHealth | undefined> {
  if (config.WORKER_PORT === undefined) return undefined;
  let parts: HealthParts | undefined;
  const atWork = (): HealthParts => {
    if (parts === undefined) throw new Error("the worker waits for its database or its queue; its log says for which");
    return parts;
  };
  const server = await serveHealth({
    port: config.WORKER_PORT,
    registry: metrics.registry,
    checks: {
      database: async () => atWork().database.ping(),
      queue: async () => {
        const queue = await atWork().queues.ping();
        if (!queue.ok) throw new Error(queue.warnings.join("; "));
      },
    },
  });
  return {
    ...server,
    begun: (given) => {
      parts = given;
    },
  };
}
