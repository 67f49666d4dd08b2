// Undoing a reset (R12), one facility or all of it. Only a facility's latest reset can be undone: an older one is what
// the later ones were built on.
import type { Database } from "../database.ts";
import { lockFacility } from "../locks.ts";
import { first, only, type Queryable, run } from "../statements.ts";
import { type Decision, movePart, settleReset } from "./transitions.ts";

export interface Reverted {
  readonly facilityId: string;
  readonly levels: number;
  /** Products whose on hand changed. */
  readonly corrected: number;
  /** Net change of units, numeric's text. */
  readonly units: string;
}

/** The reset cannot be undone; the message says why. */
export class NotRevertible extends Error {
  override readonly name = "NotRevertible";
}

/**
 * Undoes a reset at the facilities given, or at all where it is applied. Each facility is one transaction under its
 * lock; all of them are checked before the first is touched. Doing it again goes on with what is left.
 * @throws NotRevertible when a facility's part is not applied, or a later reset was applied there
 */
export async function revertReset(
  database: Database,
  wanted: { readonly resetId: string; readonly facilityIds?: readonly string[] } & Decision,
  { lockWaitMsMax }: { readonly lockWaitMsMax: number },
): Promise<Reverted[]> {
  const { decidedBy, decidedBecause } = wanted;
  const parts = await revertible(database, wanted);
  const reverted: Reverted[] = [];
  for (const part of parts) {
    const key = { resetId: wanted.resetId, facility: part.facility };
    const undone = await database.transaction(async (client) => {
      await lockFacility(client, { facility: part.facility, lockWaitMsMax, plans: "any" });
      await refuseUnlessLatest(client, { resetId: wanted.resetId, ...part });
      const values = [wanted.resetId, part.facility];
      const row = await only<Omit<Reverted, "facilityId">>(client, "revert_facility", values);
      if (!(await movePart(client, key, { to: "reverted" }, { decidedBy, decidedBecause })))
        throw new NotRevertible(`store ${part.facilityId} is not applied in this reset any more`);
      await settleReset(client, wanted.resetId);
      return { facilityId: part.facilityId, ...row };
    });
    reverted.push(undone);
  }
  return reverted;
}

/** Why a reset cannot be undone at these facilities, or where it is applied at all; undefined when it can. */
export async function whyNotRevertible(
  database: Database,
  wanted: { readonly resetId: string; readonly facilityIds?: readonly string[] },
): Promise<string | undefined> {
  try {
    await revertible(database, wanted);
    return undefined;
  } catch (error) {
    if (error instanceof NotRevertible) return error.message;
    throw error;
  }
}

interface Part {
  readonly facility: number;
  readonly facilityId: string;
}

async function revertible(
  database: Database,
  { resetId, facilityIds }: { readonly resetId: string; readonly facilityIds?: readonly string[] },
): Promise<Part[]> {
  type Row = Part & { state: string; mergedInto: string | null };
  const parts = await run<Row>(database.pool, "revertible_parts", [resetId, facilityIds ?? null]);
  const applied = parts.filter((part) => part.state === "applied");
  const other = facilityIds && parts.find((part) => part.state !== "applied");
  if (other)
    throw new NotRevertible(
      `store ${other.facilityId} is ${other.state} in this reset; only what is applied can be reverted`,
    );
  const merged = applied.find((part) => part.mergedInto !== null);
  if (merged)
    throw new NotRevertible(
      `store ${merged.facilityId} has been made one with store ${merged.mergedInto} since; undo that first, then revert`,
    );
  if (applied.length === 0) throw new NotRevertible("no store is applied in this reset, so there is nothing to revert");
  for (const part of applied) await refuseUnlessLatest(database.pool, { resetId, ...part });
  return applied;
}

async function refuseUnlessLatest(
  on: Queryable,
  { resetId, facility, facilityId }: Part & { readonly resetId: string },
): Promise<void> {
  const later = await first<{ id: string; file: string }>(on, "later_reset", [resetId, facility]);
  if (!later) return;
  throw new NotRevertible(
    `store ${facilityId} has had a later reset (${later.file}, reset ${later.id}); only the latest reset of a store can be reverted`,
  );
}
