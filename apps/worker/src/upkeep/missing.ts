// Alarm facility-missing: the newest count does not list a facility that one of the days before did. It is over when a count
// lists it again.
import { missingFacilities } from "@inventory-sync/db";
import { facilityMissing } from "@inventory-sync/domain";
import type { Watch } from "./watch.ts";

/** Compares the newest count with those before it. */
export const watchMissing: Watch = async ({ database, config }, now) => {
  const missing = await missingFacilities(database, now);
  return {
    judged: ["facility-missing"],
    causes: missing.map((each) => facilityMissing(each, config.RESET_TIME_ZONE)),
  };
};
