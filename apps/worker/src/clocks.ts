// How late the events of each facility come after the time that their tills say, kept in memory by facility and ten minutes until
// upkeep adds it to what the watch reads. An event costs a look into a map and a few comparisons.
import type { ClockSlot } from "@inventory-sync/db";
import { type EventFate, halfHoursOff, isMinutesOff, type StockEvent } from "@inventory-sync/domain";

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

export type Clocks = ReturnType<typeof createClocks>;

/** Starts looking. */
export function createClocks() {
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
