// Flow 2, step 6: a reset ends. Its state follows from those of its facilities; the file is put away only after this
// has been committed.
import type { Database } from "../database.ts";
import { moveReset, type ResetNotes, type ResetStanding, settleReset } from "./transitions.ts";

/**
 * Ends a reset whose facilities have all ended; returns undefined while one has not, and what was decided before when it
 * had ended already.
 */
export async function finishReset(database: Database, resetId: string): Promise<ResetStanding | undefined> {
  const standing = await database.transaction((client) => settleReset(client, resetId));
  return standing.finished ? standing : undefined;
}

/** What a file looked like that ended without its rows: a duplicate, or refused whole. */
export interface UnstagedEnd extends Pick<ResetNotes, "sha256" | "asOf" | "asOfFrom" | "leftAt"> {
  readonly state: "completed" | "failed" | "preview";
  /** In words; stands in the reset's summary. */
  readonly outcome: string;
}

/** Ends a reset that changed nothing, from `staging`. Ended ones are left as they are. */
export async function endUnstaged(database: Database, resetId: string, { state, ...end }: UnstagedEnd): Promise<void> {
  await moveReset(database.pool, resetId, state, end);
}

/** The file was put away, or is no longer there; the staged rows have served. */
export async function recordArchived(database: Database, resetId: string, archivedTo: string): Promise<void> {
  await database.pool.query("delete from snapshot_part where reset_id = $1", [resetId]);
  await database.pool.query("update reset set archived_to = $2, touched_at = clock_timestamp() where id = $1", [
    resetId,
    archivedTo,
  ]);
}

/** A refused row as it goes back to its sender. */
export interface KeptReject {
  readonly line: number;
  readonly code: string;
  readonly reason: string;
  readonly fields: readonly string[];
}

/** All rejected rows of a reset in the order of the file. */
export async function rejectedRows(database: Database, resetId: string): Promise<KeptReject[]> {
  return database.prisma.rejectedRow.findMany({
    where: { resetId },
    orderBy: { line: "asc" },
    select: { line: true, code: true, reason: true, fields: true },
  });
}
