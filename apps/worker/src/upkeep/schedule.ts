// Upkeep: wakes the daily run. The database decides that each date and time runs once; every worker may ask as often as
// it likes, and its own clock is never asked.
import { beginSchedule, claimRuns, databaseNow, newestRunDueAt, silentRuns } from "@inventory-sync/db";
import { dueTimes, lastDueTime } from "@inventory-sync/domain";
import type { ResetParts } from "../resets/parts.ts";

/** A claimed run whose job has not ended after so long is asked for again. */
const SILENT_RUN_MS = 90_000;

/** Claims what is due and queues it. Runs that were missed while nothing was running are caught up by one. */
export async function keepSchedule({
  database,
  queues,
  schedule,
  log,
}: Pick<ResetParts, "database" | "queues" | "schedule" | "log">): Promise<void> {
  const now = await databaseNow(database);
  const newest = await newestRunDueAt(database);
  if (newest === undefined) {
    const last = lastDueTime(schedule, now);
    if (last) await beginSchedule(database, last);
    return;
  }
  const due = dueTimes(schedule, { after: newest, until: now });
  const claimed = await claimRuns(database, due);
  for (const { runKey } of claimed) {
    log.info({ runKey, missed: due.length - claimed.length }, `daily run ${runKey} is due`);
    await queues.addResetRun(runKey);
  }
  for (const runKey of await silentRuns(database, SILENT_RUN_MS)) {
    log.warn({ runKey }, `daily run ${runKey} has not ended; asking for it again`);
    await queues.addResetRun(runKey);
  }
}
