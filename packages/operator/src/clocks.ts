// What operators see and say of the clocks of a facility's tills: how late its sales come after the time that they name, and by how
// much that time is corrected from a time on (its time offset), with what that makes of sales that were absorbed.
import { clockWindows, type Database, listTimeOffsets, previewTimeOffset, setTimeOffset } from "@inventory-sync/db";
import {
  type ClockWindow,
  clockEvidence,
  clockFault,
  minutesText,
  offsetSuggested,
  plural,
} from "@inventory-sync/domain";
import { z } from "zod";
import { productId, time } from "./asking.ts";
import { facilityPlace } from "./facilities.ts";
import { Refusal, refuseBusy } from "./refusals.ts";

const OFFSET_MINUTES_MAX = 7 * 1440;
const BACK_DAYS_MAX = 31;
const AHEAD_DAYS_MAX = 1;
const DAY_MS = 86_400_000;

export const timeOffsetAsked = z.strictObject({
  /** Added to what the tills say: 360 for a till six hours west of UTC that says its local time as if it were UTC. 0 ends an offset. */
  minutes: z
    .int()
    .min(-OFFSET_MINUTES_MAX, `must be ${-OFFSET_MINUTES_MAX} minutes (7 days) or more`)
    .max(OFFSET_MINUTES_MAX, `must be ${OFFSET_MINUTES_MAX} minutes (7 days) or less`),
  /** For what is received from then on. */
  from: z.iso.datetime({ offset: true, error: 'must be a date and time with a zone, such as "2026-11-23T15:15:00Z"' }),
  /** Only say what it would do. */
  preview: z.boolean().optional(),
});
export type TimeOffsetAsked = z.infer<typeof timeOffsetAsked>;

export const timeOffsetDone = z.object({
  facilityId: z.string(),
  minutes: z.int(),
  from: time,
  preview: z.boolean(),
  /** Movements that were absorbed only because of the wrong time, and count now; and their units. */
  movements: z.int(),
  units: z.number(),
  productCount: z.int(),
  /** Those that change most. */
  products: z.array(z.object({ ...productId, movements: z.int(), quantity: z.number() })),
  /** Between which times the tills said that they happened. */
  firstAt: time.nullable(),
  lastAt: time.nullable(),
});
export type TimeOffsetDone = z.infer<typeof timeOffsetDone>;

/** A facility's clock: what is seen of it, and how it is corrected. */
export const facilityClock = z.object({
  facilityId: z.string(),
  /** Its newest sales, returns and adjustments; null when it sent none for 6 hours. */
  newest: z
    .object({
      events: z.int(),
      /** Those of them of which nothing counted. */
      absorbed: z.int(),
      /** From the time that the till said to the receipt; negative where it is ahead. */
      lagMinSeconds: z.number(),
      lagMaxSeconds: z.number(),
      since: time,
    })
    .nullable(),
  /** What is wrong, in words, and the minutes that would correct it; null while nothing seems to be. */
  fault: z.object({ says: z.string(), minutes: z.int().nullable() }).nullable(),
  /** Newest first. */
  timeOffsets: z.array(z.object({ from: time, minutes: z.int(), setBy: z.string(), setAt: time })),
});
export type FacilityClock = z.infer<typeof facilityClock>;

/** How the clock of a facility is. @throws NotFound */
export async function readFacilityClock(database: Database, facilityId: string): Promise<FacilityClock> {
  const { facility } = await facilityPlace(database, facilityId);
  const [[window], timeOffsets] = await Promise.all([
    clockWindows(database, { now: new Date(), facilityId }),
    listTimeOffsets(database, facility),
  ]);
  return { facilityId, newest: newestOf(window), fault: faultOf(window), timeOffsets };
}

function newestOf(window: ClockWindow | undefined): FacilityClock["newest"] {
  if (!window) return null;
  const { events, absorbed, lagMinMs, lagMaxMs, since } = window;
  return {
    ...{ events, absorbed, since: since.toISOString() },
    ...{ lagMinSeconds: Math.round(lagMinMs / 1000), lagMaxSeconds: Math.round(lagMaxMs / 1000) },
  };
}

function faultOf(window: ClockWindow | undefined): FacilityClock["fault"] {
  const fault = window && clockFault(window);
  if (!window || fault === undefined) return null;
  const says = clockEvidence(window, fault);
  // What helps a store whose tills all say one time would harm one of which a single till is wrong.
  if (fault === "till")
    return { says: `${says}. Have that till corrected: a time offset would shift the others, too`, minutes: null };
  return { says, minutes: fault === "absorbed" ? null : offsetSuggested(window, fault) };
}

/** The words of setting a time offset, wherever it is offered. */
export const settingTimeOffset = {
  what: "set a time offset",
  target: (facilityId: string) => `facility ${facilityId}`,
  /** What it means, and what cannot be taken back. */
  says: "The minutes are added to the time that the store's tills say, for what is received from then on; the ledger keeps what they said beside it. What counts have absorbed since then only for that reason is booked once, at its corrected time. What is booked stays booked: the next count sets the stock right in any case. An offset is ended by one of 0 minutes.",
  /** In a sentence: "10 sales that were absorbed would count: 10 units fewer on hand, 1 product." */
  outcome: ({ minutes, preview, movements, units, productCount }: TimeOffsetDone) => {
    const set = minutes === 0 ? "times are taken as they are said" : `times are corrected by ${signedMinutes(minutes)}`;
    if (movements === 0) return `${set}; nothing ${preview ? "would be" : "was"} booked`;
    const change = `${plural(Math.abs(units), "unit")} ${units < 0 ? "fewer" : "more"} on hand, ${plural(productCount, "product")}`;
    return `${set}; ${plural(movements, "movement")} that ${movements === 1 ? "was" : "were"} absorbed ${preview ? "would count" : "count now"}: ${change}`;
  },
} as const;

/** "+6 h", "−5 h 30 min" */
export function signedMinutes(minutes: number): string {
  return `${minutes < 0 ? "−" : "+"}${minutesText(minutes)}`;
}

/**
 * Sets a facility's time offset and books what was absorbed wrongly since then, or says what that would do. May be asked for again: nothing
 * is booked twice.
 * @throws NotFound; Refusal when the time lies too far away, or the facility's lock cannot be had
 */
export async function changeTimeOffset(
  database: Database,
  { facilityId, ...asked }: TimeOffsetAsked & { readonly facilityId: string },
  by: { readonly setBy: string; readonly lockWaitMsMax: number },
): Promise<TimeOffsetDone> {
  const { facility } = await facilityPlace(database, facilityId);
  const { minutes, preview = false } = asked;
  const from = new Date(asked.from);
  refuseFarTime(from);
  const wanted = { facility, from, minutes };
  const booked = preview
    ? await previewTimeOffset(database, wanted)
    : await setTimeOffset(database, wanted, by).catch((error: unknown) =>
        refuseBusy(error, { who: `Store ${facilityId}`, lockWaitMsMax: by.lockWaitMsMax }),
      );
  return { facilityId, minutes, from: from.toISOString(), preview, ...booked, products: [...booked.products] };
}

function refuseFarTime(from: Date): void {
  const aheadMs = from.getTime() - Date.now();
  if (aheadMs > AHEAD_DAYS_MAX * DAY_MS)
    throw new Refusal(`A time offset begins at most ${AHEAD_DAYS_MAX} day ahead; set it when its time has come.`);
  if (aheadMs < -BACK_DAYS_MAX * DAY_MS)
    throw new Refusal(
      `A time offset reaches back ${BACK_DAYS_MAX} days at most; what was absorbed before that a later count has set right.`,
    );
}
