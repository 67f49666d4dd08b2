// What this worker did, counted in memory by minute until upkeep adds it to the history (upkeep/activity.ts), and how late the events of each
// facility came, until upkeep adds it to what the watch reads. A batch costs a few additions here and nothing in the database.
import type { ClockSlot, MinuteCounts, QueueDepth } from "@inventory-sync/db";
import {
  type EventFate,
  halfHoursOff,
  isMinutesOff,
  latencyBucket,
  noLatencies,
  type StockEvent,
} from "@inventory-sync/domain";

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

const SLOT_MS = 10 * 60_000;
/** Of more facilities in one round the rest is not watched: it is an indication, and memory is not to be had for any id. */
const SLOTS_MAX = 50_000;

type Seen = { -readonly [Key in keyof ClockSlot]: ClockSlot[Key] };

const NOTHING_SEEN = { events: 0, absorbed: 0, lateEvents: 0, zoneEvents: 0, zoneHalfHours: 0 } as const;

/** Adds an event that is minutes off, and by how many half hours, if by any; of several numbers the first in a slot is counted. */
function seeLate(seen: Seen, halfHours: number): void {
  seen.lateEvents += 1;
  if (halfHours === 0 || (seen.zoneEvents > 0 && halfHours !== seen.zoneHalfHours)) return;
  seen.zoneEvents += 1;
  seen.zoneHalfHours = halfHours;
}

/**
 * How late the events of each facility come after the time that their tills say, by facility and ten minutes. An event costs a look into a map and
 * a few comparisons.
 */
function createClocks() {
  let slots = new Map<string, Seen>();
  return {
    /** Looks at a new event that was committed. Times of shipments are not the tills'. */
    see(event: StockEvent, fate: Extract<EventFate, { fate: "done" }>, receivedMs: number): void {
      if (event.occurredAt === null || event.type === "shipment" || event.type === "shipment-acknowledged") return;
      const lagMs = receivedMs - Date.parse(event.occurredAt);
      const slotMs = Math.floor(receivedMs / SLOT_MS) * SLOT_MS;
      const key = `${slotMs} ${event.facilityId}`;
      let seen = slots.get(key);
      if (!seen) {
        if (slots.size >= SLOTS_MAX) return;
        seen = {
          ...NOTHING_SEEN,
          facilityId: event.facilityId,
          slot: new Date(slotMs),
          lagMinMs: lagMs,
          lagMaxMs: lagMs,
        };
        slots.set(key, seen);
      }
      seen.events += 1;
      if (fate.applied === 0) seen.absorbed += 1;
      seen.lagMinMs = Math.min(seen.lagMinMs, lagMs);
      seen.lagMaxMs = Math.max(seen.lagMaxMs, lagMs);
      if (isMinutesOff(lagMs)) seeLate(seen, halfHoursOff(lagMs));
    },
    /** Gives what was seen, and starts again from nothing. */
    take(): ClockSlot[] {
      const taken = [...slots.values()];
      slots = new Map();
      return taken;
    },
  };
}
