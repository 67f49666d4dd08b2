// What alarms look at of the replica that the board reads from.
import { readReplica } from "@inventory-sync/domain";
import type { Watch } from "./alarm-watches.ts";

/** Since when it cannot be used, as this worker saw it. */
let unusableSince: Date | undefined;

/** Alarm read-replica: the replica of DATABASE_READ_URL is away, or older than READ_LAG_MS_MAX, so that the board reads from the primary. */
export const watchReadReplica: Watch = async ({ replica, config }, now) => {
  const state = replica?.standing().state ?? "current";
  if (state === "unknown") return { judged: [], causes: [] };
  unusableSince = state === "current" ? undefined : (unusableSince ?? now);
  const causes =
    unusableSince === undefined || state === "current"
      ? []
      : [readReplica({ state, ageMsMax: config.READ_LAG_MS_MAX, since: unusableSince }, config.RESET_TIME_ZONE)];
  return { judged: ["read-replica"], causes };
};
