// Upkeep: what every worker does beside its jobs, every few seconds: the work, the alarms, telling them, and the history of
// what was done. Each has rounds of its own, so that a server that does not answer one of them keeps none of the others waiting.
import type { ResetParts } from "../resets/parts.ts";
import { type ActivityParts, activityRound } from "./activity.ts";
import { alarmRound } from "./alarms.ts";
import { postAlarms } from "./post-alarms.ts";
import { keepSchedule } from "./schedule.ts";
import { sweepEvents } from "./sweep.ts";
import { watchResets } from "./watchdog.ts";

const UPKEEP_MS = 5_000;

type Task = (parts: ResetParts) => Promise<void>;

/** Starts the rounds; `stop` ends them and waits for those under way. */
export function startUpkeep(parts: ResetParts & ActivityParts): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const keepAlarms = alarmRound(parts, stopping.signal);
  const tellAlarms = () => postAlarms(parts, stopping.signal);
  const rounds = [[keepSchedule, watchResets, sweepEvents], [keepAlarms], [tellAlarms], [activityRound(parts)]].map(
    (tasks) => startRounds(parts, tasks),
  );
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(rounds.map((each) => each.stop()));
    },
  };
}

function startRounds(parts: ResetParts, tasks: readonly Task[]): { stop(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined;
  let round = Promise.resolve();
  let stopped = false;
  const next = () => {
    round = runRound(parts, tasks).finally(() => {
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

async function runRound(parts: ResetParts, tasks: readonly Task[]): Promise<void> {
  for (const task of tasks) {
    try {
      await task(parts);
    } catch (error) {
      parts.log.warn({ err: error }, `upkeep: ${task.name} could not be done; it is tried again in a few seconds`);
    }
  }
}
