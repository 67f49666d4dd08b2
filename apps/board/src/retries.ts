// Trying many failed jobs again: page by page and outside any request, so that neither a browser nor a proxy gives up on
// it halfway. What a stopped board had not got to is still failed: asking again goes on with it.
import { randomUUID } from "node:crypto";
import type { FailedFilter, Queues } from "@inventory-sync/queue";
import type { Logger } from "@inventory-sync/runtime";
import { Problem } from "./problem.ts";

/** Which failed jobs: all of a queue, a cause, a facility, or those listed. */
export type RetryFilter = FailedFilter & { readonly ids?: readonly string[] };

/** How far one retry is. */
export interface RetryRun {
  readonly retryId: string;
  readonly startedAt: string;
  readonly state: "running" | "done" | "failed" | "stopped";
  readonly looked: number;
  readonly retried: number;
  readonly error: string | null;
}

/** The retries of this process. */
export interface Retries {
  /** Begins one. `ended` resolves when it is over, however it ended. @throws Problem 409 while too many are running */
  start(filter: RetryFilter, onEnd?: (run: RetryRun) => Promise<void>): { now(): RetryRun; ended: Promise<void> };
  find(retryId: string): RetryRun | undefined;
  /** Stops all of them after the page that is under way. */
  stop(): Promise<void>;
}

const RUNNING_MAX = 4;
const KEPT_MAX = 100;

/** Keeps retries in memory: the queue itself says what is left to do. */
export function createRetries(queues: Queues, log: Logger): Retries {
  const runs = new Map<string, RetryRun>();
  const running = new Set<Promise<void>>();
  const stopping = new AbortController();
  const change = (retryId: string, changed: Partial<RetryRun>) => {
    const run = runs.get(retryId);
    if (run) runs.set(retryId, { ...run, ...changed });
  };
  const carryOut = async (retryId: string, filter: RetryFilter): Promise<void> => {
    try {
      const onProgress = ({ looked, retried }: { looked: number; retried: number }) =>
        change(retryId, { looked, retried });
      const { looked, retried } = await queues.retryFailed({ ...filter, onProgress, signal: stopping.signal });
      change(retryId, { looked, retried, state: stopping.signal.aborted ? "stopped" : "done" });
    } catch (error) {
      log.error({ err: error, retryId }, "failed jobs could not all be tried again");
      change(retryId, { state: "failed", error: error instanceof Error ? error.message : String(error) });
    }
  };
  return {
    start(filter, onEnd) {
      if (running.size >= RUNNING_MAX)
        throw new Problem("conflict", `${RUNNING_MAX} retries are running already. Ask again when one has ended.`);
      const retryId = randomUUID();
      const startedAt = new Date().toISOString();
      const begun: RetryRun = { retryId, startedAt, state: "running", looked: 0, retried: 0, error: null };
      runs.set(retryId, begun);
      const oldest = runs.keys().next().value;
      if (runs.size > KEPT_MAX && oldest !== undefined) runs.delete(oldest);
      const now = () => runs.get(retryId) ?? begun;
      const ended = carryOut(retryId, filter).then(() => onEnd?.(now()));
      running.add(ended);
      void ended.finally(() => running.delete(ended));
      return { now, ended };
    },
    find: (retryId) => runs.get(retryId),
    async stop() {
      stopping.abort();
      await Promise.allSettled(running);
    },
  };
}
