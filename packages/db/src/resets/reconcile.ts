// Flow 2, step 5: one facility's reset, one transaction under that facility's lock (R8). All of it is seen or none, and a
// worker that dies here frees the lock with its connection.
import type { Database } from "../database.ts";
import { Locks } from "../locks.ts";
import { type Queryable, run } from "../statements.ts";

/** Limits and choices of a facility reset. */
export interface ReconcileOptions {
  /** ABSENT_ROWS: what a product becomes that the snapshot does not list (R7). */
  readonly absentRows: "keep" | "zero";
  /** Movements this close to as_of are counted as borderline. */
  readonly borderlineSeconds: number;
  /** How long to wait for batches in flight to let go of the facility, in milliseconds. */
  readonly lockWaitMsMax: number;
}

/** How a facility reset ended, or why it has not. */
export type ReconcileResult =
  | {
      readonly ended: "applied" | "stale";
      readonly rows: number;
      readonly corrected: number;
      readonly lockedMs: number;
    }
  | { readonly ended: "already"; readonly state: string }
  | { readonly ended: "staging-lost"; readonly wanted: number; readonly found: number };

const RECONCILE_MS_MAX = 15 * 60_000;

interface Figures {
  readonly listed: number;
  readonly stale: number;
  readonly corrected: number;
  readonly absent: number;
  readonly borderline: number;
  readonly units_before: string;
  readonly units_after: string;
  readonly late_sales: string;
  readonly shipments: string;
  readonly unexplained: string;
}

/**
 * Makes one facility agree with its staged snapshot (R4, R6–R8). Doing it twice changes nothing: the second finds the
 * facility reset ended. Throws SQLSTATE 55P03 when the lock could not be had in time.
 * @param facility facility.id
 */
export async function reconcileFacility(
  database: Database,
  { resetId, facility }: { readonly resetId: string; readonly facility: number },
  options: ReconcileOptions,
): Promise<ReconcileResult> {
  // Seen by the board while the transaction below is not: this facility is being worked on now.
  await database.pool.query(
    `update facility_reset set state = 'reconciling', started_at = coalesce(started_at, clock_timestamp())
      where reset_id = $1 and facility_id = $2 and state = 'pending'`,
    [resetId, facility],
  );
  return database.transaction(async (client) => {
    await client.query(
      `set local lock_timeout = ${options.lockWaitMsMax}; set local statement_timeout = ${RECONCILE_MS_MAX}`,
    );
    await client.query("select pg_advisory_xact_lock($1, $2)", [Locks.facility, facility]);
    const lockedAt = performance.now();
    const state = await readState(client, resetId, facility);
    if (state.state !== "reconciling" && state.state !== "pending") return { ended: "already", state: state.state };
    if (state.staged !== state.rows) return { ended: "staging-lost", wanted: state.rows, found: state.staged };
    const [figures] = await run<Figures & Record<string, unknown>>(client, "reconcile_facility", [
      resetId,
      facility,
      state.as_of,
      options.absentRows === "zero",
      options.borderlineSeconds,
    ]);
    if (!figures) throw new Error("the reconciling statement returned no figures");
    const ended = figures.stale === figures.listed && figures.listed > 0 ? "stale" : "applied";
    const lockedMs = Math.round(performance.now() - lockedAt);
    await recordEnd(client, { resetId, facility, ended, lockedMs }, figures);
    return { ended, rows: figures.listed, corrected: figures.corrected, lockedMs };
  });
}

async function readState(client: Queryable, resetId: string, facility: number) {
  const found = await client.query<{ state: string; rows: number; staged: number; as_of: Date }>(
    `select f.state, f.rows, r.as_of,
            (select count(*) from snapshot_row s where s.reset_id = $1 and s.facility_id = $2)::int as staged
       from facility_reset f join reset r on r.id = f.reset_id
      where f.reset_id = $1 and f.facility_id = $2
        for update of f`,
    [resetId, facility],
  );
  const row = found.rows[0];
  if (!row) throw new Error(`reset ${resetId} has no facility number ${facility}`);
  return row;
}

async function recordEnd(
  client: Queryable,
  end: { resetId: string; facility: number; ended: string; lockedMs: number },
  figures: Figures,
): Promise<void> {
  await client.query(
    `update facility_reset
        set state = $3, locked_ms = $4, corrected = $5, stale = $6, absent = $7, borderline = $8, units_before = $9,
            units_after = $10, late_sales = $11, shipments = $12, unexplained = $13, finished_at = clock_timestamp()
      where reset_id = $1 and facility_id = $2`,
    [
      end.resetId,
      end.facility,
      end.ended,
      end.lockedMs,
      figures.corrected,
      figures.stale,
      figures.absent,
      figures.borderline,
      figures.units_before,
      figures.units_after,
      figures.late_sales,
      figures.shipments,
      figures.unexplained,
    ],
  );
}
