// Upkeep: drives on the resets that a dead worker or a lost queue left behind. The row in the database is the truth; a job
// that is gone is simply made again.
import { driveAnew, silentResets } from "@inventory-sync/db";
import type { ResetParts } from "../resets/parts.ts";

/** Longer than the longest delay between two attempts of a job, so that a reset that is being retried is left alone. */
const SILENT_RESET_MS = 90_000;

/** Gives every reset that has shown no sign of life a new generation and a new job. */
export async function watchResets({
  database,
  queues,
  log,
}: Pick<ResetParts, "database" | "queues" | "log">): Promise<void> {
  for (const reset of await silentResets(database, SILENT_RESET_MS)) {
    const generation = await driveAnew(database, reset, { restage: false });
    if (generation === undefined) continue;
    log.warn({ resetId: reset.id, file: reset.file, generation }, `reset of ${reset.file} was silent; driving it on`);
    await queues.addReset({ resetId: reset.id, generation, label: reset.file });
  }
}
