// Flow 3, the lane of a channel: one worker at a time works on it, and only that one moves its number. A worker that was cut off loses the
// lane after a while, and nothing that it still writes counts.
import type { KeptLevel } from "@inventory-sync/domain";
import { columns, first, only, type Queryable, run, runPlannedAnew } from "../statements.ts";

/** For how long a lane is held without being heard of; whoever works in it says so every few seconds. */
export const laneMsMax = 12_000;

export interface Lane {
  readonly channel: number;
  readonly token: string;
}

/** Whether the worker has the lane still: where it has not, nothing was written. */
export interface Held {
  readonly held: boolean;
}

export interface LevelKey {
  readonly facility: number;
  readonly product: number;
}

/** A level that changed, in the order of its sequence. */
export interface ChangedLevel extends LevelKey {
  readonly sequence: string;
  /** The channel is told of its facility. */
  readonly isTold: boolean;
}

/** A level as it is when it is sent, with what the channel was told of it last. Decimals and sequences are texts. */
export interface LevelValue extends LevelKey, Omit<KeptLevel, "idValue"> {
  /** Null when the product has no id of the channel's type. */
  readonly idValue: string | null;
  readonly toldOnHand: string | null;
  readonly toldSequence: string | null;
  readonly target: string | null;
  readonly problem: string | null;
  /** A delta that was sent and not answered. */
  readonly sentDelta: string | null;
  /** It is to be tried again. */
  readonly again: boolean;
  /** Of its newest change that was traced, as traceparent has it. */
  readonly trace: string | null;
}

/** What became of one level: without a problem `number` stands in the target now. */
export interface SettledLevel extends LevelKey {
  readonly number: number;
  readonly sequence: string;
  readonly problem?: string;
  readonly message?: string;
  /** The target's own id of it, or what else its kind keeps of it. */
  readonly target?: string;
  /** What was confirmed is not its number any more: it is told again at once. */
  readonly again?: true;
}

/** A channel as the worker finds it that has it. */
export interface TakenLane {
  /** Every level with a sequence up to this one was told or is set aside. */
  readonly toldThrough: string;
  readonly mode: "live" | "shadow";
  /** Attempts in a row that reached nothing. */
  readonly failures: number;
  /** What its target has was read once. */
  readonly hasMap: boolean;
  /** Levels of unknown outcome may be told absolutely. */
  readonly isResetDue: boolean;
  /** Levels are to be compared. */
  readonly isCompareDue: boolean;
}

/** Takes the lane or goes on having it. @returns undefined when it may not be worked on, or another worker has it */
export async function takeLane(on: Queryable, { channel, token }: Lane): Promise<TakenLane | undefined> {
  return first<TakenLane>(on, "take_lane", [channel, token, laneMsMax]);
}

/** Gives the lane back. */
export async function leaveLane(on: Queryable, { channel, token }: Lane): Promise<void> {
  await run(on, "leave_lane", [channel, token]);
}

/** The levels that changed after a sequence. @param facilities that the channel is told of, null for all */
export async function changesToTell(
  on: Queryable,
  {
    after,
    facilities,
    limit,
  }: { readonly after: string; readonly facilities: readonly string[] | null; readonly limit: number },
): Promise<ChangedLevel[]> {
  return run<ChangedLevel>(on, "changes_to_tell", [after, facilities, limit]);
}

/** The levels that are to be told though they have not changed. @param facilities that the channel is told of, null for all */
export async function levelsAgain(
  on: Queryable,
  channel: number,
  { facilities, limit }: { readonly facilities: readonly string[] | null; readonly limit: number },
): Promise<LevelKey[]> {
  return run<LevelKey>(on, "levels_again", [channel, facilities, limit]);
}

/** The levels of products at the facilities that the channel is told of. @param products each once */
export async function levelsOfProducts(
  on: Queryable,
  products: readonly number[],
  facilities: readonly string[] | null,
): Promise<LevelKey[]> {
  return run<LevelKey>(on, "levels_of_products", [products, facilities]);
}

/** The levels as they are now: read when they are sent (C3). One that does not exist is left out. */
export async function valuesToTell(
  on: Queryable,
  { channel, keys, idType }: { readonly channel: number; readonly keys: readonly LevelKey[]; readonly idType: string },
): Promise<LevelValue[]> {
  return runPlannedAnew(on, "values_to_tell", [channel, ...columns(keys, "facility", "product"), idType]);
}

/** Keeps what became of levels. @returns false when the lane was lost: then nothing was kept */
export async function settleLevels(
  on: Queryable,
  { channel, token }: Lane,
  levels: readonly SettledLevel[],
): Promise<boolean> {
  if (levels.length === 0) return true;
  const [again, ...settled] = columns(
    levels.map((level) => ({ again: false, problem: null, message: null, target: null, ...level })),
    ...(["again", "facility", "product", "number", "sequence", "problem", "message", "target"] as const),
  );
  return (await only<Held>(on, "settle_levels", [channel, token, ...settled, laneMsMax, again])).held;
}

/** Moves the channel's number on. @returns whether it is still behind; undefined when the lane was lost */
export async function moveChannel(
  on: Queryable,
  { channel, token }: Lane,
  through: string,
): Promise<boolean | undefined> {
  return (await first<{ isBehind: boolean }>(on, "move_channel", [channel, token, through]))?.isBehind;
}

export interface Failure {
  readonly reason: string;
  readonly nextTryMs: number;
  /** The target wants no more. */
  readonly isFinal: boolean;
  /** It only asked to be slower. */
  readonly isThrottle: boolean;
}

/** Keeps that nothing could be told. */
export async function noteFailure(on: Queryable, { channel, token }: Lane, failure: Failure): Promise<void> {
  const { reason, nextTryMs, isFinal, isThrottle } = failure;
  await run(on, "note_failure", [channel, token, reason, nextTryMs, isFinal, isThrottle]);
}

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
  const values = [channel, token, ...columns(deltas, "facility", "product", "delta")];
  return (await only<Held>(on, "note_deltas", values)).held;
}

/** Sets aside what a worker before sent, or was about to. @param message what to say of it @returns how many levels */
export async function doubtDeltas(on: Queryable, { channel, token }: Lane, message: string): Promise<number> {
  return (await only<{ levels: number }>(on, "doubt_deltas", [channel, token, message])).levels;
}

/** The levels of unknown outcome, those first that were tried less often. @param facilities that the channel is told of, null for all */
export async function levelsUnknown(
  on: Queryable,
  channel: number,
  { facilities, limit }: { readonly facilities: readonly string[] | null; readonly limit: number },
): Promise<LevelKey[]> {
  return run<LevelKey>(on, "levels_unknown", [channel, facilities, limit]);
}

/** Keeps when levels of unknown outcome may be told absolutely again. */
export async function putOffReset(on: Queryable, { channel, token }: Lane, ms: number): Promise<void> {
  await run(on, "put_off_reset", [channel, token, ms]);
}
