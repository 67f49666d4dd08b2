// How much of what the workers did is drawn on the overview, and how it is read.
import { type ActivityPoint, readActivity } from "@inventory-sync/operator";
import { cached } from "@inventory-sync/runtime";
import type { Parts } from "../../parts.ts";

/** The ranges by their name in the address, the one that is drawn unasked first; each with its words, hours, and minutes a point. */
export const RANGES = {
  "24h": { text: "24 hours", hours: 24, minutesPerPoint: 5 },
  "6h": { text: "6 hours", hours: 6, minutesPerPoint: 1 },
  "7d": { text: "7 days", hours: 168, minutesPerPoint: 30 },
} as const;

export type RangeName = keyof typeof RANGES;
export const RANGE_NAMES: readonly [RangeName, ...RangeName[]] = ["24h", "6h", "7d"];

const FRESH_MS = 30_000;
const MINUTE_MS = 60_000;

type Read = (parts: Pick<Parts, "database">) => Promise<ActivityPoint[]>;

/** Whole points only, so that the first of them does not slide. */
function reader(name: RangeName): Read {
  const { hours, minutesPerPoint } = RANGES[name];
  const pointMs = minutesPerPoint * MINUTE_MS;
  return cached(FRESH_MS, ({ database }: Pick<Parts, "database">) => {
    const until = new Date(Math.ceil(Date.now() / pointMs) * pointMs);
    return readActivity(database, { from: new Date(until.getTime() - hours * 60 * MINUTE_MS), until, minutesPerPoint });
  });
}

/** The points of each range, as they were at most half a minute ago. */
export const historyOf: Readonly<Record<RangeName, Read>> = {
  "24h": reader("24h"),
  "6h": reader("6h"),
  "7d": reader("7d"),
};
