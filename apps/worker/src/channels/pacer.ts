// Flow 3, step 1: how often the levels that changed are given their numbers.
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
  let timer: NodeJS.Timeout | undefined;
  let isRunning = false;
  let isWanted = false;
  let isStopped = false;
  let notBefore = 0;
  const plan = (): void => {
    if (isRunning || isStopped || timer !== undefined) return;
    timer = setTimeout(() => void runOnce(), Math.max(0, notBefore - performance.now()));
  };
  const runOnce = async (): Promise<void> => {
    timer = undefined;
    isRunning = true;
    isWanted = false;
    const startedAt = performance.now();
    try {
      isWanted = (await work()) || isWanted;
    } catch (error) {
      // The round that comes every few seconds does it again.
      log.debug({ err: error }, "channels could not be woken");
    }
    const tookMs = performance.now() - startedAt;
    notBefore = performance.now() + Math.max(PAUSE_MS_MIN, tookMs * (spare.isWanted() ? SHARE_OF_TIME - 1 : 1));
    isRunning = false;
    if (isWanted) plan();
  };
  return {
    wake: () => {
      isWanted = true;
      plan();
    },
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
