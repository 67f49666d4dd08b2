// Flow 3, step 3: a worker takes a channel and works on it in rounds until nothing is left to do. The lane is in the database, so another
// worker that is woken for the same channel goes away.
import { randomUUID } from "node:crypto";
import {
  channelsToWake,
  doubtDeltas,
  isOutage,
  keepOtherVersion,
  laneMsMax,
  leaveLane,
  moveChannel,
  noteFailure,
  runningChannelRun,
  type TakenLane,
  takeLane,
} from "@inventory-sync/db";
import { channelProblems, messageOf } from "@inventory-sync/domain";
import { oneRound } from "./one-round.ts";
import type { LaneParts, OpenChannel, WorkedChannel } from "./open-channels.ts";
import { TargetFailure } from "./target.ts";

export type LaneEnd = "told all" | "goes on" | "somebody else has it" | "failing" | "stopped";

/** A job ends after so long and is followed by another, so that no channel keeps the others waiting. */
const SLICE_MS = 20_000;
/** Of its time a channel works one part in so many where other work waits: three of them together a twentieth. */
const SHARE_OF_TIME = 60;
/** The lane is held for three times as long without being heard of: so soon another worker takes over from one that died. */
const STAY_MS = 4_000;
const FIRST_RETRY_MS = 1_000;
const RETRY_MS_MAX = 60_000;
const DOUBLINGS_MAX = 10;
const DIED = `The worker that was telling it did not come to an end. ${channelProblems.UNKNOWN_OUTCOME}`;
const RETRY_AFTER_MS_MAX = 3_600_000;

/**
 * Works on a channel as long as there is something to tell, a while at most. A worker that cannot say that it is there, or stood still itself, ends
 * what is under way once its time is over and begins no call: another one may be telling newer numbers by then.
 * @param heldMsMax for how long it relies on the lane without having been heard of
 * @returns how that ended, and how many levels were told
 */
export async function workOnChannel(
  parts: LaneParts,
  open: OpenChannel,
  heldMsMax = laneMsMax,
): Promise<{ end: LaneEnd; told: number }> {
  const { pool } = parts.database;
  // A token of its own for each job: two jobs of one process are two workers.
  const lane = { channel: open.id, token: randomUUID() };
  // Not AbortSignal.any: what it makes of the worker's own signal is remembered there for as long as the worker lives, some bytes a telling.
  const ended = new AbortController();
  const end = () => ended.abort();
  parts.stopping.addEventListener("abort", end);
  if (parts.stopping.aborted) end();
  /** 0 until it was held for the first time. */
  let heldUntil = 0;
  const isHeld = () => performance.now() < heldUntil;
  const hold = async () => {
    const askedAt = performance.now();
    const taken = await takeLane(pool, lane);
    if (taken) heldUntil = askedAt + heldMsMax;
    return taken;
  };
  const channel: WorkedChannel = { ...open, lane, isHeld };
  const stay = setInterval(() => {
    if (heldUntil > 0 && !isHeld()) return end();
    hold().catch((error: unknown) =>
      parts.log.debug({ err: error, channel: open.settings.name }, "a channel could not be held on to"),
    );
  }, STAY_MS);
  try {
    return await workInLane({ ...parts, stopping: ended.signal }, channel, hold);
  } finally {
    clearInterval(stay);
    parts.stopping.removeEventListener("abort", end);
    await leaveLane(pool, lane).catch((error: unknown) => {
      // Another worker can take it once its time is over.
      if (!isOutage(error)) throw error;
    });
  }
}

