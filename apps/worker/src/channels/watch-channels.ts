// What alarms look at of channels.
import { listChannels } from "@inventory-sync/db";
import { channelAlarms } from "@inventory-sync/domain";
import type { Watch } from "../upkeep/alarm-watches.ts";

/**
 * Alarms channel-failing, channel-behind, channel-drift and channel-problems: a target takes nothing, a change waits for CHANNEL_BEHIND_MINUTES (0
 * turns that one off), others change levels in the target, levels are set aside. Each is resolved when it is over; a channel that is switched off has none.
 */
export const watchChannels: Watch = async ({ database, config }, now) => {
  const channels = await listChannels(database.pool);
  const given = { now, timeZone: config.RESET_TIME_ZONE, behindMinutes: config.CHANNEL_BEHIND_MINUTES };
  const causes = channels
    .filter(({ mode }) => mode !== "off")
    .flatMap(({ name, lastError, pausedBy, pending, problems, mapError, ...at }) => {
      const times = {
        ...{ failingSince: timeOf(at.failingSince), disabledAt: timeOf(at.disabledAt), pausedAt: timeOf(at.pausedAt) },
        ...{ pendingSince: timeOf(at.pendingSince), problemsSince: timeOf(at.problemsSince) },
        ...{ mapFailingSince: timeOf(at.mapFailingSince), driftSince: timeOf(at.driftSince) },
      };
      const drift = { compared: at.comparedLevels, drifted: at.comparedCounts.theirsChanged ?? 0 };
      return channelAlarms({ name, lastError, pausedBy, pending, problems, mapError, ...drift, ...times }, given);
    });
  return { judged: ["channel-failing", "channel-behind", "channel-drift", "channel-problems"], causes };
};

function timeOf(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}
