// A held facility: its staged rows are kept safe, its sales go on being applied, and an operator decides. A hold ends by
// itself when a newer snapshot is accepted for the facility.
import type { Database } from "../database.ts";
import { run } from "../statements.ts";
import { compare, figuresOf, type ReconcileOptions, type ReconcileResult } from "./compare.ts";
import { type Decision, endParts, lockPart, movePart, type PartKey, settleReset } from "./transitions.ts";

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
    const { resetId, facility } = wanted;
    const figures = figuresOf(part, await compare(client, { resetId, parts: [part] }, { options, mode: "preview" }));
    await run(client, "keep_held_rows", [resetId, facility]);
    await endParts(client, resetId, [{ facility, to: "held", heldBecause: because, figures }]);
    return { ended: "held", because };
  });
}

/**
 * Ends a hold without applying anything: the levels stay as they are.
 * @returns false when the facility is not, or no longer, held
 */
export async function rejectFacility(
  database: Database,
  { resetId, facility, ...decision }: PartKey & Decision,
): Promise<boolean> {
  return database.transaction(async (client) => {
    const isDone = await movePart(client, { resetId, facility }, { from: "held", to: "rejected" }, decision);
    if (!isDone) return false;
    await run(client, "drop_held_rows", [resetId, facility]);
    await settleReset(client, resetId);
    return true;
  });
}
