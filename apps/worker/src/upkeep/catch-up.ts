// Upkeep: queues what is due and what was lost. The database is the truth: it decides that each date and time of the schedule runs
// once, and what it has and the queue has not is queued again. So every worker may ask as often as it likes, nothing needs to be known
// of how something was lost, and a worker's own clock is never asked.
import {
  beginSchedule,
  claimRuns,
  databaseNow,
  newestRunDueAt,
  restartReset,
  silentResets,
  silentRuns,
  sweepAcceptedEvents,
} from "@inventory-sync/db";
import { type DueTime, dueTimes, grouped, lastDueTime, runKeyOf } from "@inventory-sync/domain";
import type { Source } from "@inventory-sync/sftp";
import type { ResetParts } from "../resets/parts.ts";

/** A claimed run whose job has not ended after so long is asked for again. */
const SILENT_RUN_MS = 90_000;

type ScheduleParts = Pick<ResetParts, "database" | "queues" | "sources" | "log">;

/** Claims what is due of each source and queues it. Runs that were missed while nothing was running are caught up by one. */
export async function keepSchedule(parts: ScheduleParts): Promise<void> {
  const { database, queues, sources, log } = parts;
  const now = await databaseNow(database);
  for (const source of sources.all()) await keepScheduleOf(parts, source, now);
  for (const runKey of await silentRuns(database, SILENT_RUN_MS)) {
    log.warn({ runKey }, `daily run ${runKey} has not ended; asking for it again`);
    await queues.addResetRun(runKey);
  }
}

async function keepScheduleOf(
  { database, queues, log }: ScheduleParts,
  { name, schedule }: Source,
  now: Date,
): Promise<void> {
  const named = (due: DueTime): DueTime => ({ ...due, runKey: runKeyOf(due.runKey, name) });
  const newest = await newestRunDueAt(database, name);
  if (newest === undefined) {
    const last = lastDueTime(schedule, now);
    if (last) await beginSchedule(database, named(last), name);
    return;
  }
  const due = dueTimes(schedule, { after: newest, until: now }).map(named);
  const claimed = await claimRuns(database, due, name);
  for (const { runKey } of claimed) {
    log.info({ runKey, source: name, missed: due.length - claimed.length }, `daily run ${runKey} is due`);
    await queues.addResetRun(runKey);
  }
}

/** Longer than the longest delay between two attempts of a job, so that a reset that is being retried is left alone. */
const SILENT_RESET_MS = 90_000;

/** A reset is silent for so long between its steps at most; if it has no job by then, the queue has none of it. */
const MISSING_JOB_MS = 10_000;

/** Makes again the jobs that the queue lost, and gives every reset that has been silent for long a new generation and job. */
export async function watchResets(parts: Pick<ResetParts, "database" | "queues" | "log">): Promise<void> {
  const { database, queues, log } = parts;
  for (const { id, file, generation } of await silentResets(database, MISSING_JOB_MS)) {
    if (await queues.ensureReset({ resetId: id, generation, label: file }))
      log.warn({ resetId: id, file, generation }, `the queue has no job for the reset of ${file}; made again`);
  }
  for (const reset of await silentResets(database, SILENT_RESET_MS)) {
    const generation = await restartReset(database.pool, reset, { restage: false });
    if (generation === undefined) continue;
    log.warn({ resetId: reset.id, file: reset.file, generation }, `reset of ${reset.file} was silent; it is restarted`);
    await queues.addReset({ resetId: reset.id, generation, label: reset.file });
  }
}

const SWEEP_EVENTS_MAX = 2_000;

/** Queues again the accepted events (ACCEPT_INTO=inbox) that are due and that the ledger does not have. */
export async function sweepEvents({ database, queues, config, log }: ResetParts): Promise<void> {
  const skipUnknownProducts = config.UNKNOWN_PRODUCT === "skip";
  for (;;) {
    const swept = await sweepAcceptedEvents(database, { limit: SWEEP_EVENTS_MAX, skipUnknownProducts });
    const { due, unsettled, unreadable } = swept;
    if (unreadable > 0) log.error({ events: unreadable }, "accepted events cannot be read; they stay in the inbox");
    for (const [client, own] of grouped(unsettled, (each) => each.client))
      await queues.addEventsSingly(
        own.map(({ event }) => event),
        client,
      );
    if (unsettled.length > 0) {
      log.warn(
        { events: unsettled.length },
        `${unsettled.length} accepted events were not in the ledger; they are queued again`,
      );
    }
    if (due < SWEEP_EVENTS_MAX) return;
  }
}
