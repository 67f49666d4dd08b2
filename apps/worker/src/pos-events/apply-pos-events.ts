// Flow 1, the worker's half: events out of the queue into the ledger. Many jobs share one commit; what becomes of each
// event is the ledger's answer, and what becomes of its job follows from that in the queue package.
import { applyEvents, type UnknownPolicy } from "@inventory-sync/db";
import type { EventFate } from "@inventory-sync/domain";
import { type ApplyEvents, type Consumer, consumeEvents } from "@inventory-sync/queue";
import { fateOnOutage } from "../outage.ts";
import type { ResetParts } from "../resets/parts.ts";
import type { ActivityParts } from "../upkeep/activity.ts";
import { endTeller } from "./tell-ends.ts";

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
