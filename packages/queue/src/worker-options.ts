// The options every worker runs with, on either server.

import { backoffMs, workerLimits } from "./catalog.ts";

/** After a lost connection a worker asks again this soon: within its lock, so that finished work is not done twice. */
const retryConnectionMs = 1_000;

/** BullMQ's worker options; one set for all workers, because the slowest stalled-check of a queue wins. */
export function workerOptions(concurrency: number) {
  return {
    concurrency,
    lockDuration: workerLimits.lockDurationMs,
    stalledInterval: workerLimits.stalledIntervalMs,
    maxStalledCount: workerLimits.maxStalledCount,
    runRetryDelay: retryConnectionMs,
    settings: { backoffStrategy: (attemptsMade: number) => backoffMs(attemptsMade) },
  };
}
