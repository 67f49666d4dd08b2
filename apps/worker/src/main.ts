// The worker: takes events and resets from the queue and does them. Wires the parts; every idea has a file of its own.
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { openDatabase } from "@inventory-sync/db";
import { consume, openQueues } from "@inventory-sync/queue";
import { maskUrl, type Running, runProcess, untilAborted } from "@inventory-sync/runtime";
import { watchSources } from "@inventory-sync/sftp";
import { createActivity } from "./activity.ts";
import { startChannels } from "./channels/channels.ts";
import { ownEnvironment, readConfig, usualSource } from "./config.ts";
import { serveWorkerHealth } from "./health.ts";
import { createWorkerMetrics } from "./metrics.ts";
import { deferOnOutage } from "./outage.ts";
import { applyPosEvents } from "./pos-events/apply-pos-events.ts";
import { adaptiveConcurrency } from "./resets/adaptive-concurrency.ts";
import type { ResetParts } from "./resets/parts.ts";
import { reconcileFacilityHandler } from "./resets/reconcile-facility.ts";
import { driveReset } from "./resets/reset.ts";
import { prepareInboxes, runWaiting } from "./resets/run-waiting.ts";
import { untilPrepared } from "./start-up.ts";
import { type ActivityParts, writeLast } from "./upkeep/activity.ts";
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
      log,
    });
    const queues = await openQueues({ url: config.QUEUE_URL, role: "consumer", log, traced: tracing !== undefined });
    if (!config.ALLOW_VOLATILE_QUEUE) await untilAborted(stopping, queues.assertDurable());
    const sources = watchSources(config.SOURCES_FILE ?? join(config.DATA_DIR, "sources.json"), usualSource(config), {
      log,
      env: ownEnvironment(),
    });
    const activity = createActivity();
    const metrics = createWorkerMetrics(activity);
    const parts: ResetParts & ActivityParts = {
      database,
      queues,
      config,
      metrics,
      activity,
      log,
      sources,
    };
    const channels = startChannels(parts);
    const resets = consume(
      queues,
      "resets",
      deferOnOutage((job) =>
        job.payload.kind === "run" ? runWaiting(parts, job.payload.runKey, job) : driveReset(parts, job.payload, job),
      ),
      { concurrency: RESETS_AT_ONCE_MAX, ...metrics.listeners },
    );
    const reconcile = reconcileFacilityHandler(parts);
    const andTell: typeof reconcile = (job) => reconcile(job).finally(channels.wake);
    const facilities = consume(queues, "facility-resets", deferOnOutage(andTell), {
      concurrency: config.FACILITY_RESETS_AT_ONCE_MAX,
      ...metrics.listeners,
    });
    const pace = adaptiveConcurrency(facilities, { most: config.FACILITY_RESETS_AT_ONCE_MAX });
    const events = applyPosEvents(parts, () => {
      pace.onSales();
      channels.wake();
    });
    const upkeep = startUpkeep(parts, channels);
    // Not waited for: a server that is away must not keep sales waiting.
    void prepareInboxes(parts);
    const health = await serveWorkerHealth(parts);
    log.info(
      { queue: maskUrl(config.QUEUE_URL), resetAt: config.RESET_AT, timeZone: config.RESET_TIME_ZONE },
      "worker is at work",
    );
    return {
      ready: { type: "ready", ...(health && { port: health.port }) },
      stop: async () => {
        await upkeep.stop();
        sources.close();
        await channels.close({ graceMs: CONSUMER_GRACE_MS });
        await Promise.all(
          [events, resets, facilities].map((consumer) => consumer.close({ graceMs: CONSUMER_GRACE_MS })),
        );
        pace.stop();
        await writeLast(parts).catch((error: unknown) =>
          log.warn({ err: error }, "the last counts are not in the history"),
        );
        await health?.close();
        await queues.close();
        await database.close();
      },
    };
  },
});
