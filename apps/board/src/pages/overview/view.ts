// What the overview shows, gathered at most every three seconds for all who look. What cannot be had is undefined, and the
// page says so.
import { countFacilities, isOutage } from "@inventory-sync/db";
import {
  type ActivityPoint,
  type AlarmRecord,
  type CurrentActivity,
  currentActivity,
  listAlarms,
  listAttention,
  listResets,
  type Morning,
  type ResetWithParts,
  readMornings,
  readResetWithParts,
} from "@inventory-sync/operator";
import type { QueueCounts, QueueName } from "@inventory-sync/queue";
import { cached, withinMs } from "@inventory-sync/runtime";
import type { Source } from "@inventory-sync/sftp";
import type { Parts } from "../../parts.ts";
import { largestOf } from "../resets/decisions.ts";
import { withStaged } from "../resets/list.ts";
import { historyOf } from "./ranges.ts";

/** What became of the counts of a source. */
export interface CountsOf {
  readonly source: Pick<Source, "name" | "schedule" | "deadlines">;
  /** Seven, oldest first; the last one is today's. */
  readonly mornings: readonly Morning[];
}

/** Everything the overview shows; undefined is what could not be reached. */
export interface OverviewView {
  /** How many facilities are known. */
  readonly facilities: number | undefined;
  /** The last mornings of each source of counts. */
  readonly counts: readonly CountsOf[] | undefined;
  /** The latest, newest first, previews aside. */
  readonly resets: Awaited<ReturnType<typeof withStaged>> | undefined;
  /** The latest reset that reached a store, repairs aside, facility by facility; null when none has. */
  readonly lastReset: ResetWithParts | null | undefined;
  /** Held and failed facilities, the first of them, with what each would change most. */
  readonly attention: Awaited<ReturnType<typeof attentionOf>> | undefined;
  readonly alarms: readonly AlarmRecord[] | undefined;
  readonly queues: Readonly<Record<QueueName, QueueCounts>> | undefined;
  readonly current: CurrentActivity | undefined;
  /** The last 24 hours, or the range that was asked for. */
  readonly history: readonly ActivityPoint[] | undefined;
}

const RESETS_LOOKED = 25;
const ATTENTION_SHOWN = 12;
const GATHER_MS_MAX = 5_000;
const FRESH_MS = 3_000;

/** What the overview is gathered from. */
export type OverviewParts = Pick<Parts, "database" | "queues" | "log" | "sources" | "timeZone">;

/** The view as it was at most three seconds ago, so that many open overviews ask no more than one. */
export const overviewView = cached(FRESH_MS, gather);

async function gather(parts: OverviewParts): Promise<OverviewView> {
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
    orNothing("what needs attention", attentionOf(parts)),
    orNothing("alarms", listAlarms(database, "firing")),
    queues.isConnected() ? orNothing("queues", queues.counts()) : undefined,
    orNothing("current activity", currentActivity(database)),
    orNothing("activity", historyOf["24h"](parts)),
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

async function attentionOf(parts: Pick<Parts, "database">) {
  const { total, parts: all } = await listAttention(parts.database, ATTENTION_SHOWN);
  const largest = await Promise.all(all.map((part) => largestOf(parts, part)));
  return { total, parts: all.map((part, index) => ({ ...part, largest: largest[index] ?? [] })) };
}

async function resetsOf(parts: OverviewParts) {
  const { resets } = await listResets(parts.database, { limit: RESETS_LOOKED, previews: false });
  const last = resets.find((reset) => reset.repairOf === null && reset.facilities > 0);
  return [await withStaged(parts, resets), last ? await readResetWithParts(parts.database, last.id) : null] as const;
}
