// The run ledger: that a daily run happens exactly once is decided here, by a unique key and the database's own clock.
import type { Database } from "../database.ts";
import { columns, first, only, run } from "../statements.ts";

export interface DueRun {
  /** Local date, time and zone, e.g. "2026-11-23T04:00[America/New_York]"; of another source than the default one, its name follows. */
  readonly runKey: string;
  readonly dueAt: Date;
}

/** The database's clock: a worker's may be wrong. */
export async function databaseNow(database: Database): Promise<Date> {
  return (await only<{ now: Date }>(database.pool, "database_now")).now;
}

/** When the newest run of a source on record was due, or undefined on a database that has seen none. */
export async function newestRunDueAt(database: Database, source = "default"): Promise<Date | undefined> {
  return (await first<{ dueAt: Date }>(database.pool, "newest_run", [source]))?.dueAt;
}

/**
 * Puts runs on record and returns those of the newest due time that this caller has claimed. The ones before them are
 * skipped: one catches up for all that were missed. Two can share a due time, where a clock change skips 02:00 and 03:00
 * is on the schedule too; neither is missed then, so both run.
 * @param runs of the source that are due by now, oldest first
 */
export async function claimRuns(database: Database, runs: readonly DueRun[], source = "default"): Promise<DueRun[]> {
  const last = runs.at(-1);
  if (!last) return [];
  const values = [...columns(runs, "runKey", "dueAt"), last.dueAt, last.runKey, source];
  const claimed = await run<{ runKey: string }>(database.pool, "claim_runs", values);
  const mine = new Set(claimed.map(({ runKey }) => runKey));
  return runs.filter(({ dueAt, runKey }) => dueAt.getTime() === last.dueAt.getTime() && mine.has(runKey));
}

/** On a database that has seen no run of a source, the newest past date and time is noted as not ours: the schedule begins after it. */
export async function beginSchedule(database: Database, { runKey, dueAt }: DueRun, source = "default"): Promise<void> {
  await run(database.pool, "begin_schedule", [runKey, dueAt, source]);
}

/** The files of which resets were asked for by a run (`schedule …`), oldest first, and whether the newest reset of each has ended. */
export async function resetsAskedForBy(
  database: Database,
  requestedBy: string,
): Promise<Map<string, "open" | "ended">> {
  const asked = await run<{ file: string; isOpen: boolean }>(database.pool, "list_asked_files", [requestedBy]);
  return new Map(asked.map(({ file, isOpen }) => [file, isOpen ? "open" : "ended"]));
}

/** Ends a claimed run, with what it found in words. */
export async function finishRun(database: Database, runKey: string, outcome: string): Promise<void> {
  await run(database.pool, "finish_run", [runKey, outcome]);
}

/** Claimed runs that have not ended after so long: their job may be gone, so they are asked for again. */
export async function silentRuns(database: Database, silentMs: number): Promise<string[]> {
  const silent = await run<{ runKey: string }>(database.pool, "silent_runs", [silentMs]);
  return silent.map(({ runKey }) => runKey);
}

/** The source of a run that is claimed and not yet ended; undefined when it is not. */
export async function sourceOfOpenRun(database: Database, runKey: string): Promise<string | undefined> {
  const select = { state: true, source: true };
  const found = await database.prisma.scheduledRun.findUnique({ where: { runKey }, select });
  return found?.state === "claimed" ? found.source : undefined;
}
