// Back-pressure: whether ingest may go on accepting. Looked up in the background, so that no request pays for it.

import { DeadlinePassed, withinMs } from "@inventory-sync/runtime";
import type { QueueConnection } from "./connection.ts";
import { isUnreachable, messageOf } from "./errors.ts";
import type { QueueLog } from "./outage.ts";

export const pressureLimits = {
  /** Events that wait or are delayed, past which nothing more is accepted. */
  waitingMax: 1_000_000,
  /** Share of Redis's maxmemory, past which nothing more is accepted: at the limit even workers cannot go on. */
  memoryShareMax: 0.8,
  sampleIntervalMs: 1_000,
};

const sampleDeadlineMs = 2_000;
/** A sample may take this share of the time at most: counting a long queue on PostgreSQL is not free. */
const pausePerSample = 20;

/**
 * Starts sampling; `reason` says in words why nothing is accepted now. A sample that fails changes nothing: a server that is
 * away, or does not answer, is noticed by the add itself.
 */
export function watchPressure({ outage, store }: QueueConnection, limits: typeof pressureLimits, log: QueueLog) {
  const { waitingMax, memoryShareMax, sampleIntervalMs } = limits;
  let reason: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const read = async (): Promise<void> => {
    const { waiting, memoryShare } = await withinMs(sampleDeadlineMs, store.load(waitingMax));
    if (waiting > waitingMax) reason = `more than ${waitingMax} jobs are waiting`;
    else if (memoryShare <= memoryShareMax) reason = undefined;
    else reason = `Redis has used ${Math.round(memoryShare * 100)} % of its maxmemory`;
  };
  const sample = async (): Promise<void> => {
    if (stopped) return;
    const startedAt = performance.now();
    try {
      if (outage.isUp()) await read();
    } catch (error) {
      if (!isUnreachable(error) && !(error instanceof DeadlinePassed))
        log.warn({ reason: messageOf(error) }, "the load of the queue could not be read");
    }
    const pauseMs = Math.max(sampleIntervalMs, (performance.now() - startedAt) * pausePerSample);
    if (!stopped) timer = setTimeout(() => void sample(), pauseMs).unref();
  };

  void outage.whenUp().then(sample);
  return {
    reason: () => reason,
    stop(): void {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
