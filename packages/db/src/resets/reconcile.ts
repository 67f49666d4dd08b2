// Flow 2, step 6: one facility's reset, in one transaction under the facility's lock (R8): all of it is seen or none, and a
// worker that dies here frees the lock with its connection. The guards judge by the figures of that very transaction. One
// that trips rolls it back, and the facility is held: to compare every facility beforehand would cost the comparison twice.
import { trippedGuards } from "@inventory-sync/domain";
import type pg from "pg";
import type { Database } from "../database.ts";
import { lockFacility } from "../locks.ts";
import { type Queryable, run } from "../statements.ts";
import {
  compare,
  type Figures,
  fractionedProducts,
  type ReconcileOptions,
  type ReconcileResult,
  renamedProducts,
} from "./compare.ts";
import { clearStaging, HeldRowsLost, holdFacility, restoreHeldRows } from "./hold.ts";
import {
  beginPart,
  type Decision,
  endPart,
  lockPart,
  movePart,
  type Part,
  type PartKey,
  rejectHoldsBefore,
  settleReset,
} from "./transitions.ts";

/**
 * Makes one facility agree with its staged snapshot (R4, R6–R8), or holds it. Doing it twice changes nothing: the second
 * finds the facility reset ended. Throws SQLSTATE 55P03 when the lock could not be had in time.
 */
export async function reconcileFacility(
  database: Database,
  wanted: PartKey,
  options: ReconcileOptions,
): Promise<ReconcileResult> {
  const state = await beginPart(database.pool, wanted);
  if (state.finishedAt !== null) return { ended: "already", state: state.state };
  try {
    if (state.preview) return await previewFacility(database, wanted, options);
    return await database.transaction((client) => applyUnderLock(client, wanted, options));
  } catch (error) {
    if (error instanceof StagingLost) return { ended: "staging-lost", wanted: error.wanted, found: error.found };
    if (!(error instanceof GuardTripped)) throw error;
    return holdFacility(database, wanted, { options, because: error.message });
  }
}

/** Ends the transaction that would have applied what a crash has left of the staged rows. */
class StagingLost extends Error {
  override readonly name = "StagingLost";
  readonly wanted: number;
  readonly found: number;

  constructor({ rows, staged }: { readonly rows: number; readonly staged: number }) {
    super(`${staged} of ${rows} staged rows are left`);
    this.wanted = rows;
    this.found = staged;
  }
}

/** Ends the transaction of a facility that must be held; the message says which guards, and why. */
class GuardTripped extends Error {
  override readonly name = "GuardTripped";
}

/**
 * Applies a held facility after all, with the sales since (R4): an operator decided that its snapshot is right.
 * Returns `already` when it is not, or no longer, held. @throws HeldRowsLost; SQLSTATE 55P03 when the lock could not be had
 */
export async function approveFacility(
  database: Database,
  { decidedBy, decidedBecause, ...wanted }: PartKey & Decision,
  options: Omit<ReconcileOptions, "guards">,
): Promise<ReconcileResult> {
  return database.transaction(async (client) => {
    // Only what is held can be approved: one that is still to be compared must not slip past the guards.
    if (!(await movePart(client, wanted, { from: "held", to: "reconciling" }, { decidedBy, decidedBecause })))
      return { ended: "already", state: (await lockPart(client, wanted)).state };
    await restoreHeldRows(client, wanted);
    // What was explained when it was held is no longer so: sales have arrived since. Nothing else is compared twice.
    await run(client, "drop_corrections", [wanted.resetId, wanted.facility]);
    const result = await applyUnderLock(client, wanted, { ...options, guards: undefined }).catch(heldRowsLost);
    await clearStaging(client, wanted);
    await settleReset(client, wanted.resetId);
    return result;
  });
}

function heldRowsLost(error: unknown): never {
  throw error instanceof StagingLost ? new HeldRowsLost(error) : error;
}

