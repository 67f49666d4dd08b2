// The worker: takes events and resets from the queue and does them. Wires the parts; every idea has a file of its own.
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { openDatabase } from "@inventory-sync/db";
import { openQueues } from "@inventory-sync/queue";
import { maskUrl, ownEnvironment, type Running, runProcess, untilAborted } from "@inventory-sync/runtime";
import { watchSources } from "@inventory-sync/sftp";
import { createActivity } from "./activity.ts";
import { readConfig, usualSource } from "./config.ts";
import { createWorkerMetrics } from "./metrics.ts";
import { rolesOf } from "./roles.ts";
import { lookAtReplica, serveWorkerHealth, untilPrepared } from "./start-up.ts";
import { writeLast } from "./upkeep/activity.ts";
import { beginWork, type WorkerParts } from "./work.ts";

const GRACE_MS = 20_000;
const CONSUMER_GRACE_MS = 12_000;
/** Resets hold some for minutes, and sales must find others. A setting for the board, made for all processes, may say less. */
const DATABASE_CONNECTIONS_MIN = 8;
/** A pool and its probe, while a large file is staged. */
const STAGING_CONNECTIONS_MAX = 3;

// Rows stream through, so nearly all that is made is soon garbage. Left to itself V8 collects it when the heap has grown to a
// multiple of what lives; a third more is soon enough, and keeps a file of ten million rows in the memory of one of a million.
setFlagsFromString("--heap-growing-percent=30");

await runProcess({
  name: "worker",
  graceMs: GRACE_MS,
  start: async (log, stopping, tracing): Promise<Running> => {
    const roles = rolesOf(process.argv.slice(2));
    const config = readConfig();
    const activity = createActivity();
    const metrics = createWorkerMetrics(activity);
    const health = await serveWorkerHealth({ config, metrics });
    await untilPrepared(config, { log, stopping });
    const database = openDatabase({
      url: config.DATABASE_URL,
      name: "inventory-sync worker",
      poolMax: Math.max(DATABASE_CONNECTIONS_MIN, config.DATABASE_POOL_MAX),
      besides: roles.has("resets") ? STAGING_CONNECTIONS_MAX : 0,
      log,
    });
    const replica = roles.has("upkeep") ? lookAtReplica(database, config, log) : undefined;
    const queues = await openQueues({
      url: config.QUEUE_URL,
      shards: config.EVENT_SHARDS,
      role: "consumer",
      log,
      traced: tracing !== undefined,
    });
    if (!config.ALLOW_VOLATILE_QUEUE) await untilAborted(stopping, queues.assertDurable());
    const sources = watchSources(config.SOURCES_FILE ?? join(config.DATA_DIR, "sources.json"), usualSource(config), {
      log,
      env: ownEnvironment(),
    });
    const parts: WorkerParts = { database, replica, queues, config, metrics, activity, log, sources };
    const work = beginWork(parts, roles);
    health?.begun(parts);
    log.info(
      {
        queue: maskUrl(config.QUEUE_URL),
        roles: [...roles],
        resetAt: config.RESET_AT,
        timeZone: config.RESET_TIME_ZONE,
      },
      "worker is at work",
    );
    return {
      ready: { type: "ready", ...(health && { port: health.port }) },
      stop: async () => {
        await work.stop({ graceMs: CONSUMER_GRACE_MS });
        sources.close();
        await writeLast(parts).catch((error: unknown) =>
          log.warn({ err: error }, "the last counts are not in the history"),
        );
        await health?.close();
        await queues.close();
        await replica?.close();
        await database.close();
      },
    };
  },
});
