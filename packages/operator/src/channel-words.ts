// What is said of channels, wherever it is: how one stands, and what may be done to it.
import { pendingCountedMax } from "@inventory-sync/db";
import { comparedClasses, comparedClassNames, plural } from "@inventory-sync/domain";
import type { ChannelSeen } from "./channel-seen.ts";

/** The words of what may be done to a channel. */
export const channelActions = {
  pause: {
    what: "pause a channel",
    says: "Nothing is told until it is resumed. What changes meanwhile is told then, the newest values only.",
  },
  resume: { what: "resume a channel", says: "It is told what has changed, and a target that failed is tried at once." },
  resync: { what: "resync a channel", says: "All its levels are told once more, behind what changes meanwhile." },
  compare: {
    what: "compare a channel",
    says: "What the target has is read back and compared with what is on hand. What differs is told again.",
  },
  map: {
    what: "read the map of a channel",
    says: "What the target has is listed anew. Levels of which the new list says something else are tried again.",
  },
  again: {
    what: "try levels of a channel again",
    says: "The levels that were set aside are told again, but those of unknown outcome.",
  },
  settle: { what: "settle a level of a channel", says: "What is on hand now is told afterwards." },
  target: (name: string) => `channel ${name}`,
} as const;

/** How a channel stands, as a sentence. */
export function channelSentence(channel: ChannelSeen): string {
  const { state, pending, oldestPendingSeconds, problems, unknown, lastError } = channel;
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
      return `It is told nothing:${why} ${waiting}${aside}`;
    case "shadow":
      return `In shadow: nothing is told, only compared. ${waiting}${aside}`;
    default:
      return `${waiting}${aside}${open}`;
  }
}

type Counts = NonNullable<ChannelSeen["run"]>["counts"];

/** What comparing found, by class: "98 as they are here, 2 are not in the target". */
function comparedWords(counts: Counts): string {
  const found = comparedClassNames.filter((name) => (counts[name] ?? 0) > 0);
  return found.map((name) => `${counts[name]} ${comparedClasses[name]}`).join(", ");
}

/** What is known of a channel's target besides how the channel stands: the run under way, its map, what comparing found. A sentence each. */
export function channelFacts({ run, map, compared, lastCompare, otherVersion }: ChannelSeen): string[] {
  const facts = otherVersion === null ? [] : [otherVersion];
  const found = (counts: Counts): string => (Object.keys(counts).length === 0 ? "" : `: ${comparedWords(counts)}`);
  if (run?.kind === "map") facts.push(`Its map is being read: ${plural(run.done, "thing")} so far.`);
  else if (run)
    facts.push(`A ${run.kind} is under way, ${run.done} of ${plural(run.total, "level")}${found(run.counts)}.`);
  if (map && map.readAt !== null) facts.push(`The target has ${plural(map.items, "thing")}, as it was read last.`);
  if (map && map.error !== null) facts.push(`Its map could not be read: ${map.error.replace(/\.$/, "")}.`);
  if (lastCompare)
    facts.push(`The last compare looked at ${plural(lastCompare.levels, "level")}${found(lastCompare.counts)}.`);
  if (compared?.share != null)
    facts.push(`Of its levels ${percent(compared.share)} were compared in the last day${found(compared.counts)}.`);
  return facts;
}

function percent(share: number): string {
  return `${Math.floor(share * 100)} %`;
}
