// How each channel stands, as people and machines read it, in figures and in words; and the words of what may be done to one.
import {
  type ChannelNamed,
  type ChannelRecord,
  channelNamed,
  channelOnRecord,
  channelsFileFault,
  type Database,
  listChannels,
  pendingCountedMax,
} from "@inventory-sync/db";
import { channelState, comparedClasses, comparedClassNames, plural, sentence } from "@inventory-sync/domain";
import { z } from "zod";
import { only } from "./asking.ts";
import { NotFound } from "./refusals.ts";

const time = z.iso.datetime().nullable();
const classCounts = z.partialRecord(z.enum(comparedClassNames), z.int());

export const channelSeen = z.object({
  name: z.string(),
  kind: z.string(),
  mode: z.enum(["live", "shadow", "off"]),
  state: z.enum(["live", "paused", "shadow", "off", "failing", "disabled"]),
  /** Levels that wait; counted up to a million. */
  pending: z.int(),
  oldestPendingSeconds: z.number().nullable(),
  /** Levels that the target confirmed, in all; of a feed those that it was given, each time. */
  published: z.number(),
  /** Levels set aside. */
  problems: z.int(),
  /** Of them those of which it is not known whether the target took them. */
  unknown: z.int(),
  /** Of a feed when it was last asked. */
  lastPublishedAt: time,
  lastError: z.string().nullable(),
  lastErrorAt: time,
  /** That the target answers by another version of its API than it is asked by, and what to do; null when it does not. */
  otherVersion: z.string().nullable(),
  failingSince: time,
  nextTryAt: time,
  pausedAt: time,
  pausedBy: z.string().nullable(),
  /** The run that is under way; of a map the total is that of the one before. */
  run: z
    .object({
      id: z.string(),
      kind: z.enum(["resync", "compare", "map"]),
      done: z.int(),
      total: z.int(),
      counts: classCounts,
    })
    .nullable(),
  /** What the target has, by which levels are told; null where it is told by our ids. */
  map: z.object({ items: z.int(), readAt: time, error: z.string().nullable() }).nullable(),
  /** What was compared in the last 24 hours; null where the target cannot be asked. Shares are from 0 to 1, null of nothing. */
  compared: z
    .object({ levels: z.int(), share: z.number().nullable(), equalShare: z.number().nullable(), counts: classCounts })
    .nullable(),
  /** The compare that ended last. */
  lastCompare: z.object({ finishedAt: z.iso.datetime(), levels: z.int(), counts: classCounts }).nullable(),
});
export type ChannelSeen = z.infer<typeof channelSeen>;
type Counts = z.infer<typeof classCounts>;

const MS_PER_S = 1_000;

/** All channels of the settings, by name. @param now the time from which ages are counted */
export async function channelsNow({ pool }: Pick<Database, "pool">, now = new Date()): Promise<ChannelSeen[]> {
  return (await listChannels(pool)).map((record) => seenOf(record, now));
}

/** What is wrong with the file of channels, as a sentence with what to do; null when nothing is. */
export async function channelsFileNow({ pool }: Pick<Database, "pool">): Promise<string | null> {
  const found = await channelsFileFault(pool);
  if (found === undefined) return null;
  return `${sentence(found.fault)} Until that is mended the channels stay as they were before, and what was changed in the file is not in force.`;
}

/** One channel. @throws NotFound */
export async function channelNow(database: Pick<Database, "pool">, name: string): Promise<ChannelSeen> {
  return seenOf(found(await channelOnRecord(database.pool, name), name), new Date());
}

/** What a channel is, without how it stands. @throws NotFound */
export async function channelOf({ pool }: Pick<Database, "pool">, name: string): Promise<ChannelNamed> {
  return found(await channelNamed(pool, name), name);
}

function found<T>(channel: T | undefined, name: string): T {
  if (channel === undefined) throw new NotFound("channel", `There is no channel ${name}. CHANNELS_FILE names them.`);
  return channel;
}

function seenOf(record: ChannelRecord, now: Date): ChannelSeen {
  const { pendingSince, abilities, mapItems, mapReadAt, mapError } = record;
  return only(channelSeen, {
    ...record,
    ...whyNotOf(record),
    state: channelState(record),
    oldestPendingSeconds:
      pendingSince === null ? null : Math.max(0, now.getTime() - Date.parse(pendingSince)) / MS_PER_S,
    published: Number(record.published),
    map: abilities.includes("items") ? { items: mapItems, readAt: mapReadAt, error: mapError } : null,
    compared: abilities.includes("held") ? comparedOf(record) : null,
  });
}

/** What keeps it from being opened comes before what its target said. */
function whyNotOf({ lastError, lastErrorAt, failingSince, closedReason, closedSince }: ChannelRecord) {
  if (closedReason === null) return { lastError, lastErrorAt, failingSince };
  const why = `It cannot be opened: ${closedReason}`;
  return { lastError: why, lastErrorAt: closedSince, failingSince: closedSince };
}

function comparedOf({ comparedLevels, comparedCounts, compareTotal }: ChannelRecord): ChannelSeen["compared"] {
  return {
    levels: comparedLevels,
    share: compareTotal === 0 ? null : Math.min(1, comparedLevels / compareTotal),
    equalShare: comparedLevels === 0 ? null : (comparedCounts.equal ?? 0) / comparedLevels,
    counts: comparedCounts,
  };
}

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
  const { state, problems, unknown, lastError } = channel;
  const waiting = waitingWords(channel);
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

function waitingWords({ kind, pending, oldestPendingSeconds, lastPublishedAt }: ChannelSeen): string {
  const isFeed = kind === "feed";
  // All of its levels wait then, and pending has those that changed.
  if (isFeed && lastPublishedAt === null) return "Nobody has asked for its levels yet.";
  if (pending === 0) return isFeed ? "Nothing has changed since it was last asked." : "It knows every level.";
  const counted =
    pending >= pendingCountedMax ? "A million levels or more wait" : `${plural(pending, "level waits", "levels wait")}`;
  return `${counted}, the oldest since ${Math.round(oldestPendingSeconds ?? 0)} s.`;
}

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
