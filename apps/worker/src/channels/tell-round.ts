// Flow 3, step 4: one round of a channel. The levels that are due are read as they are now, sent in calls of the target's size, and what
// became of each is kept as soon as it is known.
import { type LevelKey, type LevelValue, type SettledLevel, settleLevels, valuesToTell } from "@inventory-sync/db";
import { type ChannelSettings, channelProblems, placeOf, toldLevel } from "@inventory-sync/domain";
import type { LaneParts, WorkedChannel } from "./open-channels.ts";
import { type LevelToTell, type Target, TargetFailure, type ToldFate } from "./target.ts";

/** A call that the target refuses is sent again in halves, to find the level that is at fault: so many times a round. */
const HALVINGS_MAX = 40;

/** A level of this round; `sequence` is that of the change, undefined when it is told for another reason. */
export interface DueLevel extends LevelKey {
  readonly sequence?: string;
}

/** How a round went: `failure` is why it was broken off; then not all of its levels are settled. */
export interface RoundEnd {
  readonly told: number;
  readonly failure?: TargetFailure;
  /** Another worker has the channel now. */
  readonly isLaneLost?: true;
}

/** Tells levels, each another one. Never throws for what the target does; throws when the database is away. */
export async function tellRound(parts: LaneParts, channel: WorkedChannel, due: readonly DueLevel[]): Promise<RoundEnd> {
  const { target } = channel;
  const batches = inBatches(due, target.batchMax);
  const round: Round = { parts, channel, halvings: 0, told: 0 };
  const next = async (): Promise<void> => {
    for (let batch = batches.shift(); batch !== undefined && !isBroken(round); batch = batches.shift())
      await tellBatch(round, batch);
  };
  await Promise.all(Array.from({ length: Math.min(target.callsAtOnceMax, batches.length) }, next));
  return {
    told: round.told,
    ...(round.failure && { failure: round.failure }),
    ...(round.isLaneLost && { isLaneLost: true }),
  };
}

interface Round {
  readonly parts: LaneParts;
  readonly channel: WorkedChannel;
  halvings: number;
  told: number;
  failure?: TargetFailure;
  isLaneLost?: true;
}

function isBroken({ failure, isLaneLost, parts }: Round): boolean {
  return failure !== undefined || isLaneLost === true || parts.stopping.aborted;
}

/** Reads a batch as it is now (C3) and tells it. */
async function tellBatch(round: Round, batch: readonly DueLevel[]): Promise<void> {
  const { parts, channel } = round;
  const { settings, lane } = channel;
  const values = await valuesToTell(parts.database.pool, {
    channel: lane.channel,
    keys: batch,
    idType: settings.products.idType,
  });
  const changes = new Map(batch.map(({ facility, product, sequence }) => [`${facility} ${product}`, sequence]));
  const wanted = values.filter((value) => !isTold(value, changes.get(`${value.facility} ${value.product}`)));
  const unknown = wanted.filter(({ idValue }) => idValue === null);
  await settle(
    round,
    unknown,
    unknown.map(() => noSuchId(settings)),
  );
  await tellLevels(
    round,
    wanted.filter(({ idValue }) => idValue !== null),
  );
}

/** The round that told it was broken off later, before the channel's number could move past it. */
function isTold({ toldSequence, sequence, problem }: LevelValue, change: string | undefined): boolean {
  return change !== undefined && problem === null && toldSequence !== null && BigInt(toldSequence) >= BigInt(sequence);
}

async function tellLevels(round: Round, values: readonly LevelValue[]): Promise<void> {
  const { parts, channel } = round;
  if (values.length === 0 || isBroken(round)) return;
  try {
    const fates = await tell(
      channel.target,
      values.map((value) => levelToTell(value, channel.settings)),
      parts.stopping,
    );
    await settle(round, values, fates);
  } catch (error) {
    if (!(error instanceof TargetFailure)) throw error;
    if (error.kind !== "refused" || round.halvings >= HALVINGS_MAX) {
      round.failure ??= error;
      return;
    }
    if (values.length === 1)
      return settle(round, values, [{ fate: "set-aside", code: "REFUSED", message: error.message }]);
    round.halvings += 1;
    const middle = Math.ceil(values.length / 2);
    await tellLevels(round, values.slice(0, middle));
    await tellLevels(round, values.slice(middle));
  }
}

async function tell(
  target: Target,
  levels: readonly LevelToTell[],
  stopping: AbortSignal,
): Promise<readonly ToldFate[]> {
  const fates = await target.tell(levels, stopping);
  if (fates.length !== levels.length) throw new Error(`${fates.length} fates of ${levels.length} levels`);
  return fates;
}

async function settle(round: Round, values: readonly LevelValue[], fates: readonly ToldFate[]): Promise<void> {
  const { parts, channel } = round;
  const levels = values.map((value, at) => settledLevel(value, fates[at]));
  if (!(await settleLevels(parts.database.pool, channel.lane, levels))) round.isLaneLost = true;
  round.told += fates.filter((each) => each.fate === "confirmed").length;
}

function settledLevel({ facility, product, onHand, sequence }: LevelValue, fate: ToldFate | undefined): SettledLevel {
  const level = { facility, product, onHand, sequence };
  if (fate?.fate === "confirmed") return { ...level, ...(fate.target !== undefined && { target: fate.target }) };
  if (fate === undefined) throw new Error("a level has no fate");
  return { ...level, problem: fate.code, message: fate.message };
}

function levelToTell(value: LevelValue, settings: ChannelSettings): LevelToTell {
  const level = toldLevel({ ...value, idValue: value.idValue ?? "" }, settings);
  const told = value.toldOnHand === null ? null : Number(value.toldOnHand);
  return { ...level, place: placeOf(settings, value.facilityId), target: value.target, told, mayOverwrite: false };
}

function noSuchId({ products }: ChannelSettings): ToldFate {
  const message = `The product has no id of type ${products.idType}. ${channelProblems.UNMAPPED_PRODUCT}`;
  return { fate: "set-aside", code: "UNMAPPED_PRODUCT", message };
}

function inBatches<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
}
