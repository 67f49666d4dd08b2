// The alarms of channels: their texts, for operators.
import type { AlarmCause, AlarmKind } from "../alarms.ts";
import { localTime } from "../schedule.ts";
import { plural, sentence } from "../words.ts";

export interface ChannelWatched {
  readonly name: string;
  readonly failingSince: Date | null;
  readonly disabledAt: Date | null;
  readonly lastError: string | null;
  readonly pausedAt: Date | null;
  readonly pausedBy: string | null;
  readonly pending: number;
  readonly pendingSince: Date | null;
  readonly problems: number;
  /** Since when the oldest level is set aside. */
  readonly problemsSince: Date | null;
  /** Why its map could not be read last, and since when; null while it can. */
  readonly mapError: string | null;
  readonly mapFailingSince: Date | null;
  /** Levels compared in the last 24 hours, those of them that others had changed, and since when there are such. */
  readonly compared: number;
  readonly drifted: number;
  readonly driftSince: Date | null;
  /** Why a worker cannot open it, and since when. */
  readonly closedReason: string | null;
  readonly closedSince: Date | null;
  /** That its target answers by another version of its API, in words, and since when. */
  readonly otherVersion: string | null;
  readonly otherVersionSince: Date | null;
}

/** A target that fails for less is left to itself. */
const FAILING_MS_MIN = 60_000;
/** Drift is told from so many levels on, and from so great a part of those that were compared: a shop that sells changes some itself. */
const DRIFTED_MIN = 10;
const DRIFTED_SHARE_MIN = 0.01;

/** What of a channel is to be told. @param behindMinutes how long a change may wait, 0 for ever */
export function channelAlarms(
  channel: ChannelWatched,
  { now, timeZone, behindMinutes }: { readonly now: Date; readonly timeZone: string; readonly behindMinutes: number },
): AlarmCause[] {
  const { name, failingSince, disabledAt, lastError, pausedAt, pausedBy, pending, pendingSince } = channel;
  const causes: AlarmCause[] = [];
  const add: Add = (kind, since, message, size) =>
    causes.push({ key: `${kind}:${name}`, kind, since, message, ...(size !== undefined && { size }) });
  const stands = `${plural(pending, "level waits", "levels wait")} to be told.`;
  const why = lastError === null ? "" : ` ${sentence(lastError)}`;
  const isFailing = failingSince !== null && now.getTime() - failingSince.getTime() >= FAILING_MS_MIN;
  const { closedReason, closedSince } = channel;
  if (closedSince !== null) {
    add(
      "channel-failing",
      closedSince,
      `Channel ${name} is told nothing since ${localTime(closedSince, timeZone)}: it cannot be opened. ${sentence(closedReason ?? "")} ${stands} Mend that where the worker runs; it is tried again by itself.`,
    );
  } else if (disabledAt !== null) {
    add(
      "channel-failing",
      disabledAt,
      `The target of channel ${name} said at ${localTime(disabledAt, timeZone)} that it wants no more.${why} ${stands} Remove the channel, or correct the target and resume the channel.`,
    );
  } else if (isFailing) {
    const since = localTime(failingSince, timeZone);
    add(
      "channel-failing",
      failingSince,
      `Channel ${name} takes nothing since ${since}.${why} ${stands} It is tried again by itself, and catches up with the newest values only.`,
    );
  }
  const { mapError, mapFailingSince } = channel;
  const isMapFailing =
    mapFailingSince !== null && closedSince === null && now.getTime() - mapFailingSince.getTime() >= FAILING_MS_MIN;
  if (isMapFailing && !isFailing && disabledAt === null) {
    add(
      "channel-failing",
      mapFailingSince,
      `What the target of channel ${name} has could not be read since ${localTime(mapFailingSince, timeZone)}. ${sentence(mapError ?? "")} Levels are told by what was read before; without that nothing is told. It is tried again by itself.`,
    );
  }
  const isBehind =
    behindMinutes > 0 && pendingSince !== null && now.getTime() - pendingSince.getTime() >= behindMinutes * 60_000;
  if (isBehind && !isFailing && disabledAt === null && closedSince === null) {
    const paused =
      pausedAt === null
        ? ""
        : ` It was paused by ${pausedBy} at ${localTime(pausedAt, timeZone)}: resume it, or remove it.`;
    add(
      "channel-behind",
      pendingSince,
      `Channel ${name} is behind since ${localTime(pendingSince, timeZone)}: ${stands}${paused}`,
    );
  }
  addLasting(channel, timeZone, add);
  return causes;
}

type Add = (kind: AlarmKind, since: Date, message: string, size?: number) => void;

/** What is so while levels are told. */
function addLasting(channel: ChannelWatched, timeZone: string, add: Add): void {
  const { name, problems, problemsSince, otherVersion, otherVersionSince } = channel;
  const drift = driftOf(channel);
  if (drift !== null) {
    const since = localTime(drift, timeZone);
    add(
      "channel-drift",
      drift,
      `In the target of channel ${name} ${channel.drifted} of ${plural(channel.compared, "level")} compared in the last day had numbers that this channel did not tell (first found in the hour of ${since}). They are told again by themselves, or set aside where the target says that others changed them. Find out who else writes there.`,
      channel.drifted,
    );
  }
  if (problems > 0 && problemsSince !== null) {
    add(
      "channel-problems",
      problemsSince,
      `Channel ${name} has set ${plural(problems, "level")} aside since ${localTime(problemsSince, timeZone)}: the target does not have them as they are here. The page of the channel says why and what to do.`,
      problems,
    );
  }
  if (otherVersionSince !== null) {
    add(
      "channel-version",
      otherVersionSince,
      `Channel ${name}, since ${localTime(otherVersionSince, timeZone)}: ${otherVersion ?? ""} Levels are told meanwhile.`,
    );
  }
}

/** The alarm of a file of channels that has a fault. */
export function channelsFileAlarm(
  { fault, since }: { readonly fault: string; readonly since: Date },
  { timeZone }: { readonly timeZone: string },
): AlarmCause {
  return {
    ...{ key: "channels-file", kind: "channels-file", since },
    message: `The file of channels has a fault since ${localTime(since, timeZone)}: ${sentence(fault)} Until that is mended the channels stay as they were before; what was changed in it is not in force.`,
  };
}

function driftOf({ compared, drifted, driftSince }: ChannelWatched): Date | null {
  return drifted >= DRIFTED_MIN && drifted >= compared * DRIFTED_SHARE_MIN ? driftSince : null;
}
