// Flow 3, of channels that are told deltas: levels of which nobody knows what the target has are told absolutely, where it can be told so.
import { levelsUnknown, putOffReset, type TakenLane } from "@inventory-sync/db";
import { facilitiesOf } from "@inventory-sync/domain";
import type { LaneParts, WorkedChannel } from "./open-channels.ts";
import { TargetFailure, type ToldFate } from "./target.ts";
import { keepFates, type RoundEnd } from "./tell-round.ts";
import { readTellings } from "./tellings.ts";

/** What is not settled is tried again after so long: such a way is slow, a file that the target takes in when it likes. */
const AGAIN_MS = 60_000;

/** Tells levels of unknown outcome absolutely, as many as the target takes at once. @returns undefined when there are none */
export async function resetUnknown(
  parts: LaneParts,
  channel: WorkedChannel,
  { mode, isResetDue }: TakenLane,
): Promise<RoundEnd | undefined> {
  const { pool } = parts.database;
  const { target, settings, lane } = channel;
  if (target.resetLevels === undefined || mode === "shadow" || !isResetDue) return undefined;
  const limit = target.batchMaxOfReset ?? target.batchMax;
  const keys = await levelsUnknown(pool, lane.channel, { facilities: facilitiesOf(settings), limit });
  if (keys.length === 0) return undefined;
  const tellings = (await readTellings(parts, channel, keys)).filter(({ aside }) => aside === undefined);
  const levels = tellings.map(({ level }) => level);
  try {
    const fates = levels.length === 0 ? [] : await target.resetLevels(levels, parts.stopping);
    if (fates.length !== levels.length) throw new Error(`${fates.length} fates of ${levels.length} levels`);
    const told = tellings.map((telling, at) => ({ telling, fate: stillUnknown(fates[at]) }));
    if (!(await keepFates(parts, channel, told))) return { told: 0, isLaneLost: true };
    const confirmed = fates.filter(({ fate }) => fate === "confirmed").length;
    if (confirmed < limit) await putOffReset(pool, lane, AGAIN_MS);
    return { told: confirmed };
  } catch (error) {
    if (error instanceof TargetFailure) return { told: 0, failure: error };
    throw error;
  }
}

/** Whatever is said against an absolute number, the delta that was sent stays open. */
function stillUnknown(fate: ToldFate | undefined): ToldFate | undefined {
  return fate?.fate === "set-aside" ? { ...fate, code: "UNKNOWN_OUTCOME" } : fate;
}
