// Alarms facility-held, file-refused and reset-failed: resets that did not end as they should have. A hold is over when it is
// decided; a refusal or failure when a later reset was accepted.
import { failedResets, heldFacilities } from "@inventory-sync/db";
import { type FailedReset, facilityHeld, fileRefused, refusalCodes, resetFailed } from "@inventory-sync/domain";
import type { Watch } from "./watch.ts";

/** Finds the facilities that wait for a decision. */
export const watchHeld: Watch = async ({ database, config }) => {
  const held = await heldFacilities(database);
  return { judged: ["facility-held"], causes: held.map((each) => facilityHeld(each, config.RESET_TIME_ZONE)) };
};

/** Finds the resets that failed; whose file was refused is told by the code that its outcome begins with. */
export const watchFailedResets: Watch = async ({ database, config }, now) => {
  const failed = await failedResets(database, now);
  const timeZone = config.RESET_TIME_ZONE;
  const causes = failed.map((each) => (isRefusal(each) ? fileRefused(each, timeZone) : resetFailed(each, timeZone)));
  return { judged: ["file-refused", "reset-failed"], causes };
};

function isRefusal({ outcome }: FailedReset): boolean {
  return refusalCodes.some((code) => outcome?.startsWith(`${code}: `) === true);
}
