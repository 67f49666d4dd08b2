// Flow 3: reads back what a target has of levels and says how that differs (C8). What differs is told again in the usual way; here nothing
// is written to a target.
import {
  comparingPlace,
  levelsOfRun,
  moveComparing,
  noteCompared,
  type TakenLane,
  tellDifferingAgain,
} from "@inventory-sync/db";
import { type ComparedClass, comparedClass, facilitiesOf, inParts } from "@inventory-sync/domain";
import type { LaneParts, WorkedChannel } from "./open-channels.ts";
import { type HeldLevel, TargetFailure } from "./target.ts";
import type { RoundEnd } from "./tell-round.ts";
import { type DueLevel, isTold, oncePerTelling, readTellings, type Telling } from "./tellings.ts";

/** How a round went that compared, with how many levels were of each class. */
export type RoundCompared = RoundEnd & { readonly counts?: Readonly<Partial<Record<ComparedClass, number>>> };

/** What is right, is told next, or would be sold twice. */
const LEFT_ALONE: ReadonlySet<ComparedClass> = new Set(["equal", "oursNewer", "lowered"]);
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** Compares levels, a call at a time. Nothing is compared where the target cannot be asked. Never throws for what the target does. */
export async function compareDue(
  parts: LaneParts,
  channel: WorkedChannel,
  due: readonly DueLevel[],
): Promise<RoundCompared> {
  const classes: ComparedClass[] = [];
  const { batchMax, held } = channel.target;
  const wanted = held ? oncePerTelling(channel, due) : [];
  try {
    for (const batch of inParts(wanted, batchMax)) classes.push(...(await compareBatch(parts, channel, batch)));
    return { told: 0, counts: countsOf(classes) };
  } catch (error) {
    if (!(error instanceof TargetFailure)) throw error;
    return { told: 0, counts: countsOf(classes), failure: error };
  }
}

/** Compares the next part of the share that is compared each day, when its time has come. @returns undefined when it has not */
export async function compareShare(
  parts: LaneParts,
  channel: WorkedChannel,
  { isCompareDue }: TakenLane,
): Promise<RoundEnd | undefined> {
  const { pool } = parts.database;
  const { target, lane, settings } = channel;
  if (!isCompareDue || target.held === undefined) return undefined;
  const facilities = facilitiesOf(settings);
  const { total, ...at } = await comparingPlace(pool, lane.channel, facilities);
  const keys = await levelsOfRun(pool, { ...at, facility: null }, { facilities, limit: target.batchMax });
  const end = await compareDue(
    parts,
    channel,
    keys.map((key) => ({ ...key, ofRun: true })),
  );
  if (end.failure || end.isLaneLost) return end;
  const isLast = keys.length < target.batchMax;
  const last = (isLast ? undefined : keys.at(-1)) ?? { facility: 0, product: 0 };
  const perDay = (total * settings.compareEachDayPct) / 100;
  await moveComparing(pool, lane.channel, last, perDay === 0 ? HOUR_MS : Math.ceil((DAY_MS * keys.length) / perDay));
  return end;
}

/** @throws TargetFailure */
async function compareBatch(
  parts: LaneParts,
  channel: WorkedChannel,
  batch: readonly DueLevel[],
): Promise<readonly ComparedClass[]> {
  const { pool } = parts.database;
  const { lane, tells, settings } = channel;
  const tellings = await readTellings(parts, channel, batch);
  const asked = tellings.filter(({ aside }) => aside === undefined);
  const answers = await heldOf(parts, channel, asked);
  const held = new Map(asked.map((telling, at) => [telling, answers[at]]));
  const compared = tellings.map((telling) => ({ telling, class: classOf(channel, telling, held.get(telling)) }));
  const classes = compared.map((each) => each.class);
  if (classes.length > 0) await noteCompared(pool, lane.channel, { levels: classes.length, counts: countsOf(classes) });
  // Of a delta it is not known what others did; and a shadow tells nothing.
  if (!tells.isDelta && settings.mode === "live") {
    const differing = compared.filter((each) => !LEFT_ALONE.has(each.class));
    await tellDifferingAgain(
      pool,
      lane.channel,
      differing.flatMap(({ telling }) => telling.values),
    );
  }
  return classes;
}

/** A batch that the target does not answer as it is asked keeps no other one from being compared. */
async function heldOf(
  { stopping }: LaneParts,
  { target }: WorkedChannel,
  asked: readonly Telling[],
): Promise<readonly HeldLevel[]> {
  if (asked.length === 0 || target.held === undefined) return [];
  const levels = asked.map(({ level }) => level);
  try {
    const answers = await target.held(levels, stopping);
    if (answers.length !== levels.length) throw new Error(`${answers.length} answers for ${levels.length} levels`);
    return answers;
  } catch (error) {
    if (!(error instanceof TargetFailure) || error.kind !== "refused") throw error;
    return levels.map(() => ({ problem: "REFUSED", message: error.message }));
  }
}

function classOf(
  { tells }: WorkedChannel,
  { number, level, values, aside, problem }: Telling,
  held: HeldLevel | undefined,
): ComparedClass {
  const isPending = problem === null && values.some((value) => value.again || !isTold(value));
  const found = held ?? { problem: aside?.code ?? "REFUSED" };
  const lowersItself = tells.lowersItself ?? false;
  return comparedClass({ now: number, told: level.told, isPending, lowersItself, held: found });
}

function countsOf(classes: readonly ComparedClass[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const each of classes) counts[each] = (counts[each] ?? 0) + 1;
  return counts;
}
