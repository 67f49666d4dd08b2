// What comparing with a channel's target found, and where the comparing of a share of the levels is.
import { asJsonb, type Queryable, run } from "../statements.ts";
import type { LevelKey } from "./lane.ts";

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
  const columns = [
    levels.map(({ facility }) => facility),
    levels.map(({ product }) => product),
    levels.map(({ toldSequence }) => toldSequence),
  ];
  await run(on, "tell_differing_again", [channel, ...columns]);
}

/** Where the comparing of a share of the levels is, and how many there are to a round. @param facilities that the channel is told of, null for all */
export async function comparingPlace(
  on: Queryable,
  channel: number,
  facilities: readonly string[] | null,
): Promise<{ atFacility: number; atProduct: number; total: number }> {
  type Row = { atFacility: number; atProduct: number; total: number };
  const [row] = await run<Row>(on, "comparing_place", [channel, facilities]);
  if (row === undefined) throw new Error(`there is no channel ${channel}`);
  return row;
}

/** Moves it on. @param nextMs milliseconds between two parts */
export async function moveComparing(on: Queryable, channel: number, last: LevelKey, nextMs: number): Promise<void> {
  await run(on, "move_comparing", [channel, last.facility, last.product, nextMs]);
}
