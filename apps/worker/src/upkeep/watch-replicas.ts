// What alarms look at of replicas: those of the queue's server, and the one that the board reads from.
import { queueReplicas, readReplica } from "@inventory-sync/domain";
import type { Watch } from "./alarm-watches.ts";

/** Since when they are too few, as this worker saw it. */
let missingSince: Date | undefined;

/** Alarm queue-replicas: fewer replicas follow the queue server than QUEUE_REPLICAS asks for, so that nothing is accepted. */
export const watchReplicas: Watch = async ({ queues, config }, now) => {
  const wanted = config.QUEUE_REPLICAS;
  // A server that does not answer says nothing of its replicas: what rang goes on ringing.
  const have = wanted === 0 ? undefined : await queues.replicas().catch(() => null);
  if (have === null) return { judged: [], causes: [] };
  const areTooFew = have !== undefined && have < wanted;
  missingSince = areTooFew ? (missingSince ?? now) : undefined;
  const causes = missingSince
    ? [queueReplicas({ have: have ?? 0, wanted, since: missingSince }, config.RESET_TIME_ZONE)]
    : [];
  return { judged: ["queue-replicas"], causes };
};

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
