// What the worker counts about its work, for /metrics.
import { type AlarmKind, alarmKinds, type EventFate } from "@inventory-sync/domain";
import type { BatchRan, JobEnded } from "@inventory-sync/queue";
import { Counter, createMetrics, Gauge, Histogram, type Registry } from "@inventory-sync/runtime";

/** The worker's numbers and the ways to add to them. */
export interface WorkerMetrics {
  readonly registry: Registry;
  countFates(fates: readonly EventFate[]): void;
  countBatch(batch: BatchRan): void;
  countJob(ended: JobEnded): void;
  countFacilityReset(result: { readonly ended: string; readonly corrected: number; readonly lockedMs: number }): void;
  /** Sets how many alarms ring, by kind. */
  showRinging(counts: ReadonlyMap<AlarmKind, number>): void;
}

const MS_A_SECOND = 1_000;
const outcomes = ["applied", "duplicate", "absorbed", "skipped"] as const;

/** Makes the worker's registry. */
export function createWorkerMetrics(): WorkerMetrics {
  const registry = createMetrics("worker");
  const registers = [registry];
  const lines = new Counter({
    name: "inventory_lines_total",
    help: "Event lines by what became of them",
    labelNames: ["outcome"],
    registers,
  });
  const events = new Counter({
    name: "inventory_events_total",
    help: "Events by fate, and by code where rejected; deferred each time one was put off",
    labelNames: ["fate", "code"],
    registers,
  });
  const batchSeconds = new Histogram({ name: "inventory_batch_seconds", help: "Time of one group commit", registers });
  const batchLines = new Histogram({
    name: "inventory_batch_lines",
    help: "Lines in one group commit",
    buckets: [1, 5, 20, 50, 100, 200, 400, 1_000],
    registers,
  });
  const jobs = new Counter({
    name: "inventory_jobs_total",
    help: "Jobs by queue and by how they ended",
    labelNames: ["queue", "fate"],
    registers,
  });
  const lockedSeconds = new Histogram({
    name: "inventory_facility_locked_seconds",
    help: "Time for which a facility reset held its facility",
    registers,
  });
  const corrections = new Counter({ name: "inventory_corrections_total", help: "Corrections posted", registers });
  const ringing = new Gauge({
    name: "inventory_alarms_ringing",
    help: "Alarms that ring, by kind; every worker tells the same number",
    labelNames: ["kind"],
    registers,
  });
  return {
    registry,
    // Added up first: a labelled counter costs about as much as the rest of what a worker does with an event's fate.
    countFates: (fates) => {
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
    countBatch: (batch) => {
      batchSeconds.observe(batch.durationMs / MS_A_SECOND);
      batchLines.observe(batch.lines);
    },
    countJob: (ended) => jobs.inc({ queue: ended.queue, fate: ended.fate }),
    countFacilityReset: ({ corrected, lockedMs }) => {
      corrections.inc(corrected);
      lockedSeconds.observe(lockedMs / MS_A_SECOND);
    },
    showRinging: (counts) => {
      for (const kind of alarmKinds) ringing.set({ kind }, counts.get(kind) ?? 0);
    },
  };
}
