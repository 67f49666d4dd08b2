// How late the events of each facility come after the time that their tills say: the door through which each worker adds what it
// saw, and what the watch reads.
import type { ClockWindow } from "@inventory-sync/domain";
import type { Database } from "./database.ts";
import { run } from "./statements.ts";

/** What one worker saw of one facility in one slot of ten minutes. */
export interface ClockSlot extends Pick<ClockWindow, "facilityId" | "events" | "absorbed" | "lagMinMs" | "lagMaxMs"> {
  /** When the slot begins. */
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
    slots.map((each) => each.facilityId),
    slots.map((each) => each.slot),
    slots.map((each) => each.events),
    slots.map((each) => each.absorbed),
    slots.map((each) => each.lagMinMs),
    slots.map((each) => each.lagMaxMs),
    slots.map((each) => each.lateEvents),
    slots.map((each) => each.zoneEvents),
    slots.map((each) => each.zoneHalfHours),
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
