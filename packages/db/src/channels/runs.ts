// The runs of channels: resyncs and compares walk over all levels, a map reading over all things of the target; and what comparing found.
import { randomUUID } from "node:crypto";
import type { ComparedClass } from "@inventory-sync/domain";
import { asJsonb, columns, first, type Queryable, read, run } from "../statements.ts";
import type { LevelKey } from "./lane.ts";

export type ChannelRunKind = "resync" | "compare" | "map";

export interface ChannelRun {
  readonly id: string;
  readonly kind: ChannelRunKind;
  /** Null for all facilities. */
  readonly facility: number | null;
  readonly atFacility: number;
  readonly atProduct: number;
  /** Of a map: where the next page begins, null at its beginning. */
  readonly pageAfter: string | null;
  readonly done: number;
  readonly total: number;
  readonly counts: Readonly<Partial<Record<ComparedClass, number>>>;
  /** It was begun after the map in force was read, or there is none. */
  readonly isAfterMap: boolean;
}

export interface RunWanted {
  readonly channel: number;
  readonly kind: ChannelRunKind;
  /** facility.id, null for all. */
  readonly facility: number | null;
  /** Outside ids that the channel is told of, null for all. */
  readonly facilities: readonly string[] | null;
  readonly startedBy: string;
}

/** Begins a run, or finds the one that is under way. */
export async function beginChannelRun(on: Queryable, wanted: RunWanted): Promise<{ id: string; already: boolean }> {
  const { channel, kind, facility, facilities, startedBy } = wanted;
  const values = [randomUUID(), channel, kind, facility, facilities, startedBy];
  const row = await first<{ id: string; already: boolean }>(on, "begin_channel_run", values);
  if (row === undefined) throw new Error(`there is no channel ${channel}`);
  return row;
}

/** The run of a channel that is worked on: a map before a resync, a resync before a compare. */
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
  return run(on, "levels_of_run", [atFacility, atProduct, facilities, facility, limit]);
}

/** Moves a run on past the levels that were looked at. @param counts of them, by class @param isEnd there are no more */
export async function moveChannelRun(
  on: Queryable,
  id: string,
  { last, looked, counts, isEnd }: { last: LevelKey; looked: number; counts: ChannelRun["counts"]; isEnd: boolean },
): Promise<void> {
  await run(on, "move_channel_run", [id, last.facility, last.product, looked, asJsonb(counts), isEnd]);
}

/** Adds what was compared to the figures of the hour. @param counts by class */
export async function noteCompared(
  on: Queryable,
  channel: number,
  { levels, counts }: { readonly levels: number; readonly counts: Readonly<Record<string, number>> },
): Promise<void> {
  await run(on, "note_compared", [channel, levels, asJsonb(counts)]);
}

/** Has levels told again that the target has otherwise, unless they are set aside or were told since. */
export async function tellDifferingAgain(
  on: Queryable,
  channel: number,
  levels: readonly (LevelKey & { readonly toldSequence: string | null })[],
): Promise<void> {
  await run(on, "tell_differing_again", [channel, ...columns(levels, "facility", "product", "toldSequence")]);
}

/** Where the comparing of a share of the levels is, and how many there are to a round. @param facilities that the channel is told of, null for all */
export async function comparingPlace(
  on: Queryable,
  channel: number,
  facilities: readonly string[] | null,
): Promise<{ atFacility: number; atProduct: number; total: number }> {
  type Row = { atFacility: number; atProduct: number; total: number };
  const row = await first<Row>(on, "comparing_place", [channel, facilities]);
  if (row === undefined) throw new Error(`there is no channel ${channel}`);
  return row;
}

/** Moves it on. @param nextMs milliseconds between two parts */
export async function moveComparing(on: Queryable, channel: number, last: LevelKey, nextMs: number): Promise<void> {
  await run(on, "move_comparing", [channel, last.facility, last.product, nextMs]);
}
