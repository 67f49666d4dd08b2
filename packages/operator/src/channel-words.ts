// What is said of channels, wherever it is: how one stands, and what may be done to it.
import { pendingCountedMax } from "@inventory-sync/db";
import { plural } from "@inventory-sync/domain";
import type { ChannelSeen } from "./channels.ts";

/** The words of what may be done to a channel. */
export const channelActions = {
  pause: {
    what: "pause a channel",
    says: "Nothing is told until it is resumed. What changes meanwhile is told then, the newest values only.",
  },
  resume: { what: "resume a channel", says: "It is told what has changed, and a target that failed is tried at once." },
  resync: { what: "resync a channel", says: "All its levels are told once more, behind what changes meanwhile." },
  compare: { what: "compare a channel", says: "What the target has is read back and compared with what it was told." },
  again: {
    what: "try levels of a channel again",
    says: "The levels that were set aside are told again, but those of unknown outcome.",
  },
  settle: { what: "settle a level of a channel", says: "What is on hand now is told afterwards." },
  target: (name: string) => `channel ${name}`,
} as const;

/** How a channel stands, as a sentence. */
export function channelSentence({
  state,
  pending,
  oldestPendingSeconds,
  problems,
  unknown,
  lastError,
}: ChannelSeen): string {
  const counted =
    pending >= pendingCountedMax ? "A million levels or more wait" : `${plural(pending, "level waits", "levels wait")}`;
  const waiting =
    pending === 0
      ? "It knows every level."
      : `${counted}, the oldest since ${Math.round(oldestPendingSeconds ?? 0)} s.`;
  const aside = problems === 0 ? "" : ` ${plural(problems, "level is", "levels are")} set aside.`;
  const open =
    unknown === 0 ? "" : ` Of ${plural(unknown, "one it is", "them it is")} not known whether the target took them.`;
  const why = lastError === null ? "" : ` ${lastError.replace(/\.$/, "")}.`;
  switch (state) {
    case "off":
      return "Switched off in the settings. Nothing is told.";
    case "disabled":
      return `The target wants no more (410): nothing is told until the channel is resumed.${aside}`;
    case "paused":
      return `Paused. ${waiting}${aside}`;
    case "failing":
      return `The target takes nothing:${why} ${waiting}${aside}`;
    case "shadow":
      return `In shadow: nothing is told, only compared. ${waiting}${aside}`;
    default:
      return `${waiting}${aside}${open}`;
  }
}
