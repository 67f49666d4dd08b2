// Upkeep: drives on the resets that a dead worker or a lost queue left behind. The row in the database is the truth; a job
// that is gone is simply made again.
import { restartReset, silentResets } from "@inventory-sync/db";
import type { ResetParts } from "../resets/parts.ts";

/** Longer than the longest delay between two attempts of a job, so that a reset that is being retried is left alone. */
const SILENT_RESET_MS = 90_000;

/** A reset is silent for so long between its steps at most; if it has no job by then, the queue has none of it. */
const MISSING_JOB_MS = 10_000;

/** Makes again the jobs that the queue lost, and gives every reset that has been silent for long a new generation and job. */
export async function watchResets({
  database,
  queues,
  log,
}: Pick<ResetParts, "database" | "queues" | "log">): Promise<void> {
  for (const { id, file, generation } of await silentResets(database, MISSING_JOB_MS)) {
    if (await queues.ensureReset({ resetId: id, generation, label: file }))
      log.warn({ resetId: id, file, generation }, `the queue has no job for the reset of ${file}; made again`);
  }
  for (const reset of await silentResets(database, SILENT_RESET_MS)) {
    const generation = await restartReset(database.pool, reset, { restage: false });
    if (generation === undefined) continue;
    log.warn({ resetId: reset.id, file: reset.file, generation }, `reset of ${reset.file} was silent; driving it on`);
    await queues.addReset({ resetId: reset.id, generation, label: reset.file });
  }
}
