// Alarm snapshot-late: RESET_DEADLINE passed without a snapshot that was accepted. It is over when one is, which may be a held
// facility that somebody approves. A system that had not been asked for a reset before the deadline has missed none.
import { deadlineKept } from "@inventory-sync/db";
import { passedDeadline, snapshotLate } from "@inventory-sync/domain";
import type { Watch } from "./watch.ts";

/** Asks for the newest deadline that has passed; an alarm that rings from an earlier one goes on ringing since then. */
export const watchDeadline: Watch = async ({ database, config }, now) => {
  const timeZone = config.RESET_TIME_ZONE;
  const passed = passedDeadline({ times: config.RESET_DEADLINE, timeZone }, now);
  if (!passed) return { judged: ["snapshot-late"], causes: [] };
  const { inUse, accepted, lastAccepted } = await deadlineKept(database, passed);
  const late = inUse && !accepted;
  const causes = late ? [snapshotLate({ deadline: passed.deadline, lastAccepted }, timeZone)] : [];
  return { judged: ["snapshot-late"], causes };
};
