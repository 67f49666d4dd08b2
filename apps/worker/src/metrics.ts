// What the worker counts about its work, for /metrics.
import { type AlarmKind, alarmKinds, type EventFate, latencyBoundsMs } from "@inventory-sync/domain";
import { type BatchRan, type JobEnded, type QueueName, queueNames } from "@inventory-sync/queue";
import { Counter, countedHistogram, createMetrics, Gauge, Histogram } from "@inventory-sync/runtime";
import type { Activity } from "./activity.ts";

export type WorkerMetrics = ReturnType<typeof createWorkerMetrics>;

const MS_A_SECOND = 1_000;
const outcomes = ["applied", "duplicate", "absorbed", "skipped"] as const;

/** Makes the worker's registry. How long sales take is read from `activity`. */
export function createWorkerMetrics(activity: Activity) {
  const registry = createMetrics("worker");
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Counter({ name, help, labelNames, registers });
  const lines = counter("inventory_lines_total", "Event lines by what became of them", ["outcome"]);
  const events = counter(
    "inventory_events_total",
    "Events by fate, and by code where rejected; deferred each time one was put off",
    ["fate", "code"],
  );
  const batchSeconds = new Histogram({ name: "inventory_batch_seconds", help: "Time of one group commit", registers });
  const batchLines = new Histogram({
    name: "inventory_batch_lines",
    help: "Lines in one group commit",
    buckets: [1, 5, 20, 50, 100, 200, 400, 1_000],
    registers,
  });
  countedHistogram({
    name: "inventory_receipt_to_commit_seconds",
    help: "Time from the receipt of an event to the commit that put it into the ledger; events that were there before do not count",
    registers,
    bounds: latencyBoundsMs.map((ms) => ms / MS_A_SECOND),
    read: () => ({ counts: activity.total.receiptToCommit, sum: activity.total.receiptToCommitMs / MS_A_SECOND }),
  });
  const jobs = counter("inventory_jobs_total", "Jobs by queue and by how they ended", ["queue", "fate"]);
  const locksLost = counter(
    "inventory_job_locks_lost_total",
    "Jobs in hand whose lock could not be renewed, so that another worker may run them, too",
    ["queue"],
  );
  const stalled = counter("inventory_jobs_stalled_total", "Jobs found without a living worker, which run again", [
    "queue",
  ]);
  for (const queue of queueNames) for (const each of [locksLost, stalled]) each.inc({ queue }, 0);
  const lockedSeconds = new Histogram({
    name: "inventory_facility_locked_seconds",
    help: "Time for which a facility reset held its facility",
    registers,
  });
  const corrections = counter("inventory_corrections_total", "Corrections posted");
  const ringing = new Gauge({
    name: "inventory_alarms_ringing",
    help: "Alarms that ring, by kind; every worker tells the same number",
    labelNames: ["kind"],
    registers,
  });
  return {
    registry,
    // Added up first: a labelled counter costs about as much as the rest of what a worker does with an event's fate.
    countFates(fates: readonly EventFate[]): void {
      const counted = { applied: 0, duplicate: 0, absorbed: 0, skipped: 0 };
      let done = 0;
      for (const fate of fates) {
        if (fate.fate !== "done") {
          events.inc({ fate: fate.fate, code: fate.fate === "rejected" ? fate.code : "" });
          continue;
        }
        done += 1;
        for (const outcome of outcomes) counted[outcome] += fate[outcome];
      }
      events.inc({ fate: "done", code: "" }, done);
      for (const outcome of outcomes) lines.inc({ outcome }, counted[outcome]);
    },
    countBatch(batch: BatchRan): void {
      batchSeconds.observe(batch.durationMs / MS_A_SECOND);
      batchLines.observe(batch.lines);
    },
    /** What every consumer tells. */
    listeners: {
      onEnded: ({ queue, fate }: JobEnded) => jobs.inc({ queue, fate }),
      onLocksLost: (queue: QueueName, count: number) => locksLost.inc({ queue }, count),
      onStalled: (queue: QueueName) => stalled.inc({ queue }),
    },
    countFacilityReset({ corrected, lockedMs }: { readonly corrected: number; readonly lockedMs: number }): void {
      corrections.inc(corrected);
      lockedSeconds.observe(lockedMs / MS_A_SECOND);
    },
    showRinging(counts: ReadonlyMap<AlarmKind, number>): void {
      for (const kind of alarmKinds) ringing.set({ kind }, counts.get(kind) ?? 0);
    },
  };
}
