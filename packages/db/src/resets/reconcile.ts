// Flow 2, step 6: one facility's reset. First it is weighed, without the lock; a guard that trips holds it. Else one
// transaction under the facility's lock applies it (R8): all of it is seen or none, and a worker that dies here frees
// the lock with its connection.
import { type GuardLimits, trippedGuards } from "@inventory-sync/domain";
import type pg from "pg";
import type { Database } from "../database.ts";
import { Locks } from "../locks.ts";
import { type Figures, lastAcceptedRows, readFacilityReset, recordFigures, weigh } from "./facility-figures.ts";
import { endHoldsBefore, holdFacility, restoreHeldRows, settleHolds } from "./hold.ts";

/** Limits and choices of a facility reset. */
export interface ReconcileOptions {
  /** ABSENT_ROWS: what a product becomes that the snapshot does not list (R7). */
  readonly absentRows: "keep" | "zero";
  /** Movements this close to as_of are counted as borderline. */
  readonly borderlineSeconds: number;
  /** How long to wait for batches in flight to let go of the facility, in milliseconds. */
  readonly lockWaitMsMax: number;
  /** Limits past which the facility is held; undefined once somebody has approved it. */
  readonly guards: GuardLimits | undefined;
}

/** How a facility reset ended, or why it has not. */
export type ReconcileResult =
  | {
      readonly ended: "applied" | "stale";
      readonly rows: number;
      readonly corrected: number;
      readonly lockedMs: number;
    }
  | { readonly ended: "held"; readonly because: string }
  | { readonly ended: "previewed"; readonly corrected: number }
  | { readonly ended: "already"; readonly state: string }
  | { readonly ended: "staging-lost"; readonly wanted: number; readonly found: number };

const RECONCILE_MS_MAX = 15 * 60_000;

interface Wanted {
  readonly resetId: string;
  /** facility.id */
  readonly facility: number;
}

/**
 * Makes one facility agree with its staged snapshot (R4, R6–R8), or holds it. Doing it twice changes nothing: the second
 * finds the facility reset ended. Throws SQLSTATE 55P03 when the lock could not be had in time.
 */
export async function reconcileFacility(
  database: Database,
  wanted: Wanted,
  options: ReconcileOptions,
): Promise<ReconcileResult> {
  const state = await readFacilityReset(database.pool, wanted, { lock: false });
  if (state.finishedAt !== null) return { ended: "already", state: state.state };
  if (state.staged !== state.rows) return { ended: "staging-lost", wanted: state.rows, found: state.staged };
  const because = await tripped(
    database,
    { wanted, asOf: state.asOf, rejected: state.rejected, rows: state.rows },
    options,
  );
  if (state.preview) return previewFacility(database, { ...wanted, asOf: state.asOf }, { options, because });
  if (because !== "") return holdFacility(database, { ...wanted, asOf: state.asOf }, { options, because });
  // Seen by the board while the transaction below is not: this facility is being worked on now.
  await database.pool.query(
    `update facility_reset set state = 'reconciling', started_at = coalesce(started_at, clock_timestamp())
      where reset_id = $1 and facility_id = $2 and state = 'pending'`,
    [wanted.resetId, wanted.facility],
  );
  return database.transaction((client) => applyUnderLock(client, wanted, options));
}

/**
 * Applies a held facility after all, with the sales since (R4): somebody decided that its snapshot is right.
 * Returns `already` when it is not, or no longer, held.
 */
export async function approveFacility(
  database: Database,
  { decidedBy, ...wanted }: Wanted & { readonly decidedBy: string },
  options: Omit<ReconcileOptions, "guards">,
): Promise<ReconcileResult> {
  return database.transaction(async (client) => {
    const released = await client.query(
      `update facility_reset set state = 'reconciling', finished_at = null, decided_by = $3, decided_at = clock_timestamp()
        where reset_id = $1 and facility_id = $2 and state = 'held'`,
      [wanted.resetId, wanted.facility, decidedBy],
    );
    // Only what is held can be approved: one that is still to be weighed must not slip past the guards.
    if (released.rowCount !== 1)
      return { ended: "already", state: (await readFacilityReset(client, wanted, { lock: false })).state };
    await restoreHeldRows(client, wanted);
    const result = await applyUnderLock(client, wanted, { ...options, guards: undefined });
    if (result.ended === "staging-lost") {
      throw new Error(`of the ${result.wanted} rows that were held only ${result.found} are left; nothing was applied`);
    }
    await client.query("delete from snapshot_row where reset_id = $1 and facility_id = $2", [
      wanted.resetId,
      wanted.facility,
    ]);
    await settleHolds(client, wanted.resetId);
    return result;
  });
}

async function applyUnderLock(
  client: pg.PoolClient,
  wanted: Wanted,
  options: ReconcileOptions,
): Promise<ReconcileResult> {
  await client.query(`set local lock_timeout = ${options.lockWaitMsMax}`);
  await client.query(`set local statement_timeout = ${RECONCILE_MS_MAX}`);
  await client.query("select pg_advisory_xact_lock($1, $2)", [Locks.facility, wanted.facility]);
  const lockedAt = performance.now();
  const state = await readFacilityReset(client, wanted, { lock: true });
  if (state.finishedAt !== null) return { ended: "already", state: state.state };
  if (state.staged !== state.rows) return { ended: "staging-lost", wanted: state.rows, found: state.staged };
  const figures = await weigh(client, { ...wanted, asOf: state.asOf }, { options, mode: "apply" });
  const ended = figures.stale === figures.listed && figures.listed > 0 ? "stale" : "applied";
  if (ended === "applied") await endHoldsBefore(client, { ...wanted, asOf: state.asOf });
  const lockedMs = Math.round(performance.now() - lockedAt);
  await recordFigures(client, { ...wanted, state: ended, lockedMs, heldBecause: undefined }, figures);
  return { ended, rows: figures.listed, corrected: figures.corrected, lockedMs };
}

async function tripped(
  database: Database,
  { wanted, asOf, rejected, rows }: { wanted: Wanted; asOf: Date; rejected: number; rows: number },
  options: ReconcileOptions,
): Promise<string> {
  if (!options.guards) return "";
  const lastRows = await lastAcceptedRows(database.pool, wanted);
  if (lastRows === undefined) return "";
  const figures: Figures = await weigh(database.pool, { ...wanted, asOf }, { options, mode: "weigh" });
  const unitsBefore = Number(figures.units_total);
  return trippedGuards(
    {
      rows,
      rejected,
      lastRows,
      stocked: figures.stocked,
      zeroed: figures.zeroed,
      unitsBefore,
      unitsAfter: unitsBefore + Number(figures.units_after) - Number(figures.units_before),
    },
    options.guards,
  ).join("; ");
}

/** The same computation with nothing written but the report (preview). */
async function previewFacility(
  database: Database,
  wanted: Wanted & { readonly asOf: Date },
  { options, because }: { readonly options: ReconcileOptions; readonly because: string },
): Promise<ReconcileResult> {
  return database.transaction(async (client) => {
    const figures = await weigh(client, wanted, { options, mode: "preview" });
    const heldBecause = because === "" ? undefined : `would be held: ${because}`;
    await recordFigures(client, { ...wanted, state: "pending", lockedMs: undefined, heldBecause }, figures);
    return { ended: "previewed", corrected: figures.corrected };
  });
}
