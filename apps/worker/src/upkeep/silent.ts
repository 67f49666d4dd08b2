// Alarm facility-silent: nothing has come from a facility for SILENT_AFTER_MINUTES, at an hour at which it usually sells. It is
// over with its next event.
import { silentFacilities } from "@inventory-sync/db";
import { facilitySilent } from "@inventory-sync/domain";
import type { Watch } from "./watch.ts";

/** Asks the ledger; 0 minutes turn this off, and what rang is over then. */
export const watchSilent: Watch = async ({ database, config }, now) => {
  const minutes = config.SILENT_AFTER_MINUTES;
  const silent = minutes === 0 ? [] : await silentFacilities(database, { now, minutes });
  return {
    judged: ["facility-silent"],
    causes: silent.map((each) => facilitySilent({ ...each, minutes }, config.RESET_TIME_ZONE)),
  };
};
