// The run ledger: that a daily run happens exactly once is decided here, by a unique key and the database's own clock.
import type { Database } from "../database.ts";

/** One date and time of the schedule. */
export interface DueRun {
  /** Local date, time and zone, e.g. "2026-11-23T04:00[America/New_York]". */
  readonly runKey: string;
  readonly dueAt: Date;
}

/** The database's clock: a worker's may be wrong. */
export async function databaseNow(database: Database): Promise<Date> {
  const answer = await database.pool.query<{ now: Date }>("select clock_timestamp() as now");
  const now = answer.rows[0]?.now;
  if (!now) throw new Error("the database did not tell the time");
  return now;
}

/** When the newest run on record was due, or undefined on a database that has seen none. */
export async function newestRunDueAt(database: Database): Promise<Date | undefined> {
  const newest = await database.prisma.scheduledRun.findFirst({ orderBy: { dueAt: "desc" }, select: { dueAt: true } });
  return newest?.dueAt;
}

/**
 * Puts runs on record and returns those of the newest due time that this caller has claimed. The ones before them are
 * skipped: one catches up for all that were missed. Two can share a due time, where a clock change skips 02:00 and 03:00
 * is on the schedule too; neither is missed then, so both run.
 * @param runs due by now, oldest first
 */
export async function claimRuns(database: Database, runs: readonly DueRun[]): Promise<DueRun[]> {
  const last = runs.at(-1);
  if (!last) return [];
  const claimed = await database.pool.query<{ run_key: string }>(
    `insert into scheduled_run (run_key, due_at, state, finished_at, outcome)
     select t.run_key, t.due_at, case when t.due_at = $3::timestamptz then 'claimed' else 'skipped' end,
            case when t.due_at <> $3::timestamptz then clock_timestamp() end,
            case when t.due_at <> $3::timestamptz then 'missed while nothing was running; ' || $4::text || ' caught up' end
       from unnest($1::text[], $2::timestamptz[]) as t (run_key, due_at)
      order by t.run_key
         on conflict (run_key) do nothing
     returning run_key`,
    [runs.map((run) => run.runKey), runs.map((run) => run.dueAt.toISOString()), last.dueAt.toISOString(), last.runKey],
  );
  const mine = new Set(claimed.rows.map((row) => row.run_key));
  return runs.filter((run) => run.dueAt.getTime() === last.dueAt.getTime() && mine.has(run.runKey));
}

/** On a database that has seen no run, the newest past date and time is noted as not ours: the schedule begins after it. */
export async function beginSchedule(database: Database, run: DueRun): Promise<void> {
  await database.pool.query(
    `insert into scheduled_run (run_key, due_at, state, finished_at, outcome)
     values ($1, $2, 'skipped', clock_timestamp(), 'before the first start') on conflict (run_key) do nothing`,
    [run.runKey, run.dueAt],
  );
}

/** The files of which resets were asked for by a run (`schedule …`), oldest first, and whether the newest reset of each has ended. */
export async function resetsAskedForBy(
  database: Database,
  requestedBy: string,
): Promise<Map<string, "open" | "ended">> {
  const asked = await database.pool.query<{ file: string; open: boolean }>(
    `select file, bool_or(finished_at is null) as open from reset
      where requested_by = $1 group by file order by min(created_at)`,
    [requestedBy],
  );
  return new Map(asked.rows.map(({ file, open }) => [file, open ? "open" : "ended"]));
}

/** Ends a claimed run, with what it found in words. */
export async function finishRun(database: Database, runKey: string, outcome: string): Promise<void> {
  await database.pool.query(
    `update scheduled_run set state = 'done', finished_at = clock_timestamp(), outcome = $2
      where run_key = $1 and state = 'claimed'`,
    [runKey, outcome],
  );
}

/** Claimed runs that have not ended after so long: their job may be gone, so they are asked for again. */
export async function silentRuns(database: Database, silentMs: number): Promise<string[]> {
  const silent = await database.pool.query<{ run_key: string }>(
    `update scheduled_run set touched_at = clock_timestamp()
      where state = 'claimed' and touched_at < clock_timestamp() - make_interval(secs => $1 / 1000.0)
      returning run_key`,
    [silentMs],
  );
  return silent.rows.map((row) => row.run_key);
}

/** Says whether a run is claimed and not yet ended. */
export async function isRunOpen(database: Database, runKey: string): Promise<boolean> {
  return (await database.prisma.scheduledRun.count({ where: { runKey, state: "claimed" } })) > 0;
}
