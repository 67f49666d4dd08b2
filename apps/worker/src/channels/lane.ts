// Flow 3, step 3: a worker takes a channel and tells it what is due, small changes first, then what is to be tried again, then the levels
// of a resync, until nothing is left. The lane is in the database, so another worker that is woken for the same channel goes away.
import { randomUUID } from "node:crypto";
import {
  type ChangedLevel,
  type ChannelRun,
  changesToTell,
  channelsToWake,
  isOutage,
  leaveLane,
  levelsAgain,
  levelsOfRun,
  moveChannel,
  moveChannelRun,
  noteFailure,
  runningChannelRun,
  type TakenLane,
  takeLane,
} from "@inventory-sync/db";
import { facilitiesOf } from "@inventory-sync/domain";
import type { LaneParts, OpenChannel, WorkedChannel } from "./open-channels.ts";
import type { TargetFailure } from "./target.ts";
import { type DueLevel, type RoundEnd, tellRound } from "./tell-round.ts";

/** How the work on a channel ended. */
export type LaneEnd = "told all" | "goes on" | "somebody else has it" | "failing" | "stopped";

/** A job ends after so long and is followed by another, so that no channel keeps the others waiting. */
const SLICE_MS = 20_000;
/** The lane is held for three times as long without being heard of: so soon another worker takes over from one that died. */
const STAY_MS = 4_000;
const FIRST_RETRY_MS = 1_000;
const RETRY_MS_MAX = 60_000;
const DOUBLINGS_MAX = 10;
const RETRY_AFTER_MS_MAX = 3_600_000;

/** Works on a channel as long as there is something to tell, a while at most. @returns how that ended, and how many levels were told */
export async function workOnChannel(parts: LaneParts, open: OpenChannel): Promise<{ end: LaneEnd; told: number }> {
  // A token of its own for each job: two jobs of one process are two workers.
  const channel: WorkedChannel = { ...open, lane: { channel: open.id, token: randomUUID() } };
  const stay = setInterval(() => {
    takeLane(parts.database.pool, channel.lane).catch((error: unknown) =>
      parts.log.debug({ err: error, channel: open.settings.name }, "a channel could not be held on to"),
    );
  }, STAY_MS);
  try {
    return await workInLane(parts, channel);
  } finally {
    clearInterval(stay);
    await leaveLane(parts.database.pool, channel.lane).catch((error: unknown) => ignoreOutage(error));
  }
}

async function workInLane(parts: LaneParts, channel: WorkedChannel): Promise<{ end: LaneEnd; told: number }> {
  const { pool } = parts.database;
  const until = performance.now() + SLICE_MS;
  let told = 0;
  for (;;) {
    const taken = await takeLane(pool, channel.lane);
    if (taken === undefined) return { end: "somebody else has it", told };
    const round = await oneRound(parts, channel, taken);
    told += round.told;
    if (round.end === "stopped" || round.end === "failing") return { end: round.end, told };
    if (round.end === "goes on") {
      if (performance.now() > until) return { end: "goes on", told };
      continue;
    }
    // What comes while the lane is given back would wake nobody: its waker still sees the lane taken. So it is looked once more.
    await leaveLane(pool, channel.lane);
    if (!(await isMore(parts, channel))) return { end: "told all", told };
  }
}

/** Another worker can take it once its time is over. */
function ignoreOutage(error: unknown): void {
  if (!isOutage(error)) throw error;
}

async function isMore({ database }: LaneParts, { settings }: OpenChannel): Promise<boolean> {
  return (await channelsToWake(database.pool)).some(({ name }) => name === settings.name);
}

interface Due {
  readonly levels: readonly DueLevel[];
  /** The last change of this round: the channel's number afterwards. */
  readonly through: string | undefined;
  readonly run?: ChannelRun;
  readonly ofRun: readonly DueLevel[];
}

async function oneRound(
  parts: LaneParts,
  channel: WorkedChannel,
  { toldThrough, mode, failures }: TakenLane,
): Promise<{ end: "told all" | "goes on" | "failing" | "stopped"; told: number }> {
  const due = await findDue(parts, channel, toldThrough);
  if (due.levels.length === 0 && due.through === undefined && due.run === undefined)
    return { end: "told all", told: 0 };
  // A shadow goes through everything but the telling. Once it is live it is told all levels.
  const round: RoundEnd = mode === "shadow" ? { told: 0 } : await tellRound(parts, channel, due.levels);
  if (round.failure) {
    await keepFailure(parts, channel, { failure: round.failure, failures });
    return { end: "failing", told: round.told };
  }
  if (round.isLaneLost || parts.stopping.aborted) return { end: "stopped", told: round.told };
  if ((await moveChannel(parts.database.pool, channel.lane, due.through ?? toldThrough)) === undefined)
    return { end: "stopped", told: round.told };
  if (due.run) await moveRun(parts, due.run, due.ofRun);
  return { end: "goes on", told: round.told };
}

/** What is due, as much as the target takes in one go. */
async function findDue({ database }: LaneParts, channel: WorkedChannel, after: string): Promise<Due> {
  const { pool } = database;
  const { settings, target, lane } = channel;
  const facilities = facilitiesOf(settings);
  const room = target.batchMax * target.callsAtOnceMax;
  const changes = await changesToTell(pool, { after, facilities, limit: room });
  const told = changes.filter(({ isTold }) => isTold);
  const again = await levelsAgain(pool, lane.channel, room);
  const levels = unlessListed(told, again).slice(0, Math.max(room, told.length));
  const through = changes.at(-1)?.sequence;
  if (levels.length >= room) return { levels, through, ofRun: [] };
  const run = await runningChannelRun(pool, lane.channel);
  if (run === undefined) return { levels, through, ofRun: [] };
  const ofRun = await levelsOfRun(pool, run, { facilities, limit: room - levels.length });
  return { levels: unlessListed(levels, ofRun), through, run, ofRun };
}

/** The first ones, and those of the second that are not among them. */
function unlessListed(first: readonly (ChangedLevel | DueLevel)[], second: readonly DueLevel[]): DueLevel[] {
  const listed = new Set(first.map(({ facility, product }) => `${facility} ${product}`));
  return [...first, ...second.filter(({ facility, product }) => !listed.has(`${facility} ${product}`))];
}

async function moveRun({ database }: LaneParts, run: ChannelRun, levels: readonly DueLevel[]): Promise<void> {
  const last = levels.at(-1) ?? { facility: run.atFacility, product: run.atProduct };
  await moveChannelRun(database.pool, run.id, { last, looked: levels.length, counts: {}, isEnd: levels.length === 0 });
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
