// The channels on record: made those of the settings, listed, woken.
import { randomUUID } from "node:crypto";
import { asJsonb, type Queryable, read, run } from "../statements.ts";
import type { LevelKey } from "./lane.ts";

/** A channel of the settings, as the database is told it. */
export interface KeptChannel {
  readonly name: string;
  readonly kind: string;
  readonly mode: string;
  /** A text that is another one whenever it is told other levels, other numbers or in another place. */
  readonly scope: string;
  /** What all kinds have in common, without address and secrets. */
  readonly settings: unknown;
}

/** Levels that wait are counted up to this many. */
export const pendingCountedMax = 1_000_000;

/** A channel on record, with times as ISO text. */
export interface ChannelRecord {
  readonly id: number;
  readonly name: string;
  readonly kind: string;
  readonly mode: "live" | "shadow" | "off";
  readonly toldThrough: string;
  readonly behindSince: string | null;
  readonly pausedAt: string | null;
  readonly pausedBy: string | null;
  readonly disabledAt: string | null;
  readonly failures: number;
  readonly failingSince: string | null;
  readonly nextTryAt: string | null;
  readonly lastError: string | null;
  readonly lastErrorAt: string | null;
  readonly lastPublishedAt: string | null;
  readonly published: string;
  readonly settings: unknown;
  readonly problems: number;
  readonly problemsSince: string | null;
  readonly unknown: number;
  /** Levels that wait, at most `pendingCountedMax`. */
  readonly pending: number;
  readonly pendingSince: string | null;
  readonly run: Pick<ChannelRun, "id" | "kind" | "done" | "total"> | null;
}

/** A resync or a compare. */
export interface ChannelRun {
  readonly id: string;
  readonly kind: "resync" | "compare";
  /** Null for all facilities. */
  readonly facility: number | null;
  readonly atFacility: number;
  readonly atProduct: number;
  readonly done: number;
  readonly total: number;
  readonly counts: Readonly<Record<string, number>>;
}

/** Makes the channels on record those given. @returns those that have to be told all their levels once */
export async function keepChannels(
  on: Queryable,
  channels: readonly KeptChannel[],
): Promise<{ id: number; name: string }[]> {
  return run<{ id: number; name: string }>(on, "keep_channels", [asJsonb(channels)]);
}

/** The channels of the settings, by name. */
export async function listChannels(on: Queryable): Promise<ChannelRecord[]> {
  return read<ChannelRecord>(on, "list_channels", [pendingCountedMax]);
}

/** One channel of the settings. */
export async function channelOnRecord(on: Queryable, name: string): Promise<ChannelRecord | undefined> {
  return (await listChannels(on)).find((each) => each.name === name);
}

/** The channels that have something to tell and that no worker works on; `newest` is another one after each change. */
export async function channelsToWake(on: Queryable): Promise<{ name: string; newest: string }[]> {
  return run<{ name: string; newest: string }>(on, "channels_to_wake");
}

/** What a run is begun with. */
export interface RunWanted {
  readonly channel: number;
  readonly kind: "resync" | "compare";
  /** facility.id, null for all. */
  readonly facility: number | null;
  /** Outside ids that the channel is told of, null for all. */
  readonly facilities: readonly string[] | null;
  readonly startedBy: string;
}

/** Begins a run, or finds the one that is under way. */
export async function beginChannelRun(on: Queryable, wanted: RunWanted): Promise<{ id: string; already: boolean }> {
  const { channel, kind, facility, facilities, startedBy } = wanted;
  const [row] = await run<{ id: string; already: boolean }>(on, "begin_channel_run", [
    ...[randomUUID(), channel, kind, facility, facilities, startedBy],
  ]);
  if (row === undefined) throw new Error(`there is no channel ${channel}`);
  return row;
}

/** The oldest run of a channel that is under way. */
export async function runningChannelRun(on: Queryable, channel: number): Promise<ChannelRun | undefined> {
  const [row] = await read<ChannelRun>(on, "running_channel_run", [channel]);
  return row;
}

/** The next levels of a run. @param facilities that the channel is told of, null for all */
export async function levelsOfRun(
  on: Queryable,
  at: Pick<ChannelRun, "atFacility" | "atProduct" | "facility">,
  { facilities, limit }: { readonly facilities: readonly string[] | null; readonly limit: number },
): Promise<LevelKey[]> {
  const { atFacility, atProduct, facility } = at;
  return run<LevelKey & Record<string, unknown>>(on, "levels_of_run", [
    atFacility,
    atProduct,
    facilities,
    facility,
    limit,
  ]);
}

/** Moves a run on past the levels that were looked at. @param counts of them, by class @param isEnd there are no more */
export async function moveChannelRun(
  on: Queryable,
  id: string,
  {
    last,
    looked,
    counts,
    isEnd,
  }: { last: LevelKey; looked: number; counts: Readonly<Record<string, number>>; isEnd: boolean },
): Promise<void> {
  await run(on, "move_channel_run", [id, last.facility, last.product, looked, asJsonb(counts), isEnd]);
}
