// The alarms of channels: their texts, for operators.
import { type AlarmCause, type AlarmKind, alarmCause } from "../alarms.ts";
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
  const { name, failingSince, disabledAt, closedSince, mapFailingSince, pendingSince, pausedAt } = channel;
  const causes: AlarmCause[] = [];
  const add = (kind: AlarmKind, since: Date, text: (at: string) => string, size?: number): void => {
    const message = text(localTime(since, timeZone));
    causes.push(alarmCause(kind, [name], { since, message, ...(size !== undefined && { size }) }));
  };
  const isSoFor = (since: Date | null, ms: number): since is Date =>
    since !== null && now.getTime() - since.getTime() >= ms;
  const stands = `${plural(channel.pending, "level waits", "levels wait")} to be told.`;
  const why = channel.lastError === null ? "" : ` ${sentence(channel.lastError)}`;
  const isFailing = isSoFor(failingSince, FAILING_MS_MIN);
  if (closedSince !== null)
    add(
      "channel-failing",
      closedSince,
      (at) =>
        `Channel ${name} is told nothing since ${at}: it cannot be opened. ${sentence(channel.closedReason ?? "")} ${stands} Mend that where the worker runs; it is tried again by itself.`,
    );
  else if (disabledAt !== null)
    add(
      "channel-failing",
      disabledAt,
      (at) =>
        `The target of channel ${name} said at ${at} that it wants no more.${why} ${stands} Remove the channel, or correct the target and resume the channel.`,
    );
  else if (isFailing)
    add(
      "channel-failing",
      failingSince,
      (at) =>
        `Channel ${name} takes nothing since ${at}.${why} ${stands} It is tried again by itself, and catches up with the newest values only.`,
    );
  else {
    if (isSoFor(mapFailingSince, FAILING_MS_MIN))
      add(
        "channel-failing",
        mapFailingSince,
        (at) =>
          `What the target of channel ${name} has could not be read since ${at}. ${sentence(channel.mapError ?? "")} Levels are told by what was read before; without that nothing is told. It is tried again by itself.`,
      );
    const paused =
      pausedAt === null
        ? ""
        : ` It was paused by ${channel.pausedBy} at ${localTime(pausedAt, timeZone)}: resume it, or remove it.`;
    if (behindMinutes > 0 && isSoFor(pendingSince, behindMinutes * 60_000))
      add("channel-behind", pendingSince, (at) => `Channel ${name} is behind since ${at}: ${stands}${paused}`);
  }
  addLasting(channel, add);
  return causes;
}

type Add = (kind: AlarmKind, since: Date, text: (at: string) => string, size?: number) => void;

/** What is so while levels are told. */
function addLasting(channel: ChannelWatched, add: Add): void {
  const { name, compared, drifted, driftSince, problems, problemsSince, otherVersion, otherVersionSince } = channel;
  if (driftSince !== null && drifted >= DRIFTED_MIN && drifted >= compared * DRIFTED_SHARE_MIN)
    add(
      "channel-drift",
      driftSince,
      (at) =>
        `In the target of channel ${name} ${drifted} of ${plural(compared, "level")} compared in the last day had numbers that this channel did not tell (first found in the hour of ${at}). They are told again by themselves, or set aside where the target says that others changed them. Find out who else writes there.`,
      drifted,
    );
  if (problems > 0 && problemsSince !== null)
    add(
      "channel-problems",
      problemsSince,
      (at) =>
        `Channel ${name} has set ${plural(problems, "level")} aside since ${at}: the target does not have them as they are here. The page of the channel says why and what to do.`,
      problems,
    );
  if (otherVersionSince !== null)
    add(
      "channel-version",
      otherVersionSince,
      (at) => `Channel ${name}, since ${at}: ${otherVersion ?? ""} Levels are told meanwhile.`,
    );
}

/** The alarm of a file of channels that has a fault. */
export function channelsFileAlarm(
  { fault, since }: { readonly fault: string; readonly since: Date },
  { timeZone }: { readonly timeZone: string },
): AlarmCause {
  const message = `The file of channels has a fault since ${localTime(since, timeZone)}: ${sentence(fault)} Until that is mended the channels stay as they were before; what was changed in it is not in force.`;
  return alarmCause("channels-file", [], { since, message });
}
