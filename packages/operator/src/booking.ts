// Booking the second use of a receipt number as a sale of its own: its event is queued under an id that follows from the old one and the
// content, and only then its failed job leaves the queue. So it counts once, however often and by however many it is asked for, and a
// process that dies in between loses nothing.
import { grouped, plural, underOwnId } from "@inventory-sync/domain";
import { z } from "zod";
import type { Servers } from "./asking.ts";
import { type ClashingJob, compareClashes, REUSED } from "./clashes.ts";
import { dismissal } from "./dismissing.ts";
import { type JobFilter, namedJobs } from "./jobs.ts";
import { Refusal } from "./refusals.ts";
import { eachLot, takeForGood } from "./take-for-good.ts";

const NAMED_MAX = 100;

export const bookingReason = dismissal.pick({ reason: true });

export const booked = z.object({
  /** Events that are queued under an id of their own now. */
  booked: z.int(),
  /** Events that the ledger had under that id already: nothing changed, and their jobs are gone, too. */
  again: z.int(),
  /** Jobs that were left: the same sale sent again, a shipment, or nothing that can be read. */
  left: z.int(),
  /** Very many: others are left for the next call. */
  more: z.boolean(),
  /** Under which ids; of many the first 100. */
  events: z.array(z.object({ facilityId: z.string(), eventId: z.string(), bookedAs: z.string() })),
});
export type Booked = z.infer<typeof booked>;

/** What booking is called in the audit log, and its sentences, wherever it is offered. */
export const booking = {
  what: "book second uses of a receipt number",
  target: namedJobs,
  /** What it will do, said before it is done. */
  would:
    "The second use of a receipt number is booked under a number of its own, made from the old one, and its failed job leaves the queue. " +
    "Each counts once, however often this is pressed.",
  wouldCount: (count: number): string =>
    `${plural(count, "sale is", "sales are")} booked under ${count === 1 ? "a number of its" : "numbers of their"} own, made from the old one, and ` +
    `${count === 1 ? "its failed job leaves" : "their failed jobs leave"} the queue. Each counts once, however often this is done.`,
  /** The same of a cause or a store. */
  wouldAll:
    "Only those that change stock otherwise than the first are booked; what is only the same sale sent again is left.",
  outcome({ booked: count, again, left, events }: Booked, reason: string): string {
    const [first] = events;
    const example =
      first === undefined ? "" : ` (${events.length > 1 ? "such as " : ""}${first.eventId} as ${first.bookedAs})`;
    const parts = [
      `${plural(count, "sale is", "sales are")} booked under a number of ${count === 1 ? "its" : "their"} own${example}`,
      again > 0 && `${plural(again, "was", "were")} booked before`,
      left > 0 && `${plural(left, "job is", "jobs are")} left: the same sale sent again, or nothing that can be booked`,
    ];
    return `${parts.filter((part) => part !== false).join("; ")}: ${reason}`;
  },
} as const;

/** How many jobs of a filter booking would take; of very many of the newest. */
export async function weighBooking(servers: Servers, filter: JobFilter): Promise<number> {
  let count = 0;
  await eachCompared(servers, filter, async ({ chosen }) => {
    count += chosen.length;
  });
  return count;
}

/**
 * Books the events of failed jobs under ids of their own. Jobs that are named one by one are booked whatever they differ in; of a cause
 * or a store only those that change stock otherwise, as the others are the first sale sent again.
 * @throws Refusal of another cause; QueueUnavailable while the queue takes nothing: then what is not booked stands failed still
 */
export async function bookClashes(
  servers: Servers,
  filter: JobFilter,
  by: z.infer<typeof bookingReason> & { readonly who: string },
): Promise<Booked> {
  const done = { booked: 0, again: 0, left: 0, events: [] as Booked["events"] };
  const more = await eachCompared(servers, filter, async ({ chosen, left }) => {
    done.left += left;
    await queueAll(servers, chosen, by.who);
    const gone = await takeForGood(servers, {
      ...{ queue: "events", who: by.who, reason: `booked as a sale of its own: ${by.reason}` },
      jobs: chosen.map(({ job, clash }) => ({ ...job, effect: "other", losing: 0, bookedAs: clash.bookedAs ?? "" })),
    });
    const ids = new Set(gone.map(({ id }) => id));
    // What another call took meanwhile is told by that one.
    for (const { clash } of chosen.filter(({ clash: { jobId } }) => ids.has(jobId))) {
      if (clash.isBooked) done.again += 1;
      else done.booked += 1;
      const { facilityId, eventId, bookedAs } = clash;
      if (bookedAs !== null && done.events.length < NAMED_MAX) done.events.push({ facilityId, eventId, bookedAs });
    }
  });
  return { ...done, more };
}

type Compared = Awaited<ReturnType<typeof compareClashes>>;

async function eachCompared(
  { database, queues }: Servers,
  filter: JobFilter,
  use: (lot: { readonly chosen: Compared; readonly left: number }) => Promise<void>,
): Promise<boolean> {
  if (filter.cause !== undefined && filter.cause !== REUSED)
    throw new Refusal(
      `Only jobs that failed with ${REUSED} carry a second use of a number; ${filter.cause} is another cause. Retry or dismiss them.`,
    );
  return eachLot(queues, { ...filter, cause: REUSED, queue: "events" }, async ({ jobs }) => {
    // Those that are named one by one may have another cause.
    const reused = jobs.filter(({ cause }) => cause === REUSED);
    const compared = await compareClashes(database, reused);
    // Of one that the ledger has with this very content a retry is done at once.
    const chosen = compared.filter(
      ({ clash, isSameContent }) => !isSameContent && isChosen(clash, filter.ids !== undefined),
    );
    await use({ chosen, left: reused.length - chosen.length });
  });
}

function isChosen({ first, kind, bookedAs }: ClashingJob["clash"], isNamed: boolean): boolean {
  // Without a first one there is no clash: then retrying books it.
  return first !== null && bookedAs !== null && (isNamed || kind === "stock");
}

async function queueAll({ queues }: Servers, chosen: Compared, who: string): Promise<void> {
  for (const [client, clashes] of grouped(chosen, (each) => each.client)) {
    const own = clashes.map(({ event }) =>
      underOwnId(event, `second use of the number ${event.eventId}, booked by ${who}`),
    );
    await queues.addEventsSingly(own, client);
  }
}
