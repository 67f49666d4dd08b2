// How much ingest takes at a time (flow 1, step 1): the sizes and times of one request, and how many are worked on at once.
import { Problem } from "./problem.ts";

/** Most bytes of one body. */
export const BODY_BYTES_MAX = 1024 * 1024;
/** Most events, or Prism documents, of one request. */
export const EVENTS_PER_REQUEST_MAX = 1_000;
/** How long an idle connection is kept: longer than load balancers keep theirs, so that they end it and not we. */
export const KEEP_ALIVE_TIMEOUT_MS = 65_000;

const BUSY_RETRY_AFTER_S = 1;

/** Counts the requests that are being worked on. */
export type InFlight = {
  readonly count: number;
  /** Runs one request of a client. @throws Problem 503 when too many are running already, of all clients or of this one. */
  run<T>(clientName: string, work: () => Promise<T>): Promise<T>;
};

/**
 * Past its first request a client may have so many times as many under work as places are left free then. So a client
 * alone gets three quarters of the places, two get three sevenths each, and one is left for whoever has none yet: a till
 * is heard however many requests the others send, and one whose connections hang keeps nobody out.
 */
const TIMES_THE_FREE_PLACES = 3;

/** A limit on the requests worked on at once, so that a slow queue fills this process's memory no further than this. */
export function createInFlight(requestsMax: number): InFlight {
  const byClient = new Map<string, number>();
  let count = 0;
  return {
    get count() {
      return count;
    },
    async run(clientName, work) {
      const ofClient = byClient.get(clientName) ?? 0;
      const freeAfter = requestsMax - count - 1;
      if (freeAfter < 0) throw busy(`${requestsMax} requests are being worked on already`);
      if (ofClient > 0 && ofClient + 1 > TIMES_THE_FREE_PLACES * freeAfter) {
        throw busy(`${ofClient} requests of client ${clientName} are being worked on already, of ${count} in all`);
      }
      count += 1;
      byClient.set(clientName, ofClient + 1);
      try {
        return await work();
      } finally {
        count -= 1;
        const left = (byClient.get(clientName) ?? 1) - 1;
        if (left > 0) byClient.set(clientName, left);
        else byClient.delete(clientName);
      }
    },
  };
}

function busy(why: string): Problem {
  return new Problem("busy", `${why}. Nothing was accepted; send this one again.`, { retryAfterS: BUSY_RETRY_AFTER_S });
}
