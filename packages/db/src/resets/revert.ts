// Undoing a reset (R12), one facility or all of it. Only a facility's latest reset can be undone: an older one is what
// the later ones were built on.
import type { Database } from "../database.ts";
import { Locks } from "../locks.ts";
import { type Queryable, run } from "../statements.ts";
import { movePart, settleReset } from "./transitions.ts";

const REVERT_MS_MAX = 15 * 60_000;

/** What undoing one facility's reset changed. */
export interface Reverted {
  /** Outside id. */
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
  wanted: { readonly resetId: string; readonly facilityIds?: readonly string[]; readonly decidedBy: string },
  { lockWaitMsMax }: { readonly lockWaitMsMax: number },
): Promise<Reverted[]> {
  const parts = await revertible(database, wanted);
  const reverted: Reverted[] = [];
  for (const part of parts) {
    const key = { resetId: wanted.resetId, facility: part.facility };
    const undone = await database.transaction(async (client) => {
      await client.query(`set local lock_timeout = ${lockWaitMsMax}`);
      await client.query(`set local statement_timeout = ${REVERT_MS_MAX}`);
      await client.query("select pg_advisory_xact_lock($1, $2)", [Locks.facility, part.facility]);
      await refuseUnlessLatest(client, { resetId: wanted.resetId, ...part });
      const [row] = await run<{ levels: number; reverted: number; units: string }>(client, "revert_facility", [
        wanted.resetId,
        part.facility,
      ]);
      if (!row) throw new Error("the reverting statement returned no figures");
      if (!(await movePart(client, key, { to: "reverted" }, { decidedBy: wanted.decidedBy })))
        throw new NotRevertible(`facility ${part.facilityId} is not applied in this reset any more`);
      await settleReset(client, wanted.resetId);
      return { facilityId: part.facilityId, levels: row.levels, corrected: row.reverted, units: row.units };
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
  /** facility.id */
  readonly facility: number;
  readonly facilityId: string;
}

async function revertible(
  database: Database,
  { resetId, facilityIds }: { readonly resetId: string; readonly facilityIds?: readonly string[] },
): Promise<Part[]> {
  const found = await database.pool.query<Part & { state: string }>(
    `select f.id as facility, f.facility_id as "facilityId", r.state
       from facility_reset r join facility f on f.id = r.facility_id
      where r.reset_id = $1 and ($2::text[] is null or f.facility_id = any ($2))
      order by f.id`,
    [resetId, facilityIds ?? null],
  );
  const applied = found.rows.filter((part) => part.state === "applied");
  const other = facilityIds && found.rows.find((part) => part.state !== "applied");
  if (other)
    throw new NotRevertible(
      `facility ${other.facilityId} is ${other.state} in this reset; only what is applied can be reverted`,
    );
  if (applied.length === 0)
    throw new NotRevertible("no facility is applied in this reset, so there is nothing to revert");
  for (const part of applied) await refuseUnlessLatest(database.pool, { resetId, ...part });
  return applied;
}

async function refuseUnlessLatest(
  on: Queryable,
  { resetId, facility, facilityId }: Part & { readonly resetId: string },
): Promise<void> {
  const later = await on.query<{ id: string; file: string }>(
    `select r.id, r.file
       from facility_reset mine
       join facility_reset f on f.facility_id = mine.facility_id and f.reset_id <> mine.reset_id
        and f.state in ('applied', 'reverted')
        and coalesce(f.decided_at, f.finished_at) > coalesce(mine.decided_at, mine.finished_at)
       join reset r on r.id = f.reset_id
      where mine.reset_id = $1 and mine.facility_id = $2 and mine.state = 'applied'
      order by f.finished_at desc limit 1`,
    [resetId, facility],
  );
  const row = later.rows[0];
  if (!row) return;
  throw new NotRevertible(
    `facility ${facilityId} has had a later reset (${row.file}, reset ${row.id}); only the latest reset of a facility can be reverted`,
  );
}
