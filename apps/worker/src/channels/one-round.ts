// Flow 3, step 3: one round of a channel. Small changes first, then what is to be told again, then the levels of a resync; and of what goes on
// beside it one step each: the map that is being read, a compare, levels of unknown outcome, the share that is compared each day.
import {
  beginChannelRun,
  type ChangedLevel,
  type ChannelRun,
  changesToTell,
  levelsAgain,
  levelsOfRun,
  moveChannel,
  moveChannelRun,
  runningChannelRun,
  type TakenLane,
} from "@inventory-sync/db";
import { facilitiesOf } from "@inventory-sync/domain";
import { compareDue, compareShare, type RoundCompared } from "./compare-round.ts";
import type { LaneParts, WorkedChannel } from "./open-channels.ts";
import { readMapPage } from "./read-map.ts";
import { resetUnknown } from "./reset-unknown.ts";
import { type RoundEnd, tellRound } from "./tell-round.ts";
import type { DueLevel } from "./tellings.ts";

interface Due {
  readonly levels: readonly DueLevel[];
  /** The last change of this round: the channel's number afterwards. */
  readonly through?: string | undefined;
  readonly run?: ChannelRun | undefined;
  readonly ofRun: readonly DueLevel[];
}

/** Does what is due, as much as the target takes in one go. @returns undefined when there was nothing to do */
export async function oneRound(
  parts: LaneParts,
  channel: WorkedChannel,
  taken: TakenLane,
): Promise<RoundEnd | undefined> {
  const due = await findDue(parts, channel, taken);
  let told = 0;
  let isIdle = true;
  const steps: readonly Step[] = [tellDue, followRun, resetUnknown, compareShare];
  for (const step of steps) {
    const end = await step(parts, channel, taken, due);
    if (end === undefined) continue;
    isIdle = false;
    told += end.told;
    if (end.failure || end.isLaneLost || parts.stopping.aborted) return { ...end, told };
  }
  return isIdle ? undefined : { told };
}

type Step = (parts: LaneParts, channel: WorkedChannel, taken: TakenLane, due: Due) => Promise<RoundEnd | undefined>;

async function findDue(parts: LaneParts, channel: WorkedChannel, taken: TakenLane): Promise<Due> {
  const { pool } = parts.database;
  const { settings, target, lane } = channel;
  // Without the map nothing could be told but what is wrong.
  if (target.items && !taken.hasMap)
    return { levels: [], ofRun: [], run: await mapRun(parts, channel, "the first telling") };
  const facilities = facilitiesOf(settings);
  const room = target.batchMax * target.callsAtOnceMax;
  const changes = await changesToTell(pool, { after: taken.toldThrough, facilities, limit: room });
  const told = changes.filter(({ isTold }) => isTold);
  // What is to be told again waits until something may be told.
  const again = taken.mode === "shadow" ? [] : await levelsAgain(pool, lane.channel, { facilities, limit: room });
  const levels = unlessListed(told, again).slice(0, Math.max(room, told.length));
  const through = changes.at(-1)?.sequence;
  if (levels.length >= room) return { levels, through, ofRun: [] };
  const run = await runningChannelRun(pool, lane.channel);
  if (run?.kind !== "resync") return { levels, through, run, ofRun: [] };
  if (target.items && run.isAfterMap)
    return { levels, through, run: await mapRun(parts, channel, "a resync"), ofRun: [] };
  const ofRun = await levelsOf(parts, channel, run, Math.max(room, target.batchMaxOfReset ?? 0) - levels.length);
  return { levels: unlessListed(levels, ofRun), through, run, ofRun };
}

/** The reading of the map that is under way, or a new one. */
async function mapRun({ database }: LaneParts, { lane }: WorkedChannel, why: string): Promise<ChannelRun | undefined> {
  const wanted = { channel: lane.channel, kind: "map", facility: null, facilities: null, startedBy: why } as const;
  await beginChannelRun(database.pool, wanted);
  return runningChannelRun(database.pool, lane.channel);
}

async function levelsOf(
  { database }: LaneParts,
  { settings }: WorkedChannel,
  run: ChannelRun,
  limit: number,
): Promise<DueLevel[]> {
  const keys = await levelsOfRun(database.pool, run, { facilities: facilitiesOf(settings), limit });
  return run.facility === null ? keys.map((key) => ({ ...key, ofRun: true })) : keys;
}

/** The first ones, and those of the second that are not among them. */
function unlessListed(first: readonly (ChangedLevel | DueLevel)[], second: readonly DueLevel[]): DueLevel[] {
  const listed = new Set(first.map(({ facility, product }) => `${facility} ${product}`));
  return [...first, ...second.filter(({ facility, product }) => !listed.has(`${facility} ${product}`))];
}

/** A shadow goes through everything but the telling: what would be told is compared. Once it is live it is told all levels. */
const tellDue: Step = async (parts, channel, { toldThrough, mode }, { levels, through, run, ofRun }) => {
  const isResync = run?.kind === "resync";
  if (levels.length === 0 && through === undefined && !isResync) return undefined;
  const round: RoundCompared =
    mode === "shadow" ? await compareDue(parts, channel, levels) : await tellRound(parts, channel, levels);
  if (round.failure || round.isLaneLost || parts.stopping.aborted) return round;
  if ((await moveChannel(parts.database.pool, channel.lane, through ?? toldThrough)) === undefined)
    return { ...round, isLaneLost: true };
  if (isResync) await moveRun(parts, run, ofRun, round.counts);
  return round;
};

/** The next part of a map that is read, or of a compare that somebody asked for. */
const followRun: Step = async (parts, channel, _taken, { run }) => {
  if (run === undefined || run.kind === "resync") return undefined;
  if (run.kind === "map") return readMapPage(parts, channel, run);
  const { held, batchMax } = channel.target;
  const levels = held ? await levelsOf(parts, channel, run, batchMax) : [];
  const end = await compareDue(parts, channel, levels);
  if (!end.failure && !end.isLaneLost) await moveRun(parts, run, levels, end.counts);
  return end;
};

async function moveRun(
  { database }: LaneParts,
  run: ChannelRun,
  levels: readonly DueLevel[],
  counts: RoundCompared["counts"] = {},
): Promise<void> {
  const last = levels.at(-1) ?? { facility: run.atFacility, product: run.atProduct };
  await moveChannelRun(database.pool, run.id, { last, looked: levels.length, counts, isEnd: levels.length === 0 });
}
