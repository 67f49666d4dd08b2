// A held facility: its staged rows are kept safe, its sales go on being applied, and somebody decides. A hold ends by
// itself when a newer snapshot is accepted for the facility.
import type { Database } from "../database.ts";
import type { Queryable } from "../statements.ts";
import { compare } from "./compare.ts";
import type { ReconcileOptions, ReconcileResult } from "./reconciled.ts";
import { endPart, lockPart, movePart, type PartKey, settleReset } from "./transitions.ts";

/** Rows that were held are gone, so what is left is half a count; nothing was applied. */
export class HeldRowsLost extends Error {
  override readonly name = "HeldRowsLost";

  constructor({ wanted, found }: { readonly wanted: number; readonly found: number }) {
    super(
      `Of the ${wanted} rows that were held only ${found} are left, so nothing was applied. Reject it and send the file again`,
    );
  }
}

/** Holds a facility: the figures and explanations say what would happen, and nothing else is changed. */
export async function holdFacility(
  database: Database,
  wanted: PartKey,
  { options, because }: { readonly options: ReconcileOptions; readonly because: string },
): Promise<ReconcileResult> {
  return database.transaction(async (client) => {
    const part = await lockPart(client, wanted);
    if (part.finishedAt !== null) return { ended: "already", state: part.state };
    const figures = await compare(client, { ...wanted, asOf: part.asOf }, { options, mode: "preview" });
    await client.query(
      `insert into held_row select * from snapshot_row where reset_id = $1 and facility_id = $2
           on conflict do nothing`,
      [wanted.resetId, wanted.facility],
    );
    await endPart(client, wanted, "held", { heldBecause: because, figures });
    return { ended: "held", because };
  });
}

/**
 * Puts the kept rows back into staging, for the transaction that applies them. What is still staged gives way to them: the
 * reset that has ended may be clearing it away at this moment.
 */
export async function restoreHeldRows(on: Queryable, wanted: PartKey): Promise<void> {
  await clearStaging(on, wanted);
  await on.query(
    `insert into snapshot_part (reset_id, facility_id, part, product_ids, lines, locations, quantities, as_ofs)
     select reset_id, facility_id, 0, array_agg(product_id), array_agg(line), array_agg(location), array_agg(quantity),
            array_agg(as_of)
       from held_row
      where reset_id = $1 and facility_id = $2
      group by reset_id, facility_id`,
    [wanted.resetId, wanted.facility],
  );
  await on.query("delete from held_row where reset_id = $1 and facility_id = $2", [wanted.resetId, wanted.facility]);
}

/** Takes the staged rows of one facility away; waits for whoever is doing so already. */
export async function clearStaging(on: Queryable, { resetId, facility }: PartKey): Promise<void> {
  await on.query("delete from snapshot_part where reset_id = $1 and facility_id = $2", [resetId, facility]);
}

/**
 * Ends a hold without applying anything: the levels stay as they are.
 * @returns false when the facility is not, or no longer, held
 */
export async function rejectFacility(
  database: Database,
  { resetId, facility, decidedBy }: PartKey & { readonly decidedBy: string },
): Promise<boolean> {
  return database.transaction(async (client) => {
    const isDone = await movePart(client, { resetId, facility }, { from: "held", to: "rejected" }, { decidedBy });
    if (!isDone) return false;
    await client.query("delete from held_row where reset_id = $1 and facility_id = $2", [resetId, facility]);
    await settleReset(client, resetId);
    return true;
  });
}
