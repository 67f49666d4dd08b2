// Flow 3, step 4: one round of a channel. What is due is read as it is now, sent in calls of the target's size, and what became of each
// level is kept as soon as it is known.
import { noteDeltas, type SettledLevel, settleLevels } from "@inventory-sync/db";
import { channelProblems, inParts } from "@inventory-sync/domain";
import type { LaneParts, WorkedChannel } from "./open-channels.ts";
import { TargetFailure, type ToldFate, theirWords } from "./target.ts";
import { type DueLevel, exact, isTold, oncePerTelling, readTellings, type Telling } from "./tellings.ts";

/** A call that the target refuses is sent again in halves, to find the level that is at fault: so many times a round. */
const HALVINGS_MAX = 40;

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
  const batches = inParts(oncePerTelling(channel, due), target.batchMax);
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

async function tellBatch(round: Round, batch: readonly DueLevel[]): Promise<void> {
  const { parts, channel } = round;
  const { isDelta } = channel.tells;
  const read = await readTellings(parts, channel, batch);
  // What a target may have taken already is told again by nothing but a settling.
  const wanted = isDelta ? read.filter(({ problem }) => problem !== "UNKNOWN_OUTCOME") : read;
  const fates = wanted.map((telling) => fateBefore(channel, telling));
  const known = wanted.flatMap((telling, at) => (fates[at] ? [{ telling, fate: fates[at] }] : []));
  await settle(round, known);
  await tellLevels(
    round,
    wanted.filter((_, at) => !fates[at]),
  );
}

/** What is known to become of a telling without a call. */
function fateBefore({ tells, target }: WorkedChannel, { aside, level, number }: Telling): ToldFate | undefined {
  if (aside) return { fate: "set-aside", ...aside };
  if (!tells.isDelta) return undefined;
  if (level.told === null && target.resetLevels)
    return {
      ...{ fate: "set-aside", code: "UNKNOWN_OUTCOME" },
      message: "It was never told, so it is not known what the target has: it is told absolutely soon.",
    };
  // What a kind keeps with a level may say that its number does not stand, so the kind is asked then.
  return level.told === number && (target.items || !level.target) ? { fate: "confirmed" } : undefined;
}

async function tellLevels(round: Round, tellings: readonly Telling[]): Promise<void> {
  const { parts, channel } = round;
  if (tellings.length === 0 || isBroken(round)) return;
  if (!(await note(round, tellings, "about to be sent"))) return;
  const traces = parts.follow ? tracesOf(tellings) : [];
  if (parts.follow && traces.length > 0)
    await parts.follow(`tell ${channel.settings.name}`, traces, () => callAndSettle(round, tellings));
  else await callAndSettle(round, tellings);
}

/** The traces of changes that are told for the first time, oldest first, each once. */
function tracesOf(tellings: readonly Telling[]): string[] {
  const values = tellings.flatMap((telling) =>
    telling.values.filter((value) => value.trace !== null && !isTold(value)),
  );
  const inOrder = values.toSorted((one, other) => Number(one.sequence) - Number(other.sequence));
  return [...new Set(inOrder.map(({ trace }) => trace ?? ""))];
}

/** @returns why it failed, undefined when it did not */
async function callAndSettle(round: Round, tellings: readonly Telling[]): Promise<string | undefined> {
  const { parts, channel } = round;
  // What was read may be old by now, and another one told newer.
  if (!channel.isHeld()) round.isLaneLost = true;
  if (round.isLaneLost) return undefined;
  try {
    const levels = tellings.map(({ level }) => level);
    const fates = await channel.target.tell(levels, parts.stopping);
    if (fates.length !== levels.length) throw new Error(`${fates.length} fates of ${levels.length} levels`);
    const told: Told[] = [];
    const failed: { readonly telling: Telling; readonly failure: TargetFailure }[] = [];
    for (const [at, telling] of tellings.entries()) {
      const fate = fates[at];
      if (fate?.fate === "failed") failed.push({ telling, failure: fate.failure });
      else told.push({ telling, fate });
    }
    await settle(round, told);
    for (const { telling, failure } of failed) await keepUntold(round, [telling], failure);
    return failed[0]?.failure.message;
  } catch (error) {
    if (!(error instanceof TargetFailure)) throw error;
    await keepUntold(round, tellings, error);
    return error.message;
  }
}

/** Of a channel that is told deltas: keeps what is about to be sent, or that it did not leave. @returns false when nothing may be sent */
async function note(
  round: Round,
  tellings: readonly Telling[],
  what: "about to be sent" | "not sent",
): Promise<boolean> {
  const { parts, channel } = round;
  if (!channel.tells.isDelta) return true;
  const deltas = tellings.flatMap(({ values, number, level }) => {
    const delta = what === "not sent" ? null : exact(number - (level.told ?? 0));
    return values.map(({ facility, product }) => ({ facility, product, delta }));
  });
  if (await noteDeltas(parts.database.pool, channel.lane, deltas)) return true;
  round.isLaneLost = true;
  return false;
}

async function keepUntold(round: Round, tellings: readonly Telling[], error: TargetFailure): Promise<void> {
  if (error.kind === "unknown" && round.channel.tells.isDelta) {
    round.failure ??= error;
    const message = `${error.message}. ${channelProblems.UNKNOWN_OUTCOME}`;
    const fate = { fate: "set-aside", code: "UNKNOWN_OUTCOME", message } as const;
    return settle(
      round,
      tellings.map((telling) => ({ telling, fate })),
    );
  }
  await note(round, tellings, "not sent");
  if (error.kind !== "refused" || round.halvings >= HALVINGS_MAX) {
    round.failure ??= error;
    return;
  }
  const [only] = tellings;
  if (tellings.length === 1 && only)
    return settle(round, [{ telling: only, fate: { fate: "set-aside", code: "REFUSED", message: error.message } }]);
  round.halvings += 1;
  const middle = Math.ceil(tellings.length / 2);
  await tellLevels(round, tellings.slice(0, middle));
  await tellLevels(round, tellings.slice(middle));
}

async function settle(round: Round, told: readonly Told[]): Promise<void> {
  if (!(await keepFates(round.parts, round.channel, told))) round.isLaneLost = true;
  round.told += told.filter(({ fate }) => fate?.fate === "confirmed").length;
}

export interface Told {
  readonly telling: Telling;
  readonly fate: ToldFate | undefined;
}

/** Keeps what became of tellings, for each of their levels. @returns false when the lane was lost: then nothing was kept */
export async function keepFates(
  { database }: LaneParts,
  channel: WorkedChannel,
  told: readonly Told[],
): Promise<boolean> {
  const levels = told.flatMap(({ telling: { values, number, level }, fate }): SettledLevel[] => {
    if (fate === undefined) throw new Error("a level has no fate");
    const aside = fate.fate === "set-aside" ? { problem: fate.code, message: theirWords(fate.message) } : undefined;
    const target = (channel.target.items && !aside ? level.target : fate.target) ?? undefined;
    const stands = fate.fate === "confirmed" ? (fate.number ?? number) : number;
    return values.map(({ facility, product, sequence }) => ({
      ...{ facility, product, sequence, number: stands, ...aside },
      ...(target !== undefined && { target }),
      ...(stands !== number && { again: true }),
    }));
  });
  return settleLevels(database.pool, channel.lane, levels);
}
