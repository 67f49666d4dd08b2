// Events as a client sends them, with what a test leaves out filled in.
import type { WireEvent } from "@inventory-sync/domain";

/** `at` is a time of the tests' day ("13:10"), of a later one ("2 07:00"), or an ISO time. */
export function event(
  id: string,
  type: WireEvent["type"],
  {
    at,
    lines,
    of,
    facilityId = "S001",
  }: { at: string; lines?: Record<string, number>; of?: string; facilityId?: string },
): WireEvent {
  return {
    eventId: id,
    facilityId,
    type,
    occurredAt: instant(at),
    ...(lines && { lines: Object.entries(lines).map(([sku, quantity]) => ({ sku, quantity })) }),
    ...(of !== undefined && { shipmentEventId: of }),
  };
}

/** "13:10" on the tests' day, "2 07:00" on the second day, or an ISO time. */
export function instant(at: string): string {
  if (at.includes("T")) return at;
  const [day, time] = at.includes(" ") ? at.split(" ") : ["1", at];
  return `2026-11-0${day}T${time}:00Z`;
}
