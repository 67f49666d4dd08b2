// Flow 3, step 1: how often the levels that changed are given their numbers.
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@inventory-sync/runtime";
import type { SpareTime } from "./spare-time.ts";

/** Of the time of one connection, numbering may take one part in so many where sales wait for each other: they go first. */
const SHARE_OF_TIME = 30;
const PAUSE_MS_MIN = 20;

/**
 * Runs `work` soon after a call, never twice at once: half of the time at most, and a small share of it where other work waits. `work` resolves
 * with whether there is more.
 */
export function createPacer(
  work: () => Promise<boolean>,
  { spare, log }: { readonly spare: SpareTime; readonly log: Logger },
): { wake(): void; stop(): void } {
  const stopping = new AbortController();
  const { signal } = stopping;
  let isRunning = false;
  let isWanted = false;
  const run = async (): Promise<void> => {
    isRunning = true;
    while (isWanted && !signal.aborted) {
      isWanted = false;
      const startedAt = performance.now();
      try {
        isWanted = (await work()) || isWanted;
      } catch (error) {
        // The round that comes every few seconds does it again.
        log.debug({ err: error }, "channels could not be woken");
      }
      const tookMs = performance.now() - startedAt;
      await delay(Math.max(PAUSE_MS_MIN, tookMs), undefined, { signal }).catch(() => undefined);
      await spare.after(tookMs, { share: SHARE_OF_TIME, stopping: signal });
    }
    isRunning = false;
  };
  return {
    wake: () => {
      isWanted = true;
      if (!isRunning) void run();
    },
    stop: () => stopping.abort(),
  };
}
