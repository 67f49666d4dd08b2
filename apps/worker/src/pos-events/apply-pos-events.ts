// Flow 1, the worker's half: events out of the queue into the ledger. Many jobs share one commit; what becomes of each
// event is the ledger's answer, and what becomes of its job follows from that in the queue package.
import { applyEvents, type Database, type UnknownPolicy } from "@inventory-sync/db";
import type { EventFate, StockEvent } from "@inventory-sync/domain";
import { type ApplyEvents, type Consumer, consumeEvents, type Queues } from "@inventory-sync/queue";
import type { Logger } from "@inventory-sync/runtime";
import type { Activity } from "../activity.ts";
import type { WorkerConfig } from "../config.ts";
import type { FlowMetrics } from "../flow-metrics.ts";
import type { WorkerMetrics } from "../metrics.ts";
import { fateOnOutage } from "../outage.ts";
import { endTeller } from "./tell-ends.ts";

interface Parts {
  readonly database: Database;
  readonly queues: Queues;
  readonly config: WorkerConfig;
  readonly metrics: WorkerMetrics;
  readonly activity: Activity;
  readonly flow: FlowMetrics;
  readonly log: Logger;
}

/** While the database is out of reach events wait. */
function deferredOnOutage(events: readonly StockEvent[], error: unknown): EventFate[] {
  const fate = fateOnOutage(error);
  if (fate.fate !== "deferred") throw error;
  return events.map(() => fate);
}

/** Starts taking events; stops with the consumer's `close`. @param onSales called after each batch */
export function applyPosEvents(
  { database, queues, config, metrics, activity, flow, log }: Parts,
  onSales: () => void,
): Consumer {
  const policy: UnknownPolicy = { facility: config.UNKNOWN_FACILITY, product: config.UNKNOWN_PRODUCT };
  const apply: ApplyEvents = async (events) => {
    const fates = await applyEvents(database, events, policy).catch((error: unknown) =>
      deferredOnOutage(events, error),
    );
    metrics.countFates(fates);
    activity.count(events, fates);
    return fates;
  };
  const tellEnd = endTeller(log);
  return consumeEvents(queues, apply, {
    jobsInFlightMax: config.EVENTS_IN_FLIGHT_MAX,
    batchLinesMax: config.EVENTS_BATCH_LINES_MAX,
    batchWaitMsMax: config.EVENTS_BATCH_WAIT_MS_MAX,
    onLocksLost: flow.countLocksLost,
    onStalled: flow.countStalled,
    onBatch: (batch) => {
      metrics.countBatch(batch);
      onSales();
    },
    onEnded: (ended) => {
      metrics.countJob(ended);
      tellEnd(ended);
    },
    onPoison: (job) =>
      log.error({ ...job }, `${job.jobName} brought its worker down ${job.stalls} times and is set aside`),
  });
}
