// Before the worker is at work: servers that are away are waited for, however long that takes, because a process that ends
// instead has to be started again by somebody, at the very time when much else is wrong.
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "@inventory-sync/runtime";

const AGAIN_MS = 1_000;

/**
 * Resolves with what `attempt` gives once the server is there; says once that it waits. Throws an error that is no
 * absence, and the reason of `stopping` when that comes first.
 */
export async function untilReached<Result>(
  attempt: () => Promise<Result>,
  {
    what,
    isAway,
    log,
    stopping,
  }: {
    readonly what: string;
    readonly isAway: (error: unknown) => boolean;
    readonly log: Logger;
    readonly stopping: AbortSignal;
  },
): Promise<Result> {
  let waiting = false;
  for (;;) {
    try {
      const result = await orStopped(attempt(), stopping);
      if (waiting) log.info(`${what} is there; going on`);
      return result;
    } catch (error) {
      if (stopping.aborted || !isAway(error)) throw error;
      if (!waiting) log.warn({ err: error }, `${what} cannot be reached; waiting until it can`);
      waiting = true;
      await sleep(AGAIN_MS, undefined, { signal: stopping });
    }
  }
}

/** The promise's outcome, or the reason of `stopping` as soon as that is aborted. */
export async function orStopped<Result>(promise: Promise<Result>, stopping: AbortSignal): Promise<Result> {
  stopping.throwIfAborted();
  let onAbort: () => void = () => undefined;
  const stopped = new Promise<never>((_, reject) => {
    onAbort = () => reject(stopping.reason);
    stopping.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, stopped]);
  } finally {
    stopping.removeEventListener("abort", onAbort);
  }
}
