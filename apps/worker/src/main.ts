// The worker: takes events and resets from the queue and does them. Wires the parts; every idea has a file of its own.
import { setFlagsFromString } from "node:v8";
import { openDatabase } from "@inventory-sync/db";
import { consume, openQueues } from "@inventory-sync/queue";
import { maskUrl, type Running, runProcess, serveHealth } from "@inventory-sync/runtime";
import { createActivity } from "./activity.ts";
import { readConfig } from "./config.ts";
import { type FlowMetrics, registerFlowMetrics } from "./flow-metrics.ts";
import { createWorkerMetrics } from "./metrics.ts";
import { deferOnOutage } from "./outage.ts";
import { applyPosEvents } from "./pos-events/apply-pos-events.ts";
import { besideSales } from "./resets/beside-sales.ts";
import { driveReset } from "./resets/drive-reset.ts";
import type { ResetParts } from "./resets/parts.ts";
import { prepareInbox } from "./resets/prepare-inbox.ts";
import { reconcileFacilityHandler } from "./resets/reconcile-facility.ts";
import { runWaiting } from "./resets/run-waiting.ts";
import { orStopped, untilPrepared } from "./start-up.ts";
import { type ActivityParts, writeActivity } from "./upkeep/activity.ts";
import { startUpkeep } from "./upkeep/upkeep.ts";

const GRACE_MS = 20_000;
const CONSUMER_GRACE_MS = 12_000;
const DATABASE_CONNECTIONS_MAX = 16;
const RESETS_AT_ONCE_MAX = 2;

// Rows stream through, so nearly all that is made is soon garbage. Left to itself V8 collects it when the heap has grown to a
// multiple of what lives; a third more is soon enough, and keeps a file of ten million rows in the memory of one of a million.
setFlagsFromString("--heap-growing-percent=30");

await runProcess({
  name: "worker",
  graceMs: GRACE_MS,
  start: async (log, stopping, tracing): Promise<Running> => {
    const config = readConfig();
    await untilPrepared(config.DATABASE_URL, { log, stopping });
    const database = openDatabase({
      url: config.DATABASE_URL,
      name: "inventory-sync worker",
      poolMax: DATABASE_CONNECTIONS_MAX,
      onIdleError: (error) => log.warn({ err: error }, "a database connection was cut; it is made again when needed"),
    });
    const queues = await openQueues({ url: config.QUEUE_URL, role: "consumer", log, traced: tracing !== undefined });
    if (!config.ALLOW_VOLATILE_QUEUE) await orStopped(queues.assertDurable(), stopping);
    const metrics = createWorkerMetrics();
    const activity = createActivity();
    const flow = registerFlowMetrics(metrics.registry, activity);
    const parts: ResetParts & ActivityParts & { readonly flow: FlowMetrics } = {
      database,
      queues,
      config,
      metrics,
      activity,
      flow,
      log,
      inbox: {
        url: config.SFTP_URL,
        privateKeyFile: config.SFTP_PRIVATE_KEY_FILE,
        hostKeySha256: config.SFTP_HOST_KEY_SHA256,
        snapshotGlob: config.SNAPSHOT_GLOB,
      },
      schedule: { times: config.RESET_AT, timeZone: config.RESET_TIME_ZONE },
    };
    const watched = { onEnded: metrics.countJob, onLocksLost: flow.countLocksLost, onStalled: flow.countStalled };
    const resets = consume(
      queues,
      "resets",
      deferOnOutage((job) =>
        job.payload.kind === "run" ? runWaiting(parts, job.payload.runKey, job) : driveReset(parts, job.payload, job),
      ),
      { concurrency: RESETS_AT_ONCE_MAX, ...watched },
    );
    const facilities = consume(queues, "facility-resets", deferOnOutage(reconcileFacilityHandler(parts)), {
      concurrency: config.FACILITY_RESETS_AT_ONCE_MAX,
      ...watched,
    });
    const pace = besideSales(facilities, { most: config.FACILITY_RESETS_AT_ONCE_MAX });
    const events = applyPosEvents(parts, pace.onSales);
    const upkeep = startUpkeep(parts);
    // Not waited for: a server that is away must not keep sales waiting.
    void prepareInbox(parts);
    const health =
      config.WORKER_PORT === undefined
        ? undefined
        : await serveHealth({
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
    log.info(
      { queue: maskUrl(config.QUEUE_URL), resetAt: config.RESET_AT, timeZone: config.RESET_TIME_ZONE },
      "worker is at work",
    );
    return {
      ready: { type: "ready", ...(health && { port: health.port }) },
      stop: async () => {
        await upkeep.stop();
        await Promise.all(
          [events, resets, facilities].map((consumer) => consumer.close({ graceMs: CONSUMER_GRACE_MS })),
        );
        pace.stop();
        await writeActivity(parts).catch((error: unknown) =>
          log.warn({ err: error }, "the last counts are not in the history"),
        );
        await health?.close();
        await queues.close();
        await database.close();
      },
    };
  },
});