async function workInLane(
  parts: LaneParts,
  channel: WorkedChannel,
  hold: () => Promise<TakenLane | undefined>,
): Promise<{ end: LaneEnd; told: number }> {
  const { pool } = parts.database;
  const until = performance.now() + SLICE_MS;
  let told = 0;
  let isOther: string | null | undefined;
  for (let isFirst = true; ; isFirst = false) {
    const taken = await hold();
    if (taken === undefined) return { end: "somebody else has it", told };
    if (isFirst && channel.tells.isDelta) await doubtDeltas(pool, channel.lane, DIED);
    const startedAt = performance.now();
    const round = await oneRound(parts, channel, taken).catch((error: unknown) =>
      keepFault(parts, channel, error, taken),
    );
    told += round?.told ?? 0;
    isOther = await keepVersion(parts, channel, isOther);
    if (round?.failure) {
      await keepFailure(parts, channel, { failure: round.failure, failures: taken.failures });
      return { end: "failing", told };
    }
    if (round?.isLaneLost || parts.stopping.aborted) return { end: "stopped", told };
    if (round && taken.failures > 0) await endFailing(parts, channel, taken);
    if (round) {
      if (performance.now() > until) return { end: "goes on", told };
      await parts.spare.after(performance.now() - startedAt, { share: SHARE_OF_TIME, stopping: parts.stopping });
      continue;
    }
    // What comes while the lane is given back would wake nobody: its waker still sees the lane taken. So it is looked once more.
    await leaveLane(pool, channel.lane);
    if (!(await isMore(parts, channel))) return { end: "told all", told };
  }
}

/** What was wrong with the target is over, also where nothing was to be told. One page of a map says nothing of the next. */
async function endFailing({ database }: LaneParts, { lane }: WorkedChannel, { toldThrough }: TakenLane): Promise<void> {
  if ((await runningChannelRun(database.pool, lane.channel))?.kind === "map") return;
  await moveChannel(database.pool, lane, toldThrough);
}

/** Keeps by which version the target answers, where that is news. @param before as it was kept last, undefined before @returns as it is kept */
async function keepVersion(
  { database }: LaneParts,
  { id, target }: WorkedChannel,
  before: string | null | undefined,
): Promise<string | null | undefined> {
  const now = target.otherVersion?.();
  if (now === undefined || now === before) return before;
  await keepOtherVersion(database.pool, id, now);
  return now;
}

async function isMore({ database }: LaneParts, { settings }: OpenChannel): Promise<boolean> {
  return (await channelsToWake(database.pool)).some(({ name }) => name === settings.name);
}

/** What nobody foresaw fails the job, which is tried again; the channel says so meanwhile, for it is told nothing. Always throws. */
async function keepFault(
  parts: LaneParts,
  channel: WorkedChannel,
  error: unknown,
  { failures }: { readonly failures: number },
): Promise<never> {
  if (isOutage(error)) throw error;
  const message = `a fault of this product, not of the target: ${messageOf(error)}`;
  await keepFailure(parts, channel, { failure: new TargetFailure("away", message), failures }).catch(() => undefined);
  throw error;
}

/** @param before failures in a row before this one: of all workers, for they share the channel */
async function keepFailure(
  { database, log }: LaneParts,
  { settings, lane }: WorkedChannel,
  { failure, failures: before }: { readonly failure: TargetFailure; readonly failures: number },
): Promise<void> {
  const isThrottle = failure.kind === "throttled";
  const growing = Math.min(RETRY_MS_MAX, FIRST_RETRY_MS * 2 ** Math.min(before, DOUBLINGS_MAX));
  const jittered = Math.round(growing / 2 + (Math.random() * growing) / 2);
  const nextTryMs = Math.min(RETRY_AFTER_MS_MAX, failure.retryAfterMs ?? jittered);
  const isFinal = failure.kind === "disabled";
  await noteFailure(database.pool, lane, { reason: failure.message, nextTryMs, isFinal, isThrottle });
  if (isThrottle) log.debug({ channel: settings.name, nextTryMs }, `the channel asks to be slower: ${failure.message}`);
  else if (before === 0)
    log.warn({ channel: settings.name, nextTryMs }, `the channel takes nothing: ${failure.message}`);
}
