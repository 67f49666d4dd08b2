// What alarms look at of channels.
import { listChannels } from "@inventory-sync/db";
import { channelAlarms } from "@inventory-sync/domain";
import type { Watch } from "../upkeep/alarm-watches.ts";

/**
 * Alarms channel-failing, channel-behind and channel-problems: a target takes nothing, a change waits for CHANNEL_BEHIND_MINUTES (0 turns that
 * one off), levels are set aside. Each is resolved when it is over; a channel that is switched off has none.
 */
export const watchChannels: Watch = async ({ database, config }, now) => {
  const channels = await listChannels(database.pool);
  const given = { now, timeZone: config.RESET_TIME_ZONE, behindMinutes: config.CHANNEL_BEHIND_MINUTES };
  const causes = channels
    .filter(({ mode }) => mode !== "off")
    .flatMap(({ name, lastError, pausedBy, pending, problems, ...at }) => {
      const times = {
        ...{ failingSince: timeOf(at.failingSince), disabledAt: timeOf(at.disabledAt), pausedAt: timeOf(at.pausedAt) },
        ...{ pendingSince: timeOf(at.pendingSince), problemsSince: timeOf(at.problemsSince) },
      };
      return channelAlarms({ name, lastError, pausedBy, pending, problems, ...times }, given);
    });
  return { judged: ["channel-failing", "channel-behind", "channel-problems"], causes };
};

function timeOf(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}
