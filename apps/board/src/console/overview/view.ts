// What the overview shows, gathered at most every three seconds for all who look. What cannot be had is undefined, and the
// page says so.
import {
  type ActivityPoint,
  type CurrentActivity,
  currentActivity,
  latestResets,
  listAttention,
  type ResetProgress,
  type ResetView,
  type RingingAlarm,
  readActivity,
  readReset,
  ringingAlarms,
} from "@inventory-sync/db";
import type { QueueCounts, QueueName } from "@inventory-sync/queue";
import { withinMs } from "@inventory-sync/runtime";
import type { Parts } from "../../parts.ts";

/** Everything the overview shows; undefined is what could not be reached. */
export interface OverviewView {
  /** How many facilities are known. */
  readonly facilities: number | undefined;
  /** The latest, newest first, previews among them. */
  readonly resets: readonly ResetProgress[] | undefined;
  /** The latest reset that was none of a preview, facility by facility; null when none has run. */
  readonly lastReset: ResetView | null | undefined;
  /** Held and failed facilities, the first of them. */
  readonly attention: Awaited<ReturnType<typeof listAttention>> | undefined;
  readonly alarms: readonly RingingAlarm[] | undefined;
  readonly queues: Readonly<Record<QueueName, QueueCounts>> | undefined;
  readonly current: CurrentActivity | undefined;
  /** The last 24 hours, five minutes a point. */
  readonly history: readonly ActivityPoint[] | undefined;
}

const RESETS_LOOKED = 10;
const ATTENTION_SHOWN = 12;
const GATHER_MS_MAX = 5_000;
const FRESH_MS = 3_000;
const HISTORY_FRESH_MS = 30_000;
const MINUTES_PER_POINT = 5;
const POINT_MS = MINUTES_PER_POINT * 60_000;
const DAY_MS = 24 * 3_600_000;

interface Kept<Value> {
  readonly atMs: number;
  readonly value: Promise<Value>;
}

const views = new WeakMap<Parts, Kept<OverviewView>>();
const histories = new WeakMap<Parts, Kept<readonly ActivityPoint[]>>();

/** The view as it was at most three seconds ago, so that many open overviews ask no more than one. */
export function overviewView(parts: Parts): Promise<OverviewView> {
  return kept(views, parts, FRESH_MS, () => gather(parts));
}

function kept<Value>(
  known: WeakMap<Parts, Kept<Value>>,
  parts: Parts,
  freshMs: number,
  ask: () => Promise<Value>,
): Promise<Value> {
  const last = known.get(parts);
  if (last && performance.now() - last.atMs < freshMs) return last.value;
  const value = ask();
  known.set(parts, { atMs: performance.now(), value });
  value.catch(() => known.delete(parts));
  return value;
}

async function gather(parts: Parts): Promise<OverviewView> {
  const { database, queues } = parts;
  const orNothing = <T>(what: string, asked: Promise<T>): Promise<T | undefined> =>
    withinMs(GATHER_MS_MAX, asked).catch((error: unknown) => {
      parts.log.warn({ err: error, what }, "the overview could not be told everything");
      return undefined;
    });
  const [facilities, [resets, lastReset], attention, alarms, counts, current, history] = await Promise.all([
    orNothing("facilities", database.prisma.facility.count()),
    orNothing("resets", resetsOf(parts)).then((both) => both ?? [undefined, undefined]),
    orNothing("what needs attention", listAttention(database, ATTENTION_SHOWN)),
    orNothing("alarms", ringingAlarms(database)),
    queues.isConnected() ? orNothing("queues", queues.counts()) : undefined,
    orNothing("current activity", currentActivity(database)),
    orNothing(
      "activity",
      kept(histories, parts, HISTORY_FRESH_MS, () => historyOf(parts)),
    ),
  ]);
  return { facilities, resets, lastReset, attention, alarms, queues: counts, current, history };
}

async function resetsOf({ database }: Parts): Promise<readonly [readonly ResetProgress[], ResetView | null]> {
  const resets = await latestResets(database, RESETS_LOOKED);
  const last = resets.find((reset) => !reset.preview);
  return [resets, last ? ((await readReset(database, last.id)) ?? null) : null];
}

/** Whole points only, so that the first of them does not slide. */
function historyOf({ database }: Parts): Promise<readonly ActivityPoint[]> {
  const until = new Date(Math.ceil(Date.now() / POINT_MS) * POINT_MS);
  const from = new Date(until.getTime() - DAY_MS);
  return readActivity(database, { from, until, minutesPerPoint: MINUTES_PER_POINT });
}
