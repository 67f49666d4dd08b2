// Flow 3: reads what a target has, a page a round, beside the map in force. Only a reading that came to its end takes its place.
import { beginMapAnew, type ChannelRun, failMap, finishMap, keepMapPage } from "@inventory-sync/db";
import { isOutsideId } from "@inventory-sync/domain";
import type { LaneParts, WorkedChannel } from "./open-channels.ts";
import { TargetFailure, type TargetItem } from "./target.ts";
import type { RoundEnd } from "./tell-round.ts";

/** Nothing that a target calls its things is longer; what is would not fit the index. */
const TARGET_CHARACTERS_MAX = 500;
const CURSOR_CHARACTERS_MAX = 10_000;
/** A list that is longer has no end: no shop sells as many things. */
const THINGS_MAX = 2_000_000;

/** Reads the next page of a map. Never throws for what the target does. */
export async function readMapPage(parts: LaneParts, channel: WorkedChannel, run: ChannelRun): Promise<RoundEnd> {
  const { pool } = parts.database;
  const { lane, settings } = channel;
  try {
    const { things, next, seen } = await readPage(parts, channel, run);
    if (run.done + seen > THINGS_MAX)
      throw new TargetFailure("refused", `the target's list of things has no end: it is longer than ${THINGS_MAX}`);
    const page = { runId: run.id, things, seen, next: next ?? run.pageAfter };
    if (!(await keepMapPage(pool, lane, page))) return { told: 0, isLaneLost: true };
    if (next !== null) return { told: 0 };
    // A shop that had things and lists none any more is rather one that fails than one that sold its catalogue.
    if (run.total > 0 && run.done + seen === 0)
      throw new TargetFailure("away", "the target lists nothing at all any more, so what it had before stays in force");
    return (await finishMap(pool, lane, run.id, settings.products.idType))
      ? { told: 0 }
      : { told: 0, isLaneLost: true };
  } catch (error) {
    if (!(error instanceof TargetFailure)) throw error;
    await failMap(pool, lane, error.message);
    // It may be the place in the list that the target does not know any more, or a list without an end.
    if (error.kind === "refused" && run.pageAfter !== null) await beginMapAnew(pool, lane, run.id);
    return { told: 0, failure: error };
  }
}

async function readPage({ stopping }: LaneParts, { target }: WorkedChannel, { pageAfter }: ChannelRun) {
  if (target.items === undefined) return { things: [], next: null, seen: 0 };
  const { items, next } = await target.items(pageAfter, stopping);
  if (next !== null && (next === pageAfter || next.length > CURSOR_CHARACTERS_MAX))
    throw new TargetFailure(
      "away",
      "the target's list of things leads nowhere: it names the same page again, or none that can be kept",
    );
  return { things: items.filter(isKnowable).map(thingOf), next, seen: items.length };
}

/** What has no id that could be one of ours is nothing that is told. */
function isKnowable({ idValue, target }: TargetItem): boolean {
  if (target.length > TARGET_CHARACTERS_MAX || target.includes("\0"))
    throw new TargetFailure(
      "away",
      `the target has a thing whose own id is longer than ${TARGET_CHARACTERS_MAX} characters`,
    );
  return isOutsideId(idValue);
}

function thingOf({ idValue, target, problem }: TargetItem) {
  return { idValue, target, problem: problem ?? null };
}
