// Upkeep: what every worker does beside its jobs, every few seconds: the work, the alarms, telling them, the history of what
// was done, and what ingest refused. Each has rounds of its own, so that a server that does not answer one of them keeps none of the others waiting.
import { hasNoRoom, isOutage, lookAtNames } from "@inventory-sync/db";
import type { Channels } from "../channels/channels.ts";
import { lookAgain } from "../resets/changed-file.ts";
import type { ResetParts } from "../resets/parts.ts";
import { type ActivityParts, activityRound } from "./activity.ts";
import type { AlarmParts } from "./alarm-watches.ts";
import { alarmRound } from "./alarms.ts";
import { keepSchedule, sweepEvents, watchResets } from "./catch-up.ts";
import { postAlarms } from "./post-alarms.ts";
import { requestRound } from "./requests.ts";

const UPKEEP_MS = 5_000;

type Task = (parts: ResetParts) => Promise<void>;

/** Starts the rounds; `stop` ends them and waits for those under way. */
export function startUpkeep(
  parts: ResetParts & ActivityParts & Pick<AlarmParts, "replica">,
  channels: Pick<Channels, "round">,
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const keepAlarms = alarmRound(parts, stopping.signal);
  const tellAlarms = () => postAlarms(parts, stopping.signal);
  const work = [keepSchedule, watchResets, sweepEvents];
  const rounds = [
    work,
    [lookAgain],
    [keepAlarms],
    [tellAlarms],
    [activityRound(parts)],
    [requestRound(parts)],
    [watchNames],
    [channels.round],
  ].map((tasks) => startRounds(parts, tasks));
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
      // Of an outage the log has a line when it begins and one when it is over; of a full disk it has none but this.
      const level = isOutage(error) && !hasNoRoom(error) ? "debug" : "warn";
      parts.log[level]({ err: error }, `upkeep: ${task.name} could not be done; it is tried again in a few seconds`);
    }
  }
}

/**
 * Looks for stores and products that sell under one name and are counted under another, when it is time: one worker for all. The alarm names-apart
 * follows from what was found.
 */
export async function watchNames({ database, log }: Pick<ResetParts, "database" | "log">): Promise<void> {
  const found = await lookAtNames(database);
  if (found !== undefined) log.debug({ pairs: found }, "looked for names that do not meet");
}
