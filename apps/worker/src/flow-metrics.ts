// What the worker counts of how sales flow: how long they take, and jobs that other workers lost.
import { latencyBoundsMs } from "@inventory-sync/domain";
import { type QueueName, queueNames } from "@inventory-sync/queue";
import { Counter, countedHistogram, type Registry } from "@inventory-sync/runtime";
import type { Activity } from "./activity.ts";

const MS_A_SECOND = 1_000;

export interface FlowMetrics {
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
  return {
    countLocksLost: (queue, jobs) => locksLost.inc({ queue }, jobs),
    countStalled: (queue) => stalled.inc({ queue }),
  };
}
