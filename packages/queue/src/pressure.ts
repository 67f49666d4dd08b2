// Back-pressure: whether ingest may go on accepting. Looked up in the background, so that no request pays for it.

import { setTimeout as sleep } from "node:timers/promises";
import { DeadlinePassed, withinMs } from "@inventory-sync/runtime";
import type { Load, QueueConnection, QueueLog } from "./connection.ts";
import { isUnreachable, messageOf } from "./errors.ts";

export const pressureLimits = {
  /** Events that wait or are delayed in one shard of the queue, past which that shard takes nothing more. */
  waitingMax: 1_000_000,
  /** Share of its Redis's maxmemory, past which a shard takes nothing more: at the limit even workers cannot go on. */
  memoryShareMax: 0.8,
  sampleIntervalMs: 1_000,
};

const sampleDeadlineMs = 2_000;
/** A sample may take this share of the time at most: counting a long queue on PostgreSQL is not free. */
const pausePerSample = 20;

/**
 * Starts sampling; `reason` says in words why a shard of the queue takes nothing now. A sample that fails changes nothing: a server that is
 * away, or does not answer, is noticed by the add itself.
 */
export function watchPressure({ outage, store }: QueueConnection, limits: typeof pressureLimits, log: QueueLog) {
  const { waitingMax, memoryShareMax, sampleIntervalMs } = limits;
  const reasons = new Map<number, string | undefined>();
  const stopping = new AbortController();
  const { signal } = stopping;

  const reasonOf = ({ waiting, memoryShare }: Load): string | undefined => {
    if (waiting > waitingMax) return `more than ${waitingMax} jobs are waiting`;
    if (memoryShare <= memoryShareMax) return undefined;
    return `Redis has used ${Math.round(memoryShare * 100)} % of its maxmemory`;
  };
  const read = async (): Promise<void> => {
    const loads = await withinMs(sampleDeadlineMs, store.loads(waitingMax));
    for (const [shard, load] of loads) reasons.set(shard, reasonOf(load));
  };
  const sample = async (): Promise<void> => {
    while (!signal.aborted) {
      const startedAt = performance.now();
      try {
        if (outage.isUp()) await read();
      } catch (error) {
        if (!isUnreachable(error) && !(error instanceof DeadlinePassed))
          log.warn({ reason: messageOf(error) }, "the load of the queue could not be read");
      }
      const pauseMs = Math.max(sampleIntervalMs, (performance.now() - startedAt) * pausePerSample);
      await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  };

  void outage.whenUp().then(sample);
  return {
    reason: (shard: number): string | undefined => reasons.get(shard),
    stop: (): void => stopping.abort(),
  };
}
