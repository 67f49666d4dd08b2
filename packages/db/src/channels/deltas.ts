// Flow 3, of channels that are told how much a number changed: what is sent is kept before, so that nothing is ever told twice.
import { type Queryable, run } from "../statements.ts";
import type { Lane, LevelKey } from "./lane.ts";

/** A delta that is about to be sent; null when it did not leave. */
export interface NotedDelta extends LevelKey {
  readonly delta: number | null;
}

/** Keeps deltas before they are sent. @returns false when the lane was lost, or one of them is open: then nothing may be sent */
export async function noteDeltas(
  on: Queryable,
  { channel, token }: Lane,
  deltas: readonly NotedDelta[],
): Promise<boolean> {
  if (deltas.length === 0) return true;
  const columns = [
    deltas.map(({ facility }) => facility),
    deltas.map(({ product }) => product),
    deltas.map(({ delta }) => delta),
  ];
  const [row] = await run<{ held: boolean }>(on, "note_deltas", [channel, token, ...columns]);
  return row?.held ?? false;
}

/** Sets aside what a worker before sent, or was about to. @param message what to say of it @returns how many levels */
export async function doubtDeltas(on: Queryable, { channel, token }: Lane, message: string): Promise<number> {
  const [row] = await run<{ levels: number }>(on, "doubt_deltas", [channel, token, message]);
  return row?.levels ?? 0;
}

/** The levels of unknown outcome, those first that were tried less often. @param facilities that the channel is told of, null for all */
export async function levelsUnknown(
  on: Queryable,
  channel: number,
  { facilities, limit }: { readonly facilities: readonly string[] | null; readonly limit: number },
): Promise<LevelKey[]> {
  return run<LevelKey & Record<string, unknown>>(on, "levels_unknown", [channel, facilities, limit]);
}

/** Keeps when levels of unknown outcome may be told absolutely again. */
export async function putOffReset(on: Queryable, { channel, token }: Lane, ms: number): Promise<void> {
  await run(on, "put_off_reset", [channel, token, ms]);
}
