// Where one event stands in the queue: asked by its sender, who knows its id but not its content, and so not the id of its job. The
// jobs themselves are looked at, up to a bound.

import { jsonOf } from "@inventory-sync/domain";
import type { EventName, QueueConnection } from "./connection.ts";
import { type FailedJob, failedJob, failedPages } from "./failed-jobs.ts";

/** Of the jobs that wait, and of the failed ones, no more are looked at. */
const heldLookedMax = 2_000;
const failedLookedMax = 10_000;

/** Makes the question over the queue of events. */
export function createEventFinder({ store }: QueueConnection) {
  const failedOf = async ({ facilityId, eventId }: EventName): Promise<{ failed?: FailedJob; isAll: boolean }> => {
    let looked = 0;
    for await (const page of failedPages(store, { queue: "events", facility: facilityId }, { withData: true })) {
      for (const row of page.rows) {
        const job = failedJob("events", row);
        const isOf = job.carries.kind === "events" && job.carries.events.some((event) => event.eventId === eventId);
        if (isOf) return { failed: job, isAll: true };
      }
      looked += page.looked;
      if (looked >= failedLookedMax) return { isAll: false };
    }
    return { isAll: true };
  };
  return {
    /** Looks for an event among the jobs that wait, run or have failed. Throws when the server is away. */
    async findEventJobs(event: EventName) {
      const held = await store.holdsEvent(event, heldLookedMax);
      const { failed, isAll } = await failedOf(event);
      return {
        /** It waits, is delayed or is being applied. */
        isWaiting: held.found,
        failed,
        /** False when there are more jobs than were looked at: what was not found may still be there. */
        isAll: isAll && held.isAll,
      };
    },
  };
}

/** Whether a job's payload, as JSON, has this event. One that was damaged, or added by hand, has none. */
export function carries(payload: unknown, wanted: EventName): boolean {
  // Most have not even its id.
  if (typeof payload !== "string" || !payload.includes(JSON.stringify(wanted.eventId))) return false;
  return eventsIn(payload).some((event) => event?.facilityId === wanted.facilityId && event.eventId === wanted.eventId);
}

function eventsIn(payload: string): readonly (Partial<EventName> | null)[] {
  const { events } = (jsonOf(payload) ?? {}) as { readonly events?: unknown };
  return Array.isArray(events) ? events : [];
}
