// Upkeep: alarms. Every round looks at what is the case and makes the alarms on record agree with it: nothing is raised from
// inside the flows, so nothing is missed when a worker dies in the middle of one.
import { countRinging, forgetAlarms, isOutage, judgeAlarms } from "@inventory-sync/db";
import type { Alarm } from "@inventory-sync/domain";
import { untilAborted, withinMs } from "@inventory-sync/runtime";
import { watchChannels } from "../channels/watch-channels.ts";
import {
  type AlarmParts,
  type Watch,
  watchClocks,
  watchDeadline,
  watchFailedJobs,
  watchFailedResets,
  watchHeld,
  watchMissing,
  watchNamesApart,
  watchNotPutAway,
  watchRefused,
  watchSilent,
} from "./alarm-watches.ts";
import { watchReadReplica, watchReplicas } from "./watch-replicas.ts";

const MINUTE_MS = 60_000;
/** The ones that cost little look in every round. */
const watches: readonly { readonly watch: Watch; readonly everyMs: number }[] = [
  { watch: watchDeadline, everyMs: 0 },
  { watch: watchHeld, everyMs: 0 },
  { watch: watchReplicas, everyMs: 0 },
  { watch: watchReadReplica, everyMs: 0 },
  { watch: watchFailedResets, everyMs: 0 },
  { watch: watchNamesApart, everyMs: 0 },
  { watch: watchNotPutAway, everyMs: 0 },
  { watch: watchMissing, everyMs: MINUTE_MS },
  { watch: watchSilent, everyMs: MINUTE_MS },
  { watch: watchRefused, everyMs: MINUTE_MS },
  { watch: watchClocks, everyMs: MINUTE_MS },
  { watch: watchChannels, everyMs: MINUTE_MS },
  { watch: watchFailedJobs, everyMs: MINUTE_MS },
];

/** No other worker can look meanwhile, so a server that does not answer must not be waited for. */
const LOOK_MS_MAX = 20_000;
const REMEMBERED_DAYS = 90;

/** Makes the round of one worker, which remembers when each watch last looked. @param stopping ends a look under way */
export function alarmRound(parts: AlarmParts, stopping: AbortSignal): () => Promise<void> {
  const lookedAt = new Map<Watch, number>();
  return async function keepAlarms(): Promise<void> {
    for (const { watch, everyMs } of watches) {
      const startedAt = performance.now();
      if (startedAt - (lookedAt.get(watch) ?? Number.NEGATIVE_INFINITY) < everyMs) continue;
      try {
        if (await judge(parts, watch, stopping)) lookedAt.set(watch, startedAt);
      } catch (error) {
        if (stopping.aborted) return;
        if (isOutage(error)) throw error;
        parts.log.warn({ err: error, watch: watch.name }, "could not look for alarms; it is tried again soon");
      }
    }
    parts.metrics.showRinging(await countRinging(parts.database));
    await forgetAlarms(parts.database, REMEMBERED_DAYS);
  };
}

/** Returns false when another worker is looking. */
async function judge(parts: AlarmParts, watch: Watch, stopping: AbortSignal): Promise<boolean> {
  const changes = await judgeAlarms(parts.database, (now) =>
    withinMs(LOOK_MS_MAX, untilAborted(stopping, watch(parts, now))),
  );
  for (const alarm of changes ?? []) logChange(parts, alarm);
  return changes !== undefined;
}

function logChange({ log }: AlarmParts, { kind, key, message, since, clearedAt, ...about }: Alarm): void {
  const fields = { alarm: kind, alarmKey: key, ...about, since };
  if (clearedAt === null) log.error({ ...fields, state: "ringing" }, message);
  else log.info({ ...fields, state: "cleared", clearedAt }, `all clear: ${key}`);
}
