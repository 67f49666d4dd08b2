// Upkeep: adds what this worker counted to the history of minutes that the board plots, with how the queue stands.
import { recordActivity, recordClocks } from "@inventory-sync/db";
import { withinMs } from "@inventory-sync/runtime";
import type { Activity } from "../activity.ts";
import type { ResetParts } from "../resets/parts.ts";

export type ActivityParts = Pick<ResetParts, "database" | "queues" | "log"> & { readonly activity: Activity };

/** Every worker asks, and asking costs the queue's server something when millions of jobs are on it. */
const ASK_EVERY_MS = 15_000;
const ASK_MS_MAX = 5_000;

/** Makes the round of one worker, which remembers when it last asked the queue. */
export function activityRound(parts: ActivityParts): () => Promise<void> {
  let askedAt = Number.NEGATIVE_INFINITY;
  return async function keepActivity(): Promise<void> {
    if (performance.now() - askedAt >= ASK_EVERY_MS) {
      askedAt = performance.now();
      await noteDepth(parts);
      await recordClocks(parts.database, parts.activity.clocks.take());
    }
    await writeActivity(parts);
  };
}

/** Writes what was counted. What cannot be written is kept for the next time. */
export async function writeActivity(parts: Pick<ActivityParts, "database" | "activity">): Promise<void> {
  const { database, activity } = parts;
  const minutes = activity.take();
  try {
    for (let next = minutes[0]; next !== undefined; next = minutes[0]) {
      await recordActivity(database, next);
      minutes.shift();
    }
  } catch (error) {
    activity.giveBack(minutes);
    throw error;
  }
}

async function noteDepth({ queues, activity, log }: ActivityParts): Promise<void> {
  try {
    const counts = await withinMs(ASK_MS_MAX, queues.counts());
    const { waiting, delayed } = counts.events;
    activity.note({
      waiting,
      deferred: delayed,
      failed: Object.values(counts).reduce((sum, { failed }) => sum + failed, 0),
    });
  } catch (error) {
    log.debug({ err: error }, "how the queue stands could not be asked; the history has a gap");
  }
}

/** Writes all that is still in memory, when the worker ends: the counts, and how late the events of the last seconds came. */
export async function writeLast(parts: Pick<ActivityParts, "database" | "activity">): Promise<void> {
  await recordClocks(parts.database, parts.activity.clocks.take());
  await writeActivity(parts);
}
