// What the overview shows, gathered at most every three seconds for all who look. What cannot be had is undefined, and the
// page says so.
import { countFacilities, type Database, isOutage } from "@inventory-sync/db";
import {
  type ActivityPoint,
  currentActivity,
  listAlarms,
  listAttention,
  listResets,
  type Morning,
  readActivity,
  readMornings,
  readResetWithParts,
} from "@inventory-sync/operator";
import { cached, withinMs } from "@inventory-sync/runtime";
import type { Source } from "@inventory-sync/sftp";
import type { Parts } from "../../parts.ts";
import { largestOf } from "../resets/decisions.ts";
import { withStaged } from "../resets/list.ts";

/** What became of the counts of a source. */
export interface CountsOf {
  readonly source: Pick<Source, "name" | "schedule" | "deadlines">;
  /** Seven, oldest first; the last one is today's. */
  readonly mornings: readonly Morning[];
}

/** Everything the overview shows; undefined is what could not be reached. */
export type OverviewView = Awaited<ReturnType<typeof gather>>;

/** How much may be drawn, by its name in the address: its words, hours, and minutes a point. */
export const RANGES = {
  "24h": { text: "24 hours", hours: 24, minutesPerPoint: 5 },
  "6h": { text: "6 hours", hours: 6, minutesPerPoint: 1 },
  "7d": { text: "7 days", hours: 168, minutesPerPoint: 30 },
} as const;
export type RangeName = keyof typeof RANGES;
/** The one that is drawn unasked first. */
export const RANGE_NAMES: readonly [RangeName, ...RangeName[]] = ["24h", "6h", "7d"];

const HISTORY_FRESH_MS = 30_000;
const MINUTE_MS = 60_000;

/** Whole points only, so that the first of them does not slide. */
function history(name: RangeName): (database: Database) => Promise<ActivityPoint[]> {
  const { hours, minutesPerPoint } = RANGES[name];
  const pointMs = minutesPerPoint * MINUTE_MS;
  return cached(HISTORY_FRESH_MS, (database: Database) => {
    const until = new Date(Math.ceil(Date.now() / pointMs) * pointMs);
    return readActivity(database, { from: new Date(until.getTime() - hours * 60 * MINUTE_MS), until, minutesPerPoint });
  });
}

/** The points of each range, as they were at most half a minute ago. */
export const historyOf = { "24h": history("24h"), "6h": history("6h"), "7d": history("7d") };

const RESETS_LOOKED = 25;
const ATTENTION_SHOWN = 12;
const GATHER_MS_MAX = 5_000;
const FRESH_MS = 3_000;

/** The view as it was at most three seconds ago, so that many open overviews ask no more than one. */
export const overviewView = cached(FRESH_MS, gather);

type OverviewParts = Pick<Parts, "database" | "queues" | "log" | "sources">;

async function gather(parts: OverviewParts) {
  const { database, queues } = parts;
  const orNothing = <T>(what: string, asked: Promise<T>): Promise<T | undefined> =>
    withinMs(GATHER_MS_MAX, asked).catch((error: unknown) => {
      // Of an outage the log has a line when it begins and one when it is over.
      parts.log[isOutage(error) ? "debug" : "warn"]({ err: error, what }, "the overview could not be told everything");
      return undefined;
    });
  const [facilities, counts, [resets, lastReset], attention, alarms, queued, current, history] = await Promise.all([
    orNothing("facilities", countFacilities(database)),
    orNothing("the last mornings", countsOf(parts)),
    orNothing("resets", resetsOf(parts)).then((both) => both ?? [undefined, undefined]),
    orNothing("what needs attention", attentionOf(database)),
    orNothing("alarms", listAlarms(database, "firing")),
    queues.isConnected() ? orNothing("queues", queues.counts()) : undefined,
    orNothing("current activity", currentActivity(database)),
    orNothing("activity", historyOf["24h"](database)),
  ]);
  return { facilities, counts, resets, lastReset, attention, alarms, queues: queued, current, history };
}

function countsOf({ database, sources }: OverviewParts): Promise<CountsOf[]> {
  const now = new Date();
  return Promise.all(
    sources.all().map(async (source) => ({
      source,
      mornings: await readMornings(database, source.deadlines, now, source.name),
    })),
  );
}

/** Held and failed facilities, the first of them, with what each would change most. */
async function attentionOf(database: Database) {
  const { total, parts } = await listAttention(database, ATTENTION_SHOWN);
  const withLargest = parts.map(async (part) => ({ ...part, largest: await largestOf(database, part) }));
  return { total, parts: await Promise.all(withLargest) };
}

/** The latest, previews aside; and of them the latest that reached a store, repairs aside, facility by facility, or null. */
async function resetsOf({ database, queues }: OverviewParts) {
  const { resets } = await listResets(database, { limit: RESETS_LOOKED, previews: false });
  const last = resets.find((reset) => reset.repairOf === null && reset.facilities > 0);
  return [await withStaged(queues, resets), last ? await readResetWithParts(database, last.id) : null] as const;
}
