// Whether the server of one shard of the queue is away. The connection to a cluster knows only of all of it. While one shard is away, calls
// that wait for it would take the places of calls for the others: so they are refused at once, but for one that tries, now and then.
import { DeadlinePassed } from "@inventory-sync/runtime";
import { isUnreachable } from "./errors.ts";

const tryAgainMs = 1_000;

/** Starts watching the calls of one shard. */
export function createShardOutage() {
  let isAway = false;
  let triedAtMs = 0;
  return {
    /** Whether the next call is refused. A shard that is away lets one through after a while, to see. */
    refuses(): boolean {
      if (!isAway) return false;
      if (performance.now() - triedAtMs < tryAgainMs) return true;
      triedAtMs = performance.now();
      return false;
    },
    /** Learns from how a call ends, and ends as it does. */
    async watch(call: Promise<void>): Promise<void> {
      try {
        await call;
        isAway = false;
      } catch (error) {
        isAway = error instanceof DeadlinePassed || isUnreachable(error);
        if (isAway) triedAtMs = performance.now();
        throw error;
      }
    },
  };
}
