// How much ingest takes at a time (flow 1, step 1): requests per client, and requests being worked on at once.
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { Problem } from "./problem.ts";

/** Most bytes of one body. */
export const BODY_BYTES_MAX = 1024 * 1024;
/** Most events, or Prism documents, of one request. */
export const EVENTS_PER_REQUEST_MAX = 1_000;
/** The time in which the headers of a request must arrive. */
export const HEADERS_TIMEOUT_MS = 10_000;
/** The time in which a whole request must arrive. */
export const REQUEST_TIMEOUT_MS = 30_000;
/** How long an idle connection is kept: longer than load balancers keep theirs, so that they end it and not we. */
export const KEEP_ALIVE_TIMEOUT_MS = 65_000;

const BUSY_RETRY_AFTER_S = 1;

/** Counts the requests of each client, second by second. */
export type RateLimit = {
  /** @throws Problem 429 when this client has sent its share of this second. */
  take(clientName: string): Promise<void>;
};

/** A limit on the requests per client and second. It is this process's own: two processes allow twice as many. */
export function createRateLimit(requestsPerSecondMax: number): RateLimit {
  const limiter = new RateLimiterMemory({ points: requestsPerSecondMax, duration: 1 });
  return {
    async take(clientName) {
      try {
        await limiter.consume(clientName);
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        const detail = `Client ${clientName} may send ${requestsPerSecondMax} requests a second. Send several events in one request.`;
        throw new Problem("too-many-requests", detail, {
          retryAfterS: Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)),
        });
      }
    },
  };
}

/** Counts the requests that are being worked on. */
export type InFlight = {
  readonly count: number;
  /** Runs one request. @throws Problem 503 when too many are running already. */
  run<T>(work: () => Promise<T>): Promise<T>;
};

/** A limit on the requests worked on at once, so that a slow queue fills this process's memory no further than this. */
export function createInFlight(requestsMax: number): InFlight {
  let count = 0;
  return {
    get count() {
      return count;
    },
    async run(work) {
      if (count >= requestsMax) {
        const detail = `${requestsMax} requests are being worked on already. Nothing was accepted; send this one again.`;
        throw new Problem("busy", detail, { retryAfterS: BUSY_RETRY_AFTER_S });
      }
      count += 1;
      try {
        return await work();
      } finally {
        count -= 1;
      }
    },
  };
}
