// Reset flow, step 5 of 7: one child job for each facility that is still to be done. The parent sleeps until all have
// ended and then looks at the database, which alone knows what became of them.
import { type ResetRow, recordFannedOut, restartReset } from "@inventory-sync/db";
import { done, type Fate, type JobContext } from "@inventory-sync/queue";
import type { ResetParts } from "./parts.ts";

/**
 * Adds the children of this generation, for which the job then waits; or, when they have been added before and facilities
 * are still open (a child was lost with its worker), restarts the reset and leaves the rest to the next generation.
 */
export async function fanOut(
  { database, queues }: ResetParts,
  {
    reset,
    facilityIds,
    job,
  }: { readonly reset: ResetRow; readonly facilityIds: readonly string[]; readonly job: JobContext<"resets"> },
): Promise<Fate> {
  if (await recordFannedOut(database, reset)) {
    await queues.addFacilityResets({
      resetJobId: job.jobId,
      resetId: reset.id,
      generation: reset.generation,
      facilityIds,
    });
    job.log(`${facilityIds.length} facilities to reset`);
    return { fate: "waits-for-children" };
  }
  const generation = await restartReset(database.pool, reset, { restage: false });
  if (generation === undefined) return done({ outcome: "ended meanwhile" });
  await queues.addReset({ resetId: reset.id, generation, label: reset.file });
  return done({ outcome: `${facilityIds.length} facilities were left over; restarted as generation ${generation}` });
}
