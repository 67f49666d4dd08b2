// Back-pressure: whether ingest may go on accepting. Looked up in the background, so that no request pays for it.

import type { QueueConnection } from "./connection.ts";
import { within } from "./deadline.ts";
import type { QueueLog } from "./log.ts";
import { isConnectionError, messageOf } from "./outage.ts";

export interface PressureLimits {
  /** Events that wait or are delayed, past which nothing more is accepted. */
  waitingMax: number;
  /** Share of Redis's maxmemory, past which nothing more is accepted: at the limit even workers cannot go on. */
  memoryShareMax: number;
  sampleIntervalMs: number;
}

export interface Pressure {
  /** Why nothing is accepted now, in words. */
  reason(): string | undefined;
  stop(): void;
}

const sampleDeadlineMs = 2_000;
/** A sample may take this share of the time at most: counting a long queue on PostgreSQL is not free. */
const pausePerSample = 20;

/** Starts sampling. A sample that fails changes nothing: a server that is away is noticed by the add itself. */
export function watchPressure(connection: QueueConnection, limits: PressureLimits, log: QueueLog): Pressure {
  let reason: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const sample = async (): Promise<void> => {
    const startedAt = performance.now();
    if (connection.outage.state() === "up") {
      try {
        const load = await within(sampleDeadlineMs, "queue load", connection.store.load(limits.waitingMax));
        reason = pressureOf(load, limits);
      } catch (error) {
        if (!isConnectionError(error))
          log.warn({ reason: messageOf(error) }, "the load of the queue could not be read");
      }
    }
    const tookMs = performance.now() - startedAt;
    if (!stopped)
      timer = setTimeout(() => void sample(), Math.max(limits.sampleIntervalMs, tookMs * pausePerSample)).unref();
  };

  void connection.outage.whenUp().then(() => (stopped ? undefined : sample()));
  return {
    reason: () => reason,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

function pressureOf(load: { waiting: number; memoryShare: number }, limits: PressureLimits): string | undefined {
  if (load.waiting > limits.waitingMax) return `more than ${limits.waitingMax} jobs are waiting`;
  if (load.memoryShare <= limits.memoryShareMax) return undefined;
  return `Redis has used ${Math.round(load.memoryShare * 100)} % of its maxmemory`;
}
