// Alarms on record: what rings follows from what is the case. One worker at a time looks; what it finds raises and clears in
// one transaction, so that each change is made, logged and posted once, however many workers there are.
import type { Alarm, AlarmCause, AlarmKind } from "@inventory-sync/domain";
import type { Database } from "./database.ts";
import { Locks } from "./locks.ts";
import { run } from "./statements.ts";

/** What somebody found who looked. */
export interface Findings {
  /** Kinds of which all that is the case was found: what rings of them and is not among the causes is cleared. */
  readonly judged: readonly AlarmKind[];
  /** Each key once. */
  readonly causes: readonly AlarmCause[];
}

type Row = {
  readonly key: string;
  readonly kind: AlarmKind;
  readonly message: string;
  readonly since: Date;
  readonly cleared_at: Date | null;
  readonly facility_id: string | null;
  readonly reset_id: string | null;
  readonly file: string | null;
  readonly posted_at?: Date | null;
};

function alarmOf(row: Row): Alarm {
  return {
    ...{ key: row.key, kind: row.kind, message: row.message, since: row.since, clearedAt: row.cleared_at },
    ...(row.facility_id !== null && { facilityId: row.facility_id }),
    ...(row.reset_id !== null && { resetId: row.reset_id }),
    ...(row.file !== null && { file: row.file }),
  };
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
    const asked = await client.query<{ mine: boolean; now: Date }>(
      "select pg_try_advisory_xact_lock($1, 0) as mine, clock_timestamp() as now",
      [Locks.alarms],
    );
    const [answer] = asked.rows;
    if (!answer?.mine) return undefined;
    return settleAlarms({ pool: client }, await look(answer.now), answer.now);
  });
}

/** Raises what is found and does not ring, clears what was judged and is not found. @returns what changed */
export async function settleAlarms(
  on: { readonly pool: Pick<Database["pool"], "query"> },
  { judged, causes }: Findings,
  now: Date,
): Promise<Alarm[]> {
  const rows = await run<Row>(on.pool, "settle_alarms", [
    judged,
    now,
    causes.map((cause) => cause.key),
    causes.map((cause) => cause.kind),
    causes.map((cause) => cause.message),
    causes.map((cause) => cause.since.toISOString()),
    causes.map((cause) => cause.facilityId ?? null),
    causes.map((cause) => cause.resetId ?? null),
    causes.map((cause) => cause.file ?? null),
    causes.map((cause) => cause.size ?? null),
  ]);
  return rows.map(alarmOf);
}

/**
 * Claims what is to be posted next: alarms of one kind and one state. Until they are recorded as posted they come again
 * later, after half a minute at first.
 * @param repeatMinutes after which what rings on unacknowledged is posted again; 0: never
 */
export async function claimAlarmPosts(database: Database, now: Date, repeatMinutes: number): Promise<Alarm[]> {
  const rows = await run<Row>(database.pool, "claim_alarm_posts", [now, repeatMinutes]);
  const posts = rows.map((row) => ({
    ...alarmOf(row),
    ...(row.cleared_at === null && row.posted_at != null && { isRepeat: true }),
  }));
  return posts.sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** The webhook has taken them. What became of an alarm meanwhile is news still to be posted. */
export async function recordAlarmsPosted(database: Database, alarms: readonly Alarm[], now: Date): Promise<void> {
  await database.pool.query(
    `update alarm a
        set posted_at = case when t.cleared_at is null then $4 else a.posted_at end,
            cleared_posted_at = case when t.cleared_at is null then null else $4 end,
            next_post_at = null, post_attempts = 0
       from unnest($1::text[], $2::timestamptz[], $3::timestamptz[]) as t (key, since, cleared_at)
      where a.key = t.key and a.since = t.since and a.cleared_at is not distinct from t.cleared_at`,
    [
      alarms.map((alarm) => alarm.key),
      alarms.map((alarm) => alarm.since.toISOString()),
      alarms.map((alarm) => alarm.clearedAt?.toISOString() ?? null),
      now,
    ],
  );
}

/** How many alarms ring, by kind; kinds of which none does are not there. */
export async function countRinging(database: Database): Promise<ReadonlyMap<AlarmKind, number>> {
  const counted = await database.pool.query<{ kind: AlarmKind; count: number }>(
    "select kind, count(*)::int as count from alarm where cleared_at is null group by kind",
  );
  return new Map(counted.rows.map((row) => [row.kind, row.count]));
}

/** Forgets alarms that were cleared so many days ago. */
export async function forgetAlarms(database: Database, days: number): Promise<void> {
  await database.pool.query("delete from alarm where cleared_at < clock_timestamp() - make_interval(days => $1)", [
    days,
  ]);
}
