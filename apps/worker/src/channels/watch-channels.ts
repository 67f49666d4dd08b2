// What alarms look at of channels.
import { channelsFileFault, listChannels } from "@inventory-sync/db";
import { channelAlarms, channelsFileAlarm } from "@inventory-sync/domain";
import type { Watch } from "../upkeep/alarm-watches.ts";

/**
 * Alarms channel-failing, channel-behind, channel-drift, channel-problems and channel-version: a target takes nothing or the channel cannot be opened, a
 * change waits for CHANNEL_BEHIND_MINUTES (0 turns that one off), others change levels in the target, levels are set aside, the target answers by
 * another version. And channels-file: CHANNELS_FILE has a fault. Each is resolved when it is over; a channel that is switched off has none.
 */
export const watchChannels: Watch = async ({ database, config }, now) => {
  const [channels, file] = await Promise.all([listChannels(database.pool), channelsFileFault(database.pool)]);
  const given = { now, timeZone: config.RESET_TIME_ZONE, behindMinutes: config.CHANNEL_BEHIND_MINUTES };
  const causes = channels
    .filter(({ mode }) => mode !== "off")
    .flatMap(({ name, lastError, pausedBy, pending, problems, mapError, closedReason, otherVersion, ...at }) => {
      const times = {
        ...{ failingSince: timeOf(at.failingSince), disabledAt: timeOf(at.disabledAt), pausedAt: timeOf(at.pausedAt) },
        ...{ pendingSince: timeOf(at.pendingSince), problemsSince: timeOf(at.problemsSince) },
        ...{ mapFailingSince: timeOf(at.mapFailingSince), driftSince: timeOf(at.driftSince) },
        ...{ closedSince: timeOf(at.closedSince), otherVersionSince: timeOf(at.otherVersionSince) },
      };
      const drift = { compared: at.comparedLevels, drifted: at.comparedCounts.theirsChanged ?? 0 };
      const texts = { name, lastError, pausedBy, mapError, closedReason, otherVersion };
      return channelAlarms({ ...texts, pending, problems, ...drift, ...times }, given);
    });
  if (file) causes.push(channelsFileAlarm({ fault: file.fault, since: new Date(file.since) }, given));
  const judged = ["channel-failing", "channel-behind", "channel-drift", "channel-problems", "channel-version"] as const;
  return { judged: [...judged, "channels-file"], causes };
};

function timeOf(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}
