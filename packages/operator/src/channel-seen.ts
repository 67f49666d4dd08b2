// How each channel stands, as people and machines read it.
import {
  type ChannelNamed,
  type ChannelRecord,
  channelNamed,
  channelOnRecord,
  channelsFileFault,
  type Database,
  listChannels,
} from "@inventory-sync/db";
import { channelState, comparedClassNames, sentence } from "@inventory-sync/domain";
import { z } from "zod";
import { only } from "./asking.ts";
import { NotFound } from "./refusals.ts";

const time = z.iso.datetime().nullable();
/** Levels by class. */
const classCounts = z.partialRecord(z.enum(comparedClassNames), z.int());

/** How a channel stands. */
export const channelSeen = z.object({
  name: z.string(),
  kind: z.string(),
  mode: z.enum(["live", "shadow", "off"]),
  state: z.enum(["live", "paused", "shadow", "off", "failing", "disabled"]),
  /** Levels that wait; counted up to a million. */
  pending: z.int(),
  oldestPendingSeconds: z.number().nullable(),
  /** Levels that the target confirmed, in all. */
  published: z.number(),
  /** Levels set aside. */
  problems: z.int(),
  /** Of them those of which it is not known whether the target took them. */
  unknown: z.int(),
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
