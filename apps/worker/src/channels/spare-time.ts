// Flow 3 beside flows 1 and 2: telling a level costs about as much as applying a sale, and there are as many channels as there are. So where
// sales wait for each other, or a store is being reset, channels take a small share of the time; what changes meanwhile is told once. And step 1: how
// often the levels that changed are given their numbers.
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@inventory-sync/runtime";

/** So long after the last sign of it, other work waits no more. */
const GIVE_WAY_MS = 500;
/** However long its last round took: a shop is never told nothing for longer. */
const PAUSE_MS_MAX = 5_000;

/** What the channels of one worker share. */
export type SpareTime = ReturnType<typeof createSpareTime>;

/** Nothing else waits at first. */
export function createSpareTime() {
  let until = Number.NEGATIVE_INFINITY;
  return {
    /** Other work of this process waits: channels give way for a moment. */
    giveWay: (): void => {
      until = performance.now() + GIVE_WAY_MS;
    },
    /**
     * Resolves when what has just worked for so long may go on: at once where nothing else waits.
     * @param of `share`: of its time it works one part in so many where other work waits
     */
    after: async (workedMs: number, of: { readonly share: number; readonly stopping: AbortSignal }): Promise<void> => {
      const { share, stopping: signal } = of;
      const end = performance.now() + Math.min(PAUSE_MS_MAX, workedMs * (share - 1));
      const leftMs = () => Math.min(until, end) - performance.now();
      // Looked at again: the others may be through before the pause is over, or still be there.
      for (let ms = leftMs(); ms > 0 && !signal.aborted; ms = leftMs())
        await delay(Math.ceil(ms), undefined, { signal }).catch(() => undefined);
    },
  };
}

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
