// A resend whose job stands failed must be looked at again: adding a job whose id exists does nothing and reports success.
// So the ids of accepted events are looked up afterwards, in the background and many at a time, and those that had failed
// before they were sent again are retried. A POS that resends after its product was created sees it applied.

import type { Queue } from "bullmq";
import type { QueueName } from "./catalog.ts";
import type { QueueConnection } from "./connection.ts";
import { within } from "./deadline.ts";
import type { QueueLog } from "./log.ts";
import { messageOf } from "./outage.ts";

const intervalMs = 200;
const lookupsPerTurnMax = 2_000;
/** Past this many ids nothing more is noted: under such a load the next resend will do. */
const notedMax = 20_000;
const lookupDeadlineMs = 5_000;
const retriesAtOnce = 20;

export interface Reviver {
  /** Notes ids that were just added; `sentAtMs` is from before the add. Never waits, never throws. */
  note(ids: readonly string[], sentAtMs: number): void;
  stop(): void;
}

/** Starts the background look-up over the queue of events. It sleeps while there is nothing to look up. */
export function createReviver(connection: QueueConnection, queue: Queue, log: QueueLog): Reviver {
  const noted = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const turn = async (): Promise<void> => {
    const some = [...noted].slice(0, lookupsPerTurnMax);
    for (const [id] of some) noted.delete(id);
    try {
      const revived = await within(
        lookupDeadlineMs,
        "looking for failed jobs",
        reviveFailed(connection, queue, new Map(some)),
      );
      if (revived.length > 0) {
        const examples = revived.slice(0, 5);
        log.info({ jobs: revived.length, examples }, "events were sent again whose jobs had failed: retried");
      }
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
    note(ids, sentAtMs) {
      if (noted.size + ids.length > notedMax) return;
      for (const id of ids) noted.set(id, sentAtMs);
      schedule();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** Retries those of the ids whose jobs failed before the time noted for them. Returns the ids retried. */
export async function reviveFailed(
  connection: QueueConnection,
  queue: Queue,
  sent: ReadonlyMap<string, number>,
): Promise<string[]> {
  const name = queue.name as QueueName;
  if (sent.size === 0 || (await connection.store.failedCount(name)) === 0) return [];
  const failed = await connection.store.failedAmong(name, [...sent.keys()]);
  const stale = [...failed].filter(([id, failedAtMs]) => failedAtMs < (sent.get(id) ?? 0)).map(([id]) => id);
  return retryJobs(queue, stale);
}

/** Retries failed jobs with fresh attempts; one that is not failed any more is left alone. Returns the ids retried. */
export async function retryJobs(queue: Queue, ids: readonly string[]): Promise<string[]> {
  const retried: string[] = [];
  for (let index = 0; index < ids.length; index += retriesAtOnce) {
    const turn = ids.slice(index, index + retriesAtOnce).map(async (id) => {
      const job = await queue.getJob(id);
      if (job === undefined) return;
      try {
        await job.retry("failed", { resetAttemptsMade: true, resetAttemptsStarted: true });
        retried.push(id);
      } catch (error) {
        if (await job.isFailed()) throw error;
      }
    });
    await Promise.all(turn);
  }
  return retried;
}
