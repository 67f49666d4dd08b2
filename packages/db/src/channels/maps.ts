// The map of a channel: what its target has, by the ids that we know it by. A reading is kept beside the map in force until it is at its end.
import { columns, only, type Queryable, run } from "../statements.ts";
import type { Held, Lane } from "./lane.ts";
import { beginChannelRun } from "./runs.ts";

const FORGOTTEN_AT_ONCE_MAX = 20_000;

export interface MappedThing {
  readonly idValue: string;
  readonly target: string;
  readonly problem: string | null;
}

export interface MappedProduct {
  readonly product: number;
  readonly idValue: string;
  readonly target: string;
  /** More than one cannot be told apart. */
  readonly targets: number;
  readonly problem: string | null;
}

/** Keeps a page. @param seen things that it had, those that nothing can be known by included @returns false when the lane was lost */
export async function keepMapPage(
  on: Queryable,
  { channel, token }: Lane,
  page: {
    readonly runId: string;
    readonly things: readonly MappedThing[];
    readonly next: string | null;
    readonly seen: number;
  },
): Promise<boolean> {
  const { runId, things, next, seen } = page;
  const values = [channel, token, runId, ...columns(things, "idValue", "target", "problem"), next, seen];
  return (await only<Held>(on, "keep_map_page", values)).held;
}

/** Has a reading begin at its first page again. */
export async function beginMapAnew(on: Queryable, { channel, token }: Lane, runId: string): Promise<void> {
  await run(on, "begin_map_anew", [channel, token, runId]);
}

/**
 * Puts a map in force that was read to its end, and has levels tried again for which it says something else than the one before.
 * Returns false when the lane was lost: then the map of before stays.
 */
export async function finishMap(on: Queryable, lane: Lane, runId: string, idType: string): Promise<boolean> {
  const { channel, token } = lane;
  await run(on, "try_mapped_again", [channel, runId, idType]);
  const { held } = await only<Held>(on, "finish_map", [channel, token, runId]);
  for (let isMore = held; isMore; ) {
    const gone = await only<{ things: number }>(on, "forget_maps", [channel, FORGOTTEN_AT_ONCE_MAX]);
    isMore = gone.things >= FORGOTTEN_AT_ONCE_MAX;
  }
  return held;
}

/** Keeps that a map could not be read; the one before stays, and the reading goes on where it was. */
export async function failMap(on: Queryable, { channel, token }: Lane, reason: string): Promise<void> {
  await run(on, "fail_map", [channel, token, reason]);
}

/** What the map in force has of products, by product. @param products each once */
export async function mappedProducts(
  on: Queryable,
  channel: number,
  { products, idType }: { readonly products: readonly number[]; readonly idType: string },
): Promise<Map<number, MappedProduct>> {
  const rows = await run<MappedProduct>(on, "mapped_products", [channel, products, idType]);
  return new Map(rows.map((row) => [row.product, row]));
}

/** Has the maps read anew that are a day old. */
export async function beginDailyMaps(on: Queryable): Promise<void> {
  const wanted = { kind: "map", facility: null, facilities: null, startedBy: "a new day" } as const;
  for (const { id } of await run<{ id: number }>(on, "maps_due")) await beginChannelRun(on, { ...wanted, channel: id });
}
