// Alarms on record: what is firing follows from what is the case. One worker at a time looks; what it finds raises and clears
// in one transaction, so that each change is made, logged and posted once, however many workers there are.
import {
  type Alarm,
  type AlarmCause,
  type AlarmKind,
  endedBy,
  type HoldEnd,
  holdEndedBy,
  type JobsAct,
  jobsOfAlarm,
} from "@inventory-sync/domain";
import type { Database } from "./database.ts";
import { Locks } from "./locks.ts";
import { asJsonb, columns, first, only, type Queryable, run } from "./statements.ts";

/** What a look at some kinds of alarms found. */
export interface Findings {
  /** Kinds of which all that is the case was found: what fires of them and is not among the causes is cleared. */
  readonly judged: readonly AlarmKind[];
  /** Each key once. */
  readonly causes: readonly AlarmCause[];
}

type Row = { readonly [Field in keyof Alarm]: Alarm[Field] | null };

/** The alarm of a row: what it is not about is not there. */
function alarmOf({ clearedAt, ...row }: Row): Alarm {
  const about = Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
  return { ...(about as Omit<Alarm, "clearedAt">), clearedAt };
}

/**
 * Looks, and makes the alarms agree with what was found.
 * @param look called with the database's time, while no other worker looks
 * @returns what was raised and cleared; undefined when another worker is looking, and nothing was done
 */
export async function judgeAlarms(
  database: Database,
  look: (now: Date) => Promise<Findings>,
): Promise<Alarm[] | undefined> {
  return database.transaction(async (client) => {
    const { mine, now } = await only<{ mine: boolean; now: Date }>(client, "try_alarms", [Locks.alarms]);
    return mine ? settleAlarms({ pool: client }, await look(now), now) : undefined;
  });
}

/** Raises what is found and does not fire, clears what was judged and is not found. @returns what changed */
export async function settleAlarms(
  on: { readonly pool: Queryable },
  { judged, causes }: Findings,
  now: Date,
): Promise<Alarm[]> {
  const changed = (await run<Row>(on.pool, "settle_alarms", [judged, now, asJsonb(causes)])).map(alarmOf);
  for (const [index, alarm] of changed.entries()) {
    const outcome = await outcomeOf(on, alarm);
    if (outcome !== undefined) changed[index] = { ...alarm, outcome };
  }
  return changed;
}

const LOST_NAMES_MAX = 10;

/** Notes what became of the failed jobs or the hold that a cleared alarm was about, and returns it; undefined where it is about something else. */
async function outcomeOf(on: { readonly pool: Queryable }, alarm: Alarm): Promise<string | undefined> {
  const outcome = alarm.clearedAt === null ? undefined : ((await endOfJobs(on, alarm)) ?? (await endOfHold(on, alarm)));
  if (outcome !== undefined) await run(on.pool, "say_alarm_outcome", [alarm.key, outcome]);
  return outcome;
}

async function endOfJobs({ pool }: { readonly pool: Queryable }, { key, since }: Alarm): Promise<string | undefined> {
  const jobs = jobsOfAlarm(key);
  return (
    jobs && endedBy(await run<JobsAct>(pool, "acts_on_failed_jobs", [jobs.queue, jobs.cause, since, LOST_NAMES_MAX]))
  );
}

async function endOfHold({ pool }: { readonly pool: Queryable }, { kind, resetId, facilityId }: Alarm) {
  if (kind !== "facility-held" || resetId === undefined) return undefined;
  return holdEndedBy(await first<HoldEnd>(pool, "end_of_hold", [resetId, facilityId]));
}

/**
 * Claims what is to be posted next: alarms of one kind and one state. Until they are recorded as posted they come again
 * later, after half a minute at first.
 * @param repeatMinutes after which what fires on unacknowledged is posted again; 0: never
 */
export async function claimAlarmPosts({ pool }: Database, now: Date, repeatMinutes: number): Promise<Alarm[]> {
  const rows = await run<Row>(pool, "claim_alarm_posts", [now, repeatMinutes]);
  return rows.map(alarmOf).sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** The webhook has taken them. What became of an alarm meanwhile is news still to be posted. */
export async function recordAlarmsPosted({ pool }: Database, alarms: readonly Alarm[], now: Date): Promise<void> {
  await run(pool, "record_alarms_posted", [...columns(alarms, "key", "since", "clearedAt"), now]);
}

/** How many alarms are firing, by kind; kinds of which none is are not there. */
export async function countRinging({ pool }: Database): Promise<ReadonlyMap<AlarmKind, number>> {
  const counted = await run<{ kind: AlarmKind; count: number }>(pool, "count_alarms");
  return new Map(counted.map((row) => [row.kind, row.count]));
}

/** Forgets alarms that were cleared so many days ago. */
export async function forgetAlarms({ pool }: Database, days: number): Promise<void> {
  await run(pool, "forget_alarms", [days]);
}
