// Upkeep: what every worker does beside its jobs, every few seconds.
import type { ResetParts } from "../resets/parts.ts";
import { keepSchedule } from "./schedule.ts";
import { sweepEvents } from "./sweep.ts";
import { watchResets } from "./watchdog.ts";

const UPKEEP_MS = 5_000;

/** Starts the rounds; `stop` ends them and waits for the one under way. */
export function startUpkeep(parts: ResetParts): { stop(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined;
  let round = Promise.resolve();
  let stopped = false;
  const next = () => {
    round = runRound(parts).finally(() => {
      // Jitter keeps several workers from asking in step.
      if (!stopped) timer = setTimeout(next, UPKEEP_MS * (0.75 + Math.random() / 2));
    });
  };
  next();
  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await round;
    },
  };
}

async function runRound(parts: ResetParts): Promise<void> {
  for (const task of [keepSchedule, watchResets, sweepEvents]) {
    try {
      await task(parts);
    } catch (error) {
      parts.log.warn({ err: error }, `upkeep: ${task.name} could not be done; it is tried again in a few seconds`);
    }
  }
}
