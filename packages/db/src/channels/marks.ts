// Flow 3, step 1: what the ledger changed becomes numbers in the order of which channels are told.
import type { Database } from "../database.ts";
import { Locks } from "../locks.ts";
import { only } from "../statements.ts";

const CHANGES_AT_ONCE_MAX = 2_000;
const LEVELS_AT_ONCE_MAX = 20_000;

/**
 * Gives the levels that changed their new numbers. Several changes of a level since the last time are one.
 * Returns how many levels were marked and whether there may be more; undefined when another worker is at it.
 */
export async function spreadChanges(
  database: Database,
): Promise<{ readonly marked: number; readonly isMore: boolean } | undefined> {
  return database.transaction(async (client) => {
    const { mine } = await only<{ mine: boolean }>(client, "try_marks", [Locks.marks]);
    return mine ? only(client, "spread_level_changes", [CHANGES_AT_ONCE_MAX, LEVELS_AT_ONCE_MAX]) : undefined;
  });
}
