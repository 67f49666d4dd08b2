// What the console shows, gathered once every few seconds for all who look. What cannot be had is named instead of shown.
import {
  type FacilityView,
  latestResets,
  listAttention,
  listFacilities,
  type ResetProgress,
  type RingingAlarm,
  ringingAlarms,
} from "@inventory-sync/db";
import { type FailedCause, type QueueCounts, type QueueName, resetJobId } from "@inventory-sync/queue";
import { withinMs } from "../operations.ts";
import type { Parts } from "../parts.ts";

/** A reset with what its job says of its staging. */
export interface ShownReset extends ResetProgress {
  /** Rows staged so far, while it is staging. */
  readonly rowsStaged: number | null;
}

/** Everything the console shows; undefined is what could not be reached. */
export interface ConsoleView {
  readonly now: Date;
  readonly timeZone: string;
  readonly facilities: readonly FacilityView[] | undefined;
  /** There are more facilities than were read. */
  readonly moreFacilities: boolean;
  readonly resets: readonly ShownReset[] | undefined;
  readonly queues: Readonly<Record<QueueName, QueueCounts>> | undefined;
  readonly failed: readonly FailedCause[] | undefined;
  /** Held and failed facilities, the first of them. */
  readonly attention: Awaited<ReturnType<typeof listAttention>> | undefined;
  readonly alarms: readonly RingingAlarm[] | undefined;
}

const FACILITIES_MAX = 1_000;
const RESETS_SHOWN = 10;
const ATTENTION_SHOWN = 50;
const FAILED_LOOKED_MAX = 2_000;
const GATHER_MS_MAX = 4_000;
const FRESH_MS = 2_000;

interface Gathered {
  readonly atMs: number;
  readonly view: Promise<ConsoleView>;
}

const latest = new WeakMap<Parts, Gathered>();

/** The view as it was at most two seconds ago, so that many open consoles ask no more than one. */
export function consoleView(parts: Parts): Promise<ConsoleView> {
  const known = latest.get(parts);
  if (known && performance.now() - known.atMs < FRESH_MS) return known.view;
  const view = gather(parts);
  latest.set(parts, { atMs: performance.now(), view });
  return view;
}

async function gather(parts: Parts): Promise<ConsoleView> {
  const { database, queues, timeZone } = parts;
  const orNothing = <T>(what: string, asked: Promise<T>): Promise<T | undefined> =>
    withinMs(GATHER_MS_MAX, asked).catch((error: unknown) => {
      parts.log.warn({ err: error, what }, "the console could not be told everything");
      return undefined;
    });
  const [facilities, resets, counts, failed, attention, alarms] = await Promise.all([
    orNothing("facilities", listFacilities(database, { after: "", limit: FACILITIES_MAX + 1 })),
    orNothing("resets", latestResets(database, RESETS_SHOWN)),
    orNothing("queues", queues.counts()),
    orNothing("failed jobs", queues.failedCauses({ lookedMax: FAILED_LOOKED_MAX })),
    orNothing("what needs attention", listAttention(database, ATTENTION_SHOWN)),
    orNothing("alarms", ringingAlarms(database)),
  ]);
  return {
    now: new Date(),
    timeZone,
    facilities: facilities?.slice(0, FACILITIES_MAX),
    moreFacilities: (facilities?.length ?? 0) > FACILITIES_MAX,
    resets: resets && (await Promise.all(resets.map((reset) => withStaging(parts, reset)))),
    queues: counts,
    failed: failed?.causes,
    attention,
    alarms,
  };
}

async function withStaging({ queues }: Parts, reset: ResetProgress): Promise<ShownReset> {
  const queue = reset.state === "staging" ? queues.bullQueues().find((each) => each.name === "resets") : undefined;
  if (!queue) return { ...reset, rowsStaged: null };
  const job = await withinMs(GATHER_MS_MAX, queue.getJob(resetJobId(reset.id, reset.generation))).catch(
    () => undefined,
  );
  const { progress } = job ?? {};
  const staged = typeof progress === "object" && "rowsStaged" in progress ? Number(progress.rowsStaged) : Number.NaN;
  return { ...reset, rowsStaged: Number.isFinite(staged) ? staged : null };
}