async function applyUnderLock(
  client: pg.PoolClient,
  wanted: PartKey,
  options: ReconcileOptions,
): Promise<ReconcileResult> {
  // What follows joins whole tables: plans that go row by row would only be chosen because the rows that were just staged have
  // not been counted yet.
  await lockFacility(client, { facility: wanted.facility, lockWaitMsMax: options.lockWaitMsMax, plans: "joins" });
  const lockedAt = performance.now();
  const state = await lockPart(client, wanted);
  if (state.finishedAt !== null) return { ended: "already", state: state.state };
  const figures = await compareStaged(client, wanted, { state, options, mode: "apply" });
  const because = await tripped(client, { ...state, ...wanted, figures }, options);
  if (because !== "") throw new GuardTripped(because);
  const ended = figures.stale === figures.listed && figures.listed > 0 ? "stale" : "applied";
  // What is held of the count that it corrects can still be right.
  if (ended === "applied" && !state.isRepair) await rejectHoldsBefore(client, { ...wanted, asOf: state.asOf });
  const lockedMs = Math.round(performance.now() - lockedAt);
  const error = ended === "stale" ? archivedBy(state.asOf, figures) : undefined;
  await endPart(client, wanted, ended, { lockedMs, figures, ...(error !== undefined && { error }) });
  return { ended, rows: figures.listed, corrected: figures.corrected, lockedMs };
}

/** Why a count of this time is stale whatever is in force; undefined where that is not the archive's doing. */
function archivedBy(asOf: Date, { archived_until: until }: Pick<Figures, "archived_until">): string | undefined {
  if (until === null || asOf >= until) return undefined;
  return `ARCHIVED: the count is of ${asOf.toISOString()}, and what happened here until ${until.toISOString()} is in files of the archive; nothing was changed. Send a newer count, or put the files back first (ops ledger restore)`;
}

/** The reconciling statement. @throws StagingLost when it did not find as many rows as were staged: nothing may stay of it */
async function compareStaged(
  on: Queryable,
  wanted: PartKey,
  { state, ...how }: { state: Part; options: ReconcileOptions; mode: "preview" | "apply" },
): Promise<Figures> {
  const figures = await compare(on, { ...state, ...wanted }, how);
  if (figures.staged !== state.rows) throw new StagingLost({ rows: state.rows, staged: figures.staged });
  return figures;
}

/** Which guards the figures of a facility trip, in words; "" for none, and before the facility's first reset. */
async function tripped(
  on: Queryable,
  { figures, ...part }: Part & PartKey & { readonly figures: Figures },
  { guards }: Pick<ReconcileOptions, "guards">,
): Promise<string> {
  const { rows, rejected, lastRows, isRepair } = part;
  if (!guards || lastRows === null) return "";
  const unitsBefore = Number(figures.units_total);
  return trippedGuards(
    {
      rows,
      rejected,
      lastRows,
      isRepair,
      stocked: figures.stocked,
      zeroed: figures.zeroed,
      renamed: isRepair ? undefined : await renamedProducts(on, part, { figures, guards }),
      fractioned: await fractionedProducts(on, part, figures),
      unitsBefore,
      unitsAfter: unitsBefore + Number(figures.units_after) - Number(figures.units_before),
    },
    guards,
  ).join("; ");
}

/** The same computation with nothing written but the report (preview). */
async function previewFacility(
  database: Database,
  wanted: PartKey,
  options: ReconcileOptions,
): Promise<ReconcileResult> {
  return database.transaction(async (client) => {
    const state = await lockPart(client, wanted);
    if (state.finishedAt !== null) return { ended: "already", state: state.state };
    const figures = await compareStaged(client, wanted, { state, options, mode: "preview" });
    const because = await tripped(client, { ...state, ...wanted, figures }, options);
    const why = because === "" ? {} : { heldBecause: `would be held: ${because}` };
    await endPart(client, wanted, "pending", { ...why, figures });
    return { ended: "previewed", corrected: figures.corrected };
  });
}
