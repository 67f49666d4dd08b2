// A resend whose job stands failed must be looked at again: adding a job whose id exists does nothing and reports success.
// So the ids of accepted events are looked up afterwards, in the background and many at a time, and those that had failed
// before they were sent again are retried. A POS that resends after its product was created sees it applied.

import { inParts } from "@inventory-sync/domain";
import { withinMs } from "@inventory-sync/runtime";
import type { Queue } from "bullmq";
import type { QueueConnection, QueueLog } from "./connection.ts";
import { messageOf } from "./errors.ts";
import { partOf } from "./shards.ts";

const intervalMs = 200;
const lookupsPerTurnMax = 2_000;
/** Past this many ids nothing more is noted: under such a load the next resend will do. */
const notedMax = 20_000;
const lookupDeadlineMs = 5_000;
const retriesAtOnce = 20;

/** Starts the background look-up over a shard of the queue of events. It sleeps while there is nothing to look up. */
export function createReviver(connection: QueueConnection, queue: Queue, log: QueueLog) {
  const noted = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const turn = async (): Promise<void> => {
    const some = new Map([...noted].slice(0, lookupsPerTurnMax));
    for (const id of some.keys()) noted.delete(id);
    try {
      const revived = await withinMs(lookupDeadlineMs, reviveFailed(connection, queue, some));
      const examples = revived.slice(0, 5);
      if (revived.length > 0)
        log.info({ jobs: revived.length, examples }, "events were sent again whose jobs had failed: retried");
    } catch (error) {
      log.debug({ reason: messageOf(error) }, "could not look for failed jobs of resent events");
    }
    timer = undefined;
    if (noted.size > 0) schedule();
  };
  const schedule = (): void => {
    if (!stopped) timer ??= setTimeout(() => void turn(), intervalMs).unref();
  };

  return {
    /** Notes ids that were just added; `sentAtMs` is from before the add. Never waits, never throws. */
    note(ids: readonly string[], sentAtMs: number): void {
      if (noted.size + ids.length > notedMax) return;
      for (const id of ids) noted.set(id, sentAtMs);
      schedule();
    },
    stop(): void {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** Retries those of the ids whose jobs failed before the time noted for them. Returns the ids retried. */
export async function reviveFailed(
  { store }: QueueConnection,
  queue: Queue,
  sent: ReadonlyMap<string, number>,
): Promise<string[]> {
  const { queue: name, shard } = partOf(queue.name);
  if (sent.size === 0 || (await store.failedCount(name, shard)) === 0) return [];
  const failed = await store.failedAmong(name, shard, [...sent.keys()]);
  const stale = [...failed].filter(([id, failedAtMs]) => failedAtMs < (sent.get(id) ?? 0)).map(([id]) => id);
  return (await retryJobs(queue, stale)).map(({ id }) => id);
}

/** A job that was retried, and how it had failed. */
export interface RetriedJob {
  readonly id: string;
  readonly reason: string;
}

/** Retries failed jobs with fresh attempts; one that is not failed any more is left alone. Returns those retried. */
export async function retryJobs(queue: Queue, ids: readonly string[]): Promise<RetriedJob[]> {
  const retried: RetriedJob[] = [];
  for (const some of inParts(ids, retriesAtOnce)) {
    const turn = some.map(async (id) => {
      const job = await queue.getJob(id);
      if (job === undefined) return;
      const reason = job.failedReason ?? "";
      try {
        await job.retry("failed", { resetAttemptsMade: true, resetAttemptsStarted: true });
        retried.push({ id, reason });
      } catch (error) {
        if (await job.isFailed()) throw error;
      }
    });
    await Promise.all(turn);
  }
  return retried;
}
