// Upkeep: names that do not meet are looked for now and then, by one worker for all, and the alarm names-apart follows from what was found.
import { lookAtNames, namePairs } from "@inventory-sync/db";
import { namedKinds, namesApart } from "@inventory-sync/domain";
import type { ResetParts } from "../resets/parts.ts";
import type { Watch } from "./alarm-watches.ts";

/** Looks for stores and products that sell under one name and are counted under another, when it is time. */
export async function watchNames({ database, log }: Pick<ResetParts, "database" | "log">): Promise<void> {
  const found = await lookAtNames(database);
  if (found !== undefined) log.debug({ pairs: found }, "looked for names that do not meet");
}

/** The alarm tells of a few pairs; the page has all of them. */
const TOLD_MAX = 3;

/**
 * Alarm names-apart, one for stores and one for products: two names may be one, and stock is wrong under both, until they are made one,
 * are said to differ, or it is no longer so.
 */
export const watchNamesApart: Watch = async ({ database, config }) => {
  const found = await Promise.all(
    namedKinds.map(async (kind) => {
      const rows = await namePairs(database, { kind, isSaidToDiffer: false, limit: TOLD_MAX });
      const [first] = rows;
      if (!first) return [];
      const since = new Date(rows.map(({ firstSeen }) => firstSeen).toSorted()[0] ?? first.firstSeen);
      const pairs = rows.map(({ pair }) => pair);
      return [namesApart({ kind, pairs, count: first.matching, since }, config.RESET_TIME_ZONE)];
    }),
  );
  return { judged: ["names-apart"], causes: found.flat() };
};
