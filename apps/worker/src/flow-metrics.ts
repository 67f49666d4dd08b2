// What the worker counts of how sales flow: how long they take, which facilities they wait for, and jobs that other workers lost.
import { type EventFate, latencyBoundsMs, type StockEvent } from "@inventory-sync/domain";
import { type QueueName, queueNames } from "@inventory-sync/queue";
import { boundedLabels, Counter, countedHistogram, type Registry } from "@inventory-sync/runtime";
import type { Activity } from "./activity.ts";

const MS_A_SECOND = 1_000;
/** Facilities with a series of their own; the rest are added up as "other". */
const FACILITIES_MAX = 500;

export interface FlowMetrics {
  /** Counts those of a batch that were deferred, by facility. */
  countDeferred(events: readonly StockEvent[], fates: readonly EventFate[]): void;
  countLocksLost(queue: QueueName, jobs: number): void;
  countStalled(queue: QueueName): void;
}

/** Registers them. */
export function registerFlowMetrics(registry: Registry, activity: Activity): FlowMetrics {
  const registers = [registry];
  countedHistogram({
    name: "inventory_receipt_to_commit_seconds",
    help: "Time from the receipt of an event to the commit that put it into the ledger; events that were there before do not count",
    registers,
    bounds: latencyBoundsMs.map((ms) => ms / MS_A_SECOND),
    read: () => ({ counts: activity.total.receiptToCommit, sum: activity.total.receiptToCommitMs / MS_A_SECOND }),
  });
  const deferred = new Counter({
    name: "inventory_events_deferred_total",
    help: `Times an event was put off, by facility: it is being reset, or the database is away. The first ${FACILITIES_MAX} facilities have a series each, the others are "other"`,
    labelNames: ["facility"],
    registers,
  });
  const locksLost = new Counter({
    name: "inventory_job_locks_lost_total",
    help: "Jobs in hand whose lock could not be renewed, so that another worker may run them, too",
    labelNames: ["queue"],
    registers,
  });
  const stalled = new Counter({
    name: "inventory_jobs_stalled_total",
    help: "Jobs found without a living worker, which run again",
    labelNames: ["queue"],
    registers,
  });
  for (const queue of queueNames) {
    locksLost.inc({ queue }, 0);
    stalled.inc({ queue }, 0);
  }
  const facilityLabel = boundedLabels(FACILITIES_MAX);
  return {
    countDeferred(events, fates) {
      let counted: Map<string, number> | undefined;
      for (const [index, fate] of fates.entries()) {
        if (fate.fate !== "deferred") continue;
        counted ??= new Map();
        const facility = events[index]?.facilityId ?? "";
        counted.set(facility, (counted.get(facility) ?? 0) + 1);
      }
      for (const [facility, count] of counted ?? []) deferred.inc({ facility: facilityLabel(facility) }, count);
    },
    countLocksLost: (queue, jobs) => locksLost.inc({ queue }, jobs),
    countStalled: (queue) => stalled.inc({ queue }),
  };
}
