// Flow 2, step 6: one facility's reset, in one transaction under the facility's lock (R8): all of it is seen or none, and a
// worker that dies here frees the lock with its connection. The guards judge by the figures of that very transaction. One
// that trips rolls it back, and the facility is held: to weigh every facility beforehand would cost the comparison twice.
import { type GuardLimits, trippedGuards } from "@inventory-sync/domain";
import type pg from "pg";
import type { Database } from "../database.ts";
import { Locks } from "../locks.ts";
import type { Queryable } from "../statements.ts";
import {
  type FacilityResetState,
  type Figures,
  lastAcceptedRows,
  readFacilityReset,
  recordFigures,
  weigh,
} from "./facility-figures.ts";
import { endHoldsBefore, HeldRowsLost, holdFacility, restoreHeldRows, settleHolds } from "./hold.ts";

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
  if (state.preview) return previewFacility(database, { ...wanted, asOf: state.asOf }, options);
  // Seen by the board while the transaction below is not: this facility is being worked on now.
  await database.pool.query(
    `update facility_reset set state = 'reconciling', started_at = coalesce(started_at, clock_timestamp())
      where reset_id = $1 and facility_id = $2 and state = 'pending'`,
    [wanted.resetId, wanted.facility],
  );
  try {
    return await database.transaction((client) => applyUnderLock(client, wanted, options));
  } catch (error) {
    if (!(error instanceof GuardTripped)) throw error;
    return holdFacility(database, { ...wanted, asOf: state.asOf }, { options, because: error.message });
  }
}

/** Ends the transaction of a facility that must be held; the message says which guards, and why. */
class GuardTripped extends Error {
  override readonly name = "GuardTripped";
}

/**
 * Applies a held facility after all, with the sales since (R4): somebody decided that its snapshot is right.
 * Returns `already` when it is not, or no longer, held. @throws HeldRowsLost; SQLSTATE 55P03 when the lock could not be had
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
      throw new HeldRowsLost(result);
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
  const because = await tripped(client, { wanted, state, figures }, options);
  if (because !== "") throw new GuardTripped(because);
  const ended = figures.stale === figures.listed && figures.listed > 0 ? "stale" : "applied";
  if (ended === "applied") await endHoldsBefore(client, { ...wanted, asOf: state.asOf });
  const lockedMs = Math.round(performance.now() - lockedAt);
  await recordFigures(client, { ...wanted, state: ended, lockedMs, heldBecause: undefined }, figures);
  return { ended, rows: figures.listed, corrected: figures.corrected, lockedMs };
}

/** Which guards the figures of a facility trip, in words; "" for none, and before the facility's first reset. */
async function tripped(
  on: Queryable,
  { wanted, state, figures }: { wanted: Wanted; state: FacilityResetState; figures: Figures },
  { guards }: Pick<ReconcileOptions, "guards">,
): Promise<string> {
  if (!guards) return "";
  const lastRows = await lastAcceptedRows(on, wanted);
  if (lastRows === undefined) return "";
  const unitsBefore = Number(figures.units_total);
  return trippedGuards(
    {
      ...{ rows: state.rows, rejected: state.rejected, lastRows },
      ...{ stocked: figures.stocked, zeroed: figures.zeroed, unitsBefore },
      unitsAfter: unitsBefore + Number(figures.units_after) - Number(figures.units_before),
    },
    guards,
  ).join("; ");
}

/** The same computation with nothing written but the report (preview). */
async function previewFacility(
  database: Database,
  wanted: Wanted & { readonly asOf: Date },
  options: ReconcileOptions,
): Promise<ReconcileResult> {
  return database.transaction(async (client) => {
    const state = await readFacilityReset(client, wanted, { lock: false });
    const figures = await weigh(client, wanted, { options, mode: "preview" });
    const because = await tripped(client, { wanted, state, figures }, options);
    const heldBecause = because === "" ? undefined : `would be held: ${because}`;
    await recordFigures(client, { ...wanted, state: "pending", lockedMs: undefined, heldBecause }, figures);
    return { ended: "previewed", corrected: figures.corrected };
  });
}
