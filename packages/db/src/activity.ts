// What workers counted and ingest noted, on its way into the database: the history of their work, minute by minute; how late the events of
// each facility come after the time that their tills say; and the requests that ingest answered.
import type { ClientMinute, ClockWindow, RefusedRequest } from "@inventory-sync/domain";
import type { Database } from "./database.ts";
import { asJsonb, columns, run } from "./statements.ts";

const MINUTES_KEPT_DAYS = 8;

export interface MinuteCounts {
  readonly minute: Date;
  /** Events that the ledger has taken or had already. */
  readonly events: number;
  /** Events of type sale that were new. */
  readonly sales: number;
  /** Lines. */
  readonly absorbed: number;
  readonly duplicates: number;
  /** New events by time from receipt to commit, one number for each bucket of `latencyBoundsMs`. */
  readonly receiptToCommit: readonly number[];
  /** New events by time from when they happened. */
  readonly saleToCommit: readonly number[];
  /** How the queue stood; absent when it was not asked. */
  readonly depth?: QueueDepth | undefined;
}

/** Jobs of events that wait and that are deferred, and failed jobs of all queues. */
export interface QueueDepth {
  readonly waiting: number;
  readonly deferred: number;
  readonly failed: number;
}

/** Adds to the minute's row. After a lost answer the same counts may have been added twice: it is an indication only. */
export async function recordActivity({ pool }: Pick<Database, "pool">, counts: MinuteCounts): Promise<void> {
  await run(pool, "record_activity", [{ ...counts, ...counts.depth }, MINUTES_KEPT_DAYS]);
}

/** What one worker saw of one facility in one slot of ten minutes. */
export interface ClockSlot extends Pick<ClockWindow, "facilityId" | "events" | "absorbed" | "lagMinMs" | "lagMaxMs"> {
  readonly slot: Date;
  /** Those that are minutes off and more. */
  readonly lateEvents: number;
  /** Those of them that are off by one number of half hours, and which. */
  readonly zoneEvents: number;
  readonly zoneHalfHours: number;
}

/** Adds to the slots' rows. After a lost answer the same may have been added twice: it is an indication only. */
export async function recordClocks({ pool }: Pick<Database, "pool">, slots: readonly ClockSlot[]): Promise<void> {
  if (slots.length === 0) return;
  await run(pool, "record_clocks", [
    ...columns(slots, "facilityId", "slot", "events", "absorbed", "lagMinMs", "lagMaxMs"),
    ...columns(slots, "lateEvents", "zoneEvents", "zoneHalfHours"),
  ]);
}

/** Enough events to judge a clock by. */
const EVENTS_ENOUGH = 10;
const HOURS_LOOKED_AT = 6;

/** How late the newest events of each facility came, or of one. Facilities that sent nothing for 6 hours are not among them. */
export function clockWindows(
  { pool }: Pick<Database, "pool">,
  { now, facilityId = null }: { readonly now: Date; readonly facilityId?: string | null },
): Promise<ClockWindow[]> {
  return run(pool, "clock_windows", [now, EVENTS_ENOUGH, HOURS_LOOKED_AT, facilityId]);
}

const REQUESTS_KEPT_DAYS = 7;
const REQUESTS_KEPT_OF_CLIENT_MAX = 5_000;

/** Keeps notes; those that are there already are left as they are. */
export async function recordRequests(
  { pool }: Pick<Database, "pool">,
  notes: { readonly refused: readonly RefusedRequest[]; readonly minutes: readonly ClientMinute[] },
): Promise<void> {
  await run(pool, "record_requests", [asJsonb(notes.refused), asJsonb(notes.minutes)]);
}

/** Deletes what is older than a week, and of each client all but the newest 5,000 refused requests. */
export async function forgetRequests({ pool }: Pick<Database, "pool">): Promise<void> {
  await run(pool, "forget_requests", [REQUESTS_KEPT_DAYS, REQUESTS_KEPT_OF_CLIENT_MAX]);
}
