// Before the worker is at work: servers that are away, or not made ready yet, are waited for, however long that takes, because a process that ends
// instead has to be started again by somebody, at the very time when much else is wrong.
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "@inventory-sync/runtime";

const AGAIN_MS = 1_000;

/**
 * Resolves with what `attempt` gives once the server is there; says that it waits, and again when the reason is another. Throws
 * an error that is no absence, and the reason of `stopping` when that comes first.
 */
export async function untilReached<Result>(
  attempt: () => Promise<Result>,
  {
    what,
    whyAway,
    log,
    stopping,
  }: {
    readonly what: string;
    /** Why the server cannot be used yet, in words; undefined for an error that waiting does not mend. */
    readonly whyAway: (error: unknown) => string | undefined;
    readonly log: Logger;
    readonly stopping: AbortSignal;
  },
): Promise<Result> {
  let waitsFor = "";
  for (;;) {
    try {
      const result = await orStopped(attempt(), stopping);
      if (waitsFor !== "") log.info(`${what} can be used; going on`);
      return result;
    } catch (error) {
      const reason = stopping.aborted ? undefined : whyAway(error);
      if (reason === undefined) throw error;
      if (reason !== waitsFor) log.warn({ err: error }, `${reason}; waiting until that has changed`);
      waitsFor = reason;
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
