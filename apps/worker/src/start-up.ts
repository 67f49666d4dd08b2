// Before the worker is at work: servers that are away, or not made ready yet, are waited for, however long that takes, because a process that ends
// instead has to be started again by an operator, at the very time when much else is wrong. Its own port, where it has one, listens before anything is
// waited for: a worker that waits for its database lives, and who restarts it for not answering only makes it wait from the beginning.
import { setTimeout as sleep } from "node:timers/promises";
import { type Database, isOutage, openReplica, prepareDatabase, type Replica, SchemaBehind } from "@inventory-sync/db";
import { type Logger, serveHealth, untilAborted } from "@inventory-sync/runtime";
import type { WorkerConfig } from "./config.ts";
import type { ResetParts } from "./resets/parts.ts";

const AGAIN_MS = 1_000;

/**
 * Resolves once the database is there and has the shape that this code needs; what has to be waited for is said once. Throws an error
 * that waiting does not mend, and the reason of `stopping` when that comes first.
 */
export async function untilPrepared(
  { DATABASE_URL: url, DATABASE_DIRECT_URL: directUrl }: Pick<WorkerConfig, "DATABASE_URL" | "DATABASE_DIRECT_URL">,
  { log, stopping }: { readonly log: Logger; readonly stopping: AbortSignal },
): Promise<void> {
  let waitsFor = "";
  for (;;) {
    try {
      const tooMuch = await untilAborted(stopping, prepareDatabase(url, directUrl));
      if (waitsFor !== "") log.info("the database can be used; going on");
      if (tooMuch !== undefined) log.warn(tooMuch);
      return;
    } catch (error) {
      const reason = stopping.aborted ? undefined : whyAway(error);
      if (reason === undefined) throw error;
      if (reason !== waitsFor) log.warn({ err: error }, `${reason}; waiting until that has changed`);
      waitsFor = reason;
      await sleep(AGAIN_MS, undefined, { signal: stopping });
    }
  }
}

/** The board's replica where there is one, to raise an alarm when the board cannot read from it. */
export function lookAtReplica(
  primary: Database,
  { DATABASE_READ_URL: url, READ_LAG_MS_MAX: ageMsMax }: WorkerConfig,
  log: Logger,
): Replica | undefined {
  if (url === undefined) return undefined;
  return openReplica({ primary, url, name: "inventory-sync worker, replica", poolMax: 1, ageMsMax, log });
}

function whyAway(error: unknown): string | undefined {
  if (isOutage(error)) return "the database cannot be reached";
  return error instanceof SchemaBehind ? error.message : undefined;
}

type HealthParts = Pick<ResetParts, "database" | "queues">;

/** Serves /healthz, /readyz (red until `begun`) and /metrics on WORKER_PORT; undefined when that is not set. */
export async function serveWorkerHealth({ config, metrics }: Pick<ResetParts, "config" | "metrics">) {
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
    begun: (given: HealthParts): void => {
      parts = given;
    },
  };
}
