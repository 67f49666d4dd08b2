// A held facility: its staged rows are kept safe, its sales go on being applied, and somebody decides. A hold ends by
// itself when a newer snapshot is accepted for the facility.
import type { Database } from "../database.ts";
import type { Queryable } from "../statements.ts";
import { recordFigures, weigh } from "./facility-figures.ts";
import type { ReconcileOptions, ReconcileResult } from "./reconcile.ts";

interface Wanted {
  readonly resetId: string;
  /** facility.id */
  readonly facility: number;
}

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
  wanted: Wanted & { readonly asOf: Date },
  { options, because }: { readonly options: ReconcileOptions; readonly because: string },
): Promise<ReconcileResult> {
  return database.transaction(async (client) => {
    const open = await client.query(
      "select from facility_reset where reset_id = $1 and facility_id = $2 and finished_at is null for update",
      [wanted.resetId, wanted.facility],
    );
    if (open.rowCount === 0) return { ended: "already", state: "held" };
    const figures = await weigh(client, wanted, { options, mode: "preview" });
    await client.query(
      `insert into held_row select * from snapshot_row where reset_id = $1 and facility_id = $2
           on conflict do nothing`,
      [wanted.resetId, wanted.facility],
    );
    await recordFigures(client, { ...wanted, state: "held", lockedMs: undefined, heldBecause: because }, figures);
    return { ended: "held", because };
  });
}

/**
 * Puts the kept rows back into staging, for the transaction that applies them. What is still staged gives way to them: the
 * reset that has ended may be clearing it away at this moment.
 */
export async function restoreHeldRows(on: Queryable, wanted: Wanted): Promise<void> {
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
export async function clearStaging(on: Queryable, { resetId, facility }: Wanted): Promise<void> {
  await on.query("delete from snapshot_part where reset_id = $1 and facility_id = $2", [resetId, facility]);
}

/**
 * Ends a hold without applying anything: the levels stay as they are.
 * @returns false when the facility is not, or no longer, held
 */
export async function rejectFacility(
  database: Database,
  { resetId, facility, decidedBy }: Wanted & { readonly decidedBy: string },
): Promise<boolean> {
  return database.transaction(async (client) => {
    const rejected = await client.query(
      `update facility_reset set state = 'rejected', decided_by = $3, decided_at = clock_timestamp()
        where reset_id = $1 and facility_id = $2 and state = 'held'`,
      [resetId, facility, decidedBy],
    );
    await client.query("delete from held_row where reset_id = $1 and facility_id = $2", [resetId, facility]);
    await settleHolds(client, resetId);
    return rejected.rowCount === 1;
  });
}

/** A newer snapshot was accepted for this facility: what was held before it can no longer be right. */
export async function endHoldsBefore(
  on: Queryable,
  { resetId, facility, asOf }: Wanted & { readonly asOf: Date },
): Promise<void> {
  const ended = await on.query<{ reset_id: string }>(
    `update facility_reset f
        set state = 'rejected', decided_by = 'reset ' || $1::text, decided_at = clock_timestamp(),
            held_because = f.held_because || '; ended by the newer snapshot of reset ' || $1::text
       from reset r
      where r.id = f.reset_id and f.facility_id = $2 and f.state = 'held' and f.reset_id <> $1::uuid and r.as_of <= $3
      returning f.reset_id`,
    [resetId, facility, asOf],
  );
  for (const { reset_id } of ended.rows) {
    await on.query("delete from held_row where reset_id = $1 and facility_id = $2", [reset_id, facility]);
    await settleHolds(on, reset_id);
  }
}

/** A reset that was completed with holds is completed once none of its facilities is held or failed any more. */
export async function settleHolds(on: Queryable, resetId: string): Promise<void> {
  await on.query(
    `update reset set state = 'completed'
      where id = $1 and state = 'completed-with-holds'
        and not exists (select from facility_reset where reset_id = $1 and state in ('held', 'failed'))`,
    [resetId],
  );
}
