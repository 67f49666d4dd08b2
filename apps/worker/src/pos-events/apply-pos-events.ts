// Flow 1, the worker's half: events out of the queue into the ledger. Many jobs share one commit; what becomes of each
// event is the ledger's answer, and what becomes of its job follows from that in the queue package.
import { applyEvents, type UnknownPolicy } from "@inventory-sync/db";
import type { EventFate } from "@inventory-sync/domain";
import { type ApplyEvents, type Consumer, consumeEvents, type JobEnded } from "@inventory-sync/queue";
import type { Logger } from "@inventory-sync/runtime";
import { fateOnOutage } from "../outage.ts";
import type { ResetParts } from "../resets/parts.ts";
import type { ActivityParts } from "../upkeep/activity.ts";

type Parts = ActivityParts & Pick<ResetParts, "config" | "metrics">;

/** Starts taking events; stops with the consumer's `close`. @param onSales called after each batch, with the number of its events */
export function applyPosEvents(
  { database, queues, config, metrics, activity, log }: Parts,
  onSales: (events: number) => void,
): Consumer {
  const policy: UnknownPolicy = { facility: config.UNKNOWN_FACILITY, product: config.UNKNOWN_PRODUCT };
  const apply: ApplyEvents = async (events) => {
    const fates = await applyEvents(database, events, policy, queues.traces?.active()).catch(
      (error: unknown): EventFate[] => {
        const fate = fateOnOutage(error);
        if (fate.fate !== "deferred") throw error;
        return events.map(() => fate);
      },
    );
    metrics.countFates(fates);
    activity.count(events, fates);
    return fates;
  };
  const tellEnd = endTeller(log);
  return consumeEvents(queues, apply, {
    ...metrics.listeners,
    jobsInFlightMax: config.EVENTS_IN_FLIGHT_MAX,
    batchLinesMax: config.EVENTS_BATCH_LINES_MAX,
    batchWaitMsMax: config.EVENTS_BATCH_WAIT_MS_MAX,
    onBatch: (batch) => {
      metrics.countBatch(batch);
      onSales(batch.events);
    },
    onEnded: (ended) => {
      metrics.listeners.onEnded(ended);
      tellEnd(ended);
    },
  });
}

/** Of one facility's waiting this is told at most so often. */
const DEFERRED_TOLD_EVERY_MS = 60_000;
const FACILITIES_REMEMBERED_MAX = 1_000;

/**
 * Makes what tells the log of one worker of the ends of events: a line for each that fails, with what it is about; one for a facility that
 * events begin to wait for, not one for each of thousands of them; and at the level debug one for every job.
 */
export function endTeller(log: Logger): (ended: JobEnded, nowMs?: number) => void {
  const toldAt = new Map<string, number>();
  return ({ fate, jobName: job, jobId, code, message, about, durationMs }, nowMs = Date.now()) => {
    if (fate === "rejected" || fate === "failed") {
      log.warn({ job, jobId, code, ...about, fate }, `${fate}: ${message}`);
      return;
    }
    if (fate === "deferred" && isNews(toldAt, about?.facilityId ?? "", nowMs)) {
      log.info({ job, jobId, ...about, fate }, `events wait: ${message}`);
      return;
    }
    if (log.isLevelEnabled("debug"))
      log.debug({ job, jobId, ...about, fate, tookMs: Math.round(durationMs) }, `job ${fate}`);
  };
}

function isNews(toldAt: Map<string, number>, facilityId: string, nowMs: number): boolean {
  if (nowMs - (toldAt.get(facilityId) ?? Number.NEGATIVE_INFINITY) < DEFERRED_TOLD_EVERY_MS) return false;
  if (toldAt.size >= FACILITIES_REMEMBERED_MAX) toldAt.clear();
  toldAt.set(facilityId, nowMs);
  return true;
}
