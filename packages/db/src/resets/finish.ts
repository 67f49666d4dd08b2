// Flow 2, step 6: a reset ends. Its state follows from those of its facilities; the file is put away only after this
// has been committed.
import type { Database } from "../database.ts";

/** How a reset ended, for the report. */
export interface ResetEnd {
  readonly state: string;
  readonly facilities: number;
  readonly applied: number;
  readonly failed: number;
  readonly held: number;
  readonly corrected: number;
}

/**
 * Ends a reset whose facilities have all ended; returns undefined while one has not, and what was decided before when it
 * had ended already. Failed or held facilities leave it `completed-with-holds`; with none applied it is `failed`.
 */
export async function finishReset(database: Database, resetId: string): Promise<ResetEnd | undefined> {
  return database.transaction(async (client) => {
    const counted = await client.query<
      Omit<ResetEnd, "state"> & { open: number; state: string; preview: boolean; finished_at: Date | null }
    >(
      `select r.state, r.preview, r.finished_at, count(f.*)::int as facilities,
              (count(*) filter (where f.reset_id is not null and f.finished_at is null))::int as open,
              (count(*) filter (where f.state in ('applied', 'stale', 'reverted')))::int as applied,
              (count(*) filter (where f.state = 'failed'))::int as failed,
              (count(*) filter (where f.state = 'held'))::int as held,
              coalesce(sum(f.corrected), 0)::int as corrected
         from reset r left join facility_reset f on f.reset_id = r.id
        where r.id = $1 group by r.id`,
      [resetId],
    );
    const row = counted.rows[0];
    if (!row) throw new Error(`reset ${resetId} does not exist`);
    const { finished_at, open, preview, ...end } = row;
    if (finished_at !== null) return end;
    if (open > 0 || row.state !== "reconciling") return undefined;
    const state = preview ? "preview" : endState(row);
    await client.query(
      `update reset set state = $2, finished_at = clock_timestamp(), touched_at = clock_timestamp(),
              timings = timings || jsonb_build_object('totalMs', round(extract(epoch from clock_timestamp() - created_at) * 1000))
        where id = $1 and finished_at is null`,
      [resetId, state],
    );
    return { ...end, state };
  });
}

function endState(end: Omit<ResetEnd, "state">): string {
  if (end.failed + end.held === 0) return "completed";
  return end.applied + end.held > 0 ? "completed-with-holds" : "failed";
}

/** What a file looked like that ended without its rows: a duplicate, or refused whole. */
export interface UnstagedEnd {
  readonly state: "completed" | "failed" | "preview";
  /** In words; stands in the reset's summary. */
  readonly outcome: string;
  readonly sha256?: string;
  readonly asOf?: Date;
  readonly asOfFrom?: string;
  /** Where the file is, when nothing is left to be done with it. */
  readonly leftAt?: string;
}

/** Ends a reset that changed nothing, from `staging`. Ended ones are left as they are. */
export async function endUnstaged(database: Database, resetId: string, end: UnstagedEnd): Promise<void> {
  await database.pool.query(
    `update reset set state = $2, outcome = $3, sha256 = coalesce($4, sha256), as_of = coalesce($5, as_of),
            as_of_from = coalesce($6, as_of_from), archived_to = $7, finished_at = clock_timestamp(), touched_at = clock_timestamp()
      where id = $1 and finished_at is null`,
    [resetId, end.state, end.outcome, end.sha256 ?? null, end.asOf ?? null, end.asOfFrom ?? null, end.leftAt ?? null],
  );
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
