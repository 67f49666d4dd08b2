// Flow 2, step 6: one facility's reset, in one transaction under the facility's lock (R8): all of it is seen or none, and a
// worker that dies here frees the lock with its connection. A guard that trips rolls it back, and the facility is held: to
// compare every facility beforehand would cost the comparison twice. Small facilities of one reset go together: a transaction
// costs as much as some hundred rows.
import type pg from "pg";
import type { Database } from "../database.ts";
import { run } from "../statements.ts";
import { type Applied, applyParts, compareStaged, NotApplied, tripped } from "./apply-parts.ts";
import { figuresOf, type ReconcileOptions, type ReconcileResult } from "./compare.ts";
import { HeldRowsLost, holdFacility } from "./hold.ts";
import {
  beginParts,
  type Decision,
  endParts,
  lockPart,
  movePart,
  type PartKey,
  type PartKeys,
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
  const [begun] = await beginParts(database.pool, { resetId: wanted.resetId, facilities: [wanted.facility] });
  if (begun && begun.finishedAt !== null) return { ended: "already", state: begun.state };
  try {
    if (begun?.preview) return await previewFacility(database, wanted, options);
    return await database.transaction((client) => applyPart(client, wanted, options));
  } catch (error) {
    if (!(error instanceof NotApplied)) throw error;
    const why = error.parts.get(wanted.facility);
    if (!why) throw error;
    if ("lost" in why) return { ended: "staging-lost", ...why.lost };
    return holdFacility(database, wanted, { options, because: why.because });
  }
}

/**
 * The same for several facilities of one reset, in one transaction. One that somebody has at the moment, that is to be held, or that
 * cannot be applied for another reason is `apart`: it is left as it was, and has to be reconciled alone.
 * @returns how each ended, by facility.id
 */
export async function reconcileTogether(
  database: Database,
  { resetId, facilities }: PartKeys,
  options: ReconcileOptions,
): Promise<Map<number, ReconcileResult | { readonly ended: "apart" }>> {
  const results = new Map<number, ReconcileResult | { readonly ended: "apart" }>();
  const begun = await beginParts(database.pool, { resetId, facilities });
  for (const { facility, finishedAt, state } of begun)
    results.set(facility, finishedAt === null ? { ended: "apart" } : { ended: "already", state });
  const toApply = begun.filter(({ finishedAt, preview }) => finishedAt === null && !preview);
  let open = toApply.map(({ facility }) => facility);
  while (open.length > 1) {
    try {
      const these = { resetId, facilities: open };
      const applied = await database.transaction((client) => applyParts(client, these, options));
      for (const [facility, result] of applied) if (result.ended !== "busy") results.set(facility, result);
      break;
    } catch (error) {
      if (!(error instanceof NotApplied)) throw error;
      open = open.filter((facility) => !error.parts.has(facility));
    }
  }
  return results;
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
  const key = [wanted.resetId, wanted.facility];
  return database.transaction(async (client) => {
    // Only what is held can be approved: one that is still to be compared must not slip past the guards.
    if (!(await movePart(client, wanted, { from: "held", to: "reconciling" }, { decidedBy, decidedBecause })))
      return { ended: "already", state: (await lockPart(client, wanted)).state };
    // What is still staged gives way to the kept rows: the reset that has ended may be clearing it away at this moment.
    await run(client, "clear_staging", key);
    await run(client, "restore_held_rows", key);
    // What was explained when it was held is no longer so: sales have arrived since. Nothing else is compared twice.
    await run(client, "drop_corrections", key);
    const result = await applyPart(client, wanted, { ...options, guards: undefined }).catch((error: unknown) => {
      const why = error instanceof NotApplied ? error.parts.get(wanted.facility) : undefined;
      throw why && "lost" in why ? new HeldRowsLost(why.lost) : error;
    });
    await run(client, "clear_staging", key);
    await settleReset(client, wanted.resetId);
    return result;
  });
}

async function applyPart(
  client: pg.PoolClient,
  { resetId, facility }: PartKey,
  options: ReconcileOptions,
): Promise<Exclude<Applied, { ended: "busy" }>> {
  const result = (await applyParts(client, { resetId, facilities: [facility] }, options)).get(facility);
  if (!result || result.ended === "busy") throw new Error(`facility number ${facility} was waited for, and not taken`);
  return result;
}

/** The same computation with nothing written but the report (preview). */
async function previewFacility(
  database: Database,
  { resetId, facility }: PartKey,
  options: ReconcileOptions,
): Promise<ReconcileResult> {
  return database.transaction(async (client) => {
    const part = await lockPart(client, { resetId, facility });
    if (part.finishedAt !== null) return { ended: "already", state: part.state };
    const compared = await compareStaged(client, { resetId, parts: [part], options, mode: "preview" });
    const because = await tripped(client, { resetId, parts: [part], figures: compared }, options);
    const figures = figuresOf(part, compared);
    const why = because.get(facility);
    const heldBecause = why && `would be held: ${why.because}`;
    await endParts(client, resetId, [
      { facility, to: "pending", figures, ...(heldBecause !== undefined && { heldBecause }) },
    ]);
    return { ended: "previewed", corrected: figures.corrected };
  });
}
