// Which reset, and which facility's part of it, the words of a command name.
import { type Database, type FacilityResetView, type ResetView, readReset } from "@inventory-sync/db";
import { z } from "zod";
import { Failure, type Run, UsageError } from "./command.ts";

const uuid = z.uuid();

/** The reset that the first word names. @throws Failure when there is none */
export async function resetOf(run: Run, database: Database): Promise<ResetView> {
  const [resetId] = run.positionals;
  if (resetId === undefined) throw new UsageError("name the reset by its id; resets list shows them");
  const reset = uuid.safeParse(resetId).success ? await readReset(database, resetId.toLowerCase()) : undefined;
  if (!reset) throw new Failure(`There is no reset ${resetId}. npm run ops -- resets list shows them.`);
  return reset;
}

/** One facility's part of a reset. @throws Failure when it has none */
export function partOf(reset: ResetView, facilityId: string): FacilityResetView {
  const part = reset.facilities.find((each) => each.facilityId === facilityId);
  if (!part) throw new Failure(`Facility ${facilityId} has no part in reset ${reset.id}.`);
  return part;
}
