// Flow 3, step 4: what a target is told of the levels that are due: read as they are now (C3), summed where it has one number for all
// facilities, by the target's own ids where the channel has a map of them.
import {
  type LevelKey,
  type LevelValue,
  levelsOfProducts,
  type MappedProduct,
  mappedProducts,
  valuesToTell,
} from "@inventory-sync/db";
import {
  type ChannelProblem,
  channelProblems,
  facilitiesOf,
  grouped,
  placeOf,
  toldLevel,
} from "@inventory-sync/domain";
import type { LaneParts, WorkedChannel } from "./open-channels.ts";
import type { LevelToTell } from "./target.ts";

/** A level of this round; `sequence` is that of the change, undefined when it is told for another reason. */
export interface DueLevel extends LevelKey {
  readonly sequence?: string;
  /** It is due because a run over all facilities walks over it. */
  readonly ofRun?: true;
}

/** What a target is told in one: a level, or the sum of a product's levels. */
export interface Telling {
  readonly level: LevelToTell;
  /** What stands in the target once it has confirmed. */
  readonly number: number;
  /** The levels that are settled by it. */
  readonly values: readonly LevelValue[];
  /** Why it is set aside now. */
  readonly problem: string | null;
  /** Why it cannot be told. */
  readonly aside?: { readonly code: ChannelProblem; readonly message: string };
}

/** Sums of decimals are exact to as many places as a quantity has. */
const PARTS_OF_A_UNIT = 10_000;
/** What a sum has in place of a facility. */
const ALL_FACILITIES = "*";

/** What the target is told of levels now. What a round before has told already is left out, and a level that does not exist. */
export async function readTellings(
  { database: { pool } }: LaneParts,
  channel: WorkedChannel,
  due: readonly DueLevel[],
): Promise<Telling[]> {
  const { settings, tells, lane, target } = channel;
  const { idType } = settings.products;
  const products = [...new Set(due.map(({ product }) => product))];
  const keys = tells.isSum ? await levelsOfProducts(pool, products, facilitiesOf(settings)) : due;
  const values = await valuesToTell(pool, { channel: lane.channel, keys, idType });
  const map = target.items && (await mappedProducts(pool, lane.channel, { products, idType }));
  const reasons = new Map(due.map((each) => [keyOf(channel, each), each]));
  return [...grouped(values, (value) => keyOf(channel, value)).values()]
    .filter((group) => isWanted(group, reasons.get(keyOf(channel, group[0]))))
    .map((group) => tellingOf(channel, group, map));
}

/** Of a channel that is told sums: each product once, for all the reasons for which its levels are due. */
export function oncePerTelling(channel: WorkedChannel, due: readonly DueLevel[]): readonly DueLevel[] {
  if (!channel.tells.isSum) return due;
  const once = new Map<number, DueLevel>();
  for (const each of due) {
    const { product, ofRun } = each;
    const other = once.get(product);
    const sequence = other && !other.sequence ? undefined : each.sequence;
    const facility = Math.min(each.facility, other?.facility ?? each.facility);
    const isOfRun = ofRun && (other === undefined || other.ofRun);
    once.set(product, { facility, product, ...(sequence && { sequence }), ...(isOfRun && { ofRun: true }) });
  }
  return [...once.values()];
}

type Group = readonly [LevelValue, ...LevelValue[]];

function keyOf({ tells }: WorkedChannel, { facility, product }: LevelKey): string {
  return tells.isSum ? `${product}` : `${facility} ${product}`;
}

/**
 * Not wanted is a change that was told by a round that was broken off before the channel's number could move past it; and a sum at
 * which a run comes by for another time.
 */
function isWanted(group: Group, reason: DueLevel | undefined): boolean {
  if (reason?.ofRun) return group.length === 1 || reason.facility === group[0].facility;
  return reason?.sequence === undefined || group.some((value) => value.again || !isTold(value));
}

/** The target knows it as it is. */
export function isTold({ toldSequence, sequence, problem }: LevelValue): boolean {
  return problem === null && toldSequence !== null && BigInt(toldSequence) >= BigInt(sequence);
}

function tellingOf(
  channel: WorkedChannel,
  values: Group,
  map: ReadonlyMap<number, MappedProduct> | undefined,
): Telling {
  const { settings, tells } = channel;
  const [first] = values;
  const mapped = map?.get(first.product);
  const idValue = mapped?.idValue ?? first.idValue;
  const levels = values.map((value) => toldLevel({ ...value, idValue: idValue ?? "" }, settings));
  const [one, ...others] = levels;
  if (one === undefined) throw new Error("a telling has no level");
  const level = tells.isSum ? others.reduce(added, { ...one, facilityId: ALL_FACILITIES }) : one;
  // Summed levels were told by the same tellings; one that came later has not been told yet.
  const last = values.reduce((newest, value) => (isNewer(value, newest) ? value : newest));
  const target = mapped?.target ?? last.target;
  const isOther = mapped !== undefined && last.target !== null && last.target !== target;
  const problems = values.map(({ problem }) => problem).filter((problem) => problem !== null);
  const aside = asideOf(channel, idValue, mapped, map !== undefined);
  return {
    level: {
      ...level,
      place: tells.isSum ? ALL_FACILITIES : placeOf(settings, first.facilityId),
      target,
      told: last.toldOnHand === null || isOther ? null : Number(last.toldOnHand),
      mayOverwrite: values.some(({ problem, again }) => problem === "TARGET_CHANGED" && again),
    },
    number: tells.numberOf ? tells.numberOf(level) : level.onHand,
    values,
    problem: problems.find((problem) => problem === "UNKNOWN_OUTCOME") ?? problems[0] ?? null,
    ...(aside && { aside }),
  };
}

function isNewer(value: LevelValue, than: LevelValue): boolean {
  return (
    value.toldSequence !== null &&
    (than.toldSequence === null || BigInt(value.toldSequence) > BigInt(than.toldSequence))
  );
}

type Level = ReturnType<typeof toldLevel>;

/** A sum is as old as its oldest part, and as new as the last one that changed. */
function added(sum: Level, level: Level): Level {
  return {
    ...sum,
    onHand: exact(sum.onHand + level.onHand),
    available: sum.available + level.available,
    asOf: sum.asOf === null || level.asOf === null ? null : ([sum.asOf, level.asOf].toSorted()[0] ?? null),
    updatedAt: [sum.updatedAt, level.updatedAt].toSorted()[1] ?? sum.updatedAt,
    sequence: Math.max(sum.sequence, level.sequence),
  };
}

/** A sum or difference of quantities without what binary fractions add to it. */
export function exact(number: number): number {
  return Math.round(number * PARTS_OF_A_UNIT) / PARTS_OF_A_UNIT;
}

function asideOf(
  { settings }: WorkedChannel,
  idValue: string | null,
  mapped: MappedProduct | undefined,
  isMapped: boolean,
): Telling["aside"] {
  const { idType } = settings.products;
  const say = (code: ChannelProblem, what: string) => ({ code, message: `${what} ${channelProblems[code]}` });
  if (idValue === null) return say("UNMAPPED_PRODUCT", `The product has no id of type ${idType}.`);
  if (!isMapped) return undefined;
  if (mapped === undefined) return say("UNMAPPED_PRODUCT", `The target has nothing with ${idType} ${idValue}.`);
  if (mapped.targets > 1)
    return say("DUPLICATE_TARGET", `The target has ${mapped.targets} things with ${idType} ${idValue}.`);
  const problem = mapped.problem as ChannelProblem | null;
  return problem === null ? undefined : { code: problem, message: channelProblems[problem] };
}
