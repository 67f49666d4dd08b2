// What this worker did, counted in memory by minute until upkeep adds it to the history (upkeep/activity.ts). A batch costs
// a few additions here and nothing in the database.
import type { MinuteCounts, QueueDepth } from "@inventory-sync/db";
import { type EventFate, latencyBucket, noLatencies, type StockEvent } from "@inventory-sync/domain";
import { createClocks } from "./clocks.ts";

const MINUTE_MS = 60_000;

type Counting = { -readonly [Key in keyof MinuteCounts]: MinuteCounts[Key] } & {
  receiptToCommit: number[];
  saleToCommit: number[];
};

export type Activity = ReturnType<typeof createActivity>;

/** Starts counting. */
export function createActivity() {
  const clocks = createClocks();
  let minutes = new Map<number, Counting>();
  /** Since the process started: new events by time from receipt to commit, and the sum of those times. */
  const total = { receiptToCommit: noLatencies(), receiptToCommitMs: 0 };

  const minuteAt = (ms: number): Counting => {
    const startMs = Math.floor(ms / MINUTE_MS) * MINUTE_MS;
    const counting = minutes.get(startMs) ?? emptyMinute(startMs);
    minutes.set(startMs, counting);
    return counting;
  };
  /** An event that was there before is no new sale, and its time would be the time of its resending. */
  const countDone = (
    counting: Counting,
    event: StockEvent,
    fate: Extract<EventFate, { fate: "done" }>,
    nowMs: number,
  ): void => {
    counting.events += 1;
    counting.absorbed += fate.absorbed;
    counting.duplicates += fate.duplicate;
    if (fate.applied + fate.absorbed === 0) return;
    if (event.type === "sale") counting.sales += 1;
    const receivedMs = Date.parse(event.receivedAt);
    clocks.see(event, fate, receivedMs);
    // A time from the future counts as the time of receipt (R9).
    const occurredMs = event.occurredAt === null ? receivedMs : Math.min(Date.parse(event.occurredAt), receivedMs);
    const tookMs = Math.max(0, nowMs - receivedMs);
    const bucket = latencyBucket(tookMs);
    add(counting.receiptToCommit, bucket, 1);
    add(total.receiptToCommit, bucket, 1);
    total.receiptToCommitMs += tookMs;
    add(counting.saleToCommit, latencyBucket(nowMs - occurredMs), 1);
  };

  return {
    total,
    clocks,
    /** Counts a batch that was committed just now. `fates` are in the order of `events`. */
    count(events: readonly StockEvent[], fates: readonly EventFate[], nowMs = Date.now()): void {
      const counting = minuteAt(nowMs);
      for (const [index, event] of events.entries()) {
        const fate = fates[index];
        if (fate?.fate === "done") countDone(counting, event, fate, nowMs);
      }
    },
    /** Notes how the queue stands; of several notes in one minute the greatest is kept. */
    note(depth: QueueDepth, nowMs = Date.now()): void {
      const counting = minuteAt(nowMs);
      counting.depth = greatest(counting.depth, depth);
    },
    /** Gives what was counted, oldest minute first, and starts again from nothing. */
    take(): MinuteCounts[] {
      const taken = [...minutes.values()].sort((a, b) => a.minute.getTime() - b.minute.getTime());
      minutes = new Map();
      return taken;
    },
    giveBack(back: readonly MinuteCounts[]): void {
      for (const each of back) {
        const counting = minuteAt(each.minute.getTime());
        for (const key of ["events", "sales", "absorbed", "duplicates"] as const) counting[key] += each[key];
        for (const key of ["receiptToCommit", "saleToCommit"] as const)
          for (const [bucket, count] of each[key].entries()) add(counting[key], bucket, count);
        if (each.depth) counting.depth = greatest(counting.depth, each.depth);
      }
    },
  };
}

function emptyMinute(startMs: number): Counting {
  return {
    minute: new Date(startMs),
    events: 0,
    sales: 0,
    absorbed: 0,
    duplicates: 0,
    receiptToCommit: noLatencies(),
    saleToCommit: noLatencies(),
  };
}

function add(counts: number[], bucket: number, more: number): void {
  counts[bucket] = (counts[bucket] ?? 0) + more;
}

function greatest(one: QueueDepth = { waiting: 0, deferred: 0, failed: 0 }, other: QueueDepth): QueueDepth {
  return {
    waiting: Math.max(one.waiting, other.waiting),
    deferred: Math.max(one.deferred, other.deferred),
    failed: Math.max(one.failed, other.failed),
  };
}
