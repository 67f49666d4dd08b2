// The channels on record: made those of the settings, listed, woken.
import type { ComparedClass } from "@inventory-sync/domain";
import { asJsonb, first, type Queryable, read, run } from "../statements.ts";
import type { ChannelRun } from "./runs.ts";

/** A channel of the settings, as the database is told it. */
export interface KeptChannel {
  readonly name: string;
  readonly kind: string;
  readonly mode: string;
  /** A text that is another one whenever it is told other levels, other numbers or in another place. */
  readonly scope: string;
  /** A text that is another one whenever it is told in another place; left out where it asks by itself. */
  readonly place?: string | undefined;
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
  /** As its settings have it, see KeptChannel. */
  readonly scope: string;
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
  /** Why a worker cannot open it, and since when. */
  readonly closedReason: string | null;
  readonly closedSince: string | null;
  /** That its target answers by another version of its API, and since when. */
  readonly otherVersion: string | null;
  readonly otherVersionSince: string | null;
  readonly settings: unknown;
  readonly abilities: readonly ChannelAbility[];
  readonly problems: number;
  readonly problemsSince: string | null;
  readonly unknown: number;
  /** Levels that wait, at most `pendingCountedMax`. */
  readonly pending: number;
  readonly pendingSince: string | null;
  readonly run: Pick<ChannelRun, "id" | "kind" | "done" | "total" | "counts"> | null;
  /** Things in the map in force, when it was read, and why it could not be read last. */
  readonly mapItems: number;
  readonly mapReadAt: string | null;
  readonly mapError: string | null;
  readonly mapFailingSince: string | null;
  /** Levels compared in the last 24 hours, by class, since when one was found that others changed, and how many there are. */
  readonly comparedLevels: number;
  readonly comparedCounts: Counts;
  readonly driftSince: string | null;
  readonly compareTotal: number;
  readonly lastCompare: { readonly finishedAt: string; readonly levels: number; readonly counts: Counts } | null;
}

type Counts = Readonly<Partial<Record<ComparedClass, number>>>;

/** Makes the channels on record those given. @returns those that have to be told all their levels once */
export async function keepChannels(
  on: Queryable,
  channels: readonly KeptChannel[],
): Promise<{ id: number; name: string }[]> {
  return run(on, "keep_channels", [asJsonb(channels)]);
}

/** The channels of the settings, by name. */
export async function listChannels(on: Queryable): Promise<ChannelRecord[]> {
  return read(on, "list_channels", [pendingCountedMax, null]);
}

/** One channel of the settings. */
export async function channelOnRecord(on: Queryable, name: string): Promise<ChannelRecord | undefined> {
  return (await read<ChannelRecord>(on, "list_channels", [pendingCountedMax, name]))[0];
}

/** What a channel of the settings is, without how it does, which takes counting. */
export type ChannelNamed = Pick<ChannelRecord, "id" | "kind" | "mode" | "scope" | "settings" | "abilities">;

/** What the channel of that name is. */
export async function channelNamed(on: Queryable, name: string): Promise<ChannelNamed | undefined> {
  return first(on, "channel_named", [name]);
}

/** The channels that have something to tell and that no worker works on; `newest` is another one after each change. */
export async function channelsToWake(on: Queryable): Promise<{ name: string; newest: string }[]> {
  return run(on, "channels_to_wake");
}

/** What a channel's kind can do besides telling: say what its target has, read it back, be told absolutely what it is told by deltas else. */
export type ChannelAbility = "items" | "held" | "reset";

/** Keeps what a channel can do. @param isCompared whether its levels are compared all the time */
export async function keepAbilities(
  on: Queryable,
  channel: number,
  { abilities, isCompared }: { readonly abilities: readonly ChannelAbility[]; readonly isCompared: boolean },
): Promise<void> {
  await run(on, "keep_abilities", [channel, abilities, isCompared]);
}

/** Keeps why a worker cannot open a channel; null once one can. @param channel channel.id */
export async function keepClosed(on: Queryable, channel: number, reason: string | null): Promise<void> {
  await run(on, "keep_closed", [channel, reason]);
}

/** Keeps, in words, that a channel's target answers by another version of its API; null when it does not. @param channel channel.id */
export async function keepOtherVersion(on: Queryable, channel: number, words: string | null): Promise<void> {
  await run(on, "keep_other_version", [channel, words]);
}

/** Keeps what is wrong with the file of channels; null when nothing is. */
export async function keepFileFault(on: Queryable, fault: string | null): Promise<void> {
  await run(on, "keep_file_fault", [fault]);
}

/** What is wrong with the file of channels, and since when (ISO text); undefined when nothing is. */
export async function channelsFileFault(on: Queryable): Promise<{ fault: string; since: string } | undefined> {
  return (await read<{ fault: string; since: string }>(on, "read_file_fault"))[0];
}
