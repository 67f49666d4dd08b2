// How much each client may send (flow 1, step 1). Each client has a bucket that runs out at its rate and holds one second
// of it. The decision is made here, at once: what other processes let in is learnt from the queue's Redis in lots, in the
// background, so that no request waits for it. Where there is no Redis, or it is away, each process counts for itself.
import type { SharedRate } from "@inventory-sync/queue";
import type { Logger } from "@inventory-sync/runtime";
import { Problem } from "./problem.ts";

/** Counts the requests of each client. */
export type RateLimit = {
  /**
   * Lets one request in. @param requestsPerSecondMax the client's own limit, where it has one
   * @throws Problem 429 when the client has used up its share.
   */
  take(client: { readonly name: string; readonly requestsPerSecondMax?: number | undefined }): void;
};

/**
 * A process tells the others of its requests in lots of this share of a second's limit: a client far below its limit costs
 * nothing, and one at its limit a few small commands a second. Two processes may together exceed a limit by as much.
 */
const LOTS_PER_SECOND = 50;
const SECOND_MS = 1_000;

/** How full something is that runs out at a steady rate, in requests. */
class Bucket {
  #level = 0;
  #atMs = 0;

  level(perSecond: number, nowMs: number): number {
    return Math.max(0, this.#level - ((nowMs - this.#atMs) / SECOND_MS) * perSecond);
  }

  set(level: number, nowMs: number): void {
    this.#level = level;
    this.#atMs = nowMs;
  }
}

type ClientRate = {
  /** What this process let in. */
  readonly own: Bucket;
  /** What all processes let in, as last heard, with what this one has let in since. */
  readonly all: Bucket;
  /** Let in here, and the others not told yet; since when. */
  untold: number;
  untoldSinceMs: number;
  telling: boolean;
};

/** Starts counting. @param requestsPerSecondMax for clients without a limit of their own */
export function createRateLimit(given: {
  readonly requestsPerSecondMax: number;
  readonly shared: SharedRate | undefined;
  readonly log: Logger;
  readonly now?: () => number;
}): RateLimit {
  const { shared, log, now = () => performance.now() } = given;
  const rates = new Map<string, ClientRate>();

  const tell = async (name: string, rate: ClientRate, perSecond: number): Promise<void> => {
    if (shared === undefined || rate.telling) return;
    rate.telling = true;
    const told = rate.untold;
    rate.untold = 0;
    try {
      const level = await shared.add(name, told, perSecond);
      rate.all.set(level + rate.untold, now());
    } catch (err) {
      log.debug({ err }, "the other processes could not be told of a client's requests; each counts for itself");
    } finally {
      rate.telling = false;
    }
  };

  return {
    take(client) {
      const perSecond = client.requestsPerSecondMax ?? given.requestsPerSecondMax;
      const nowMs = now();
      // As many as there are clients in the clients file.
      const rate = rates.get(client.name) ?? newRate(nowMs);
      rates.set(client.name, rate);
      const own = rate.own.level(perSecond, nowMs) + 1;
      const all = rate.all.level(perSecond, nowMs) + 1;
      const over = Math.max(own, all) - perSecond;
      if (over > 0) throw tooMany(client.name, perSecond, over);
      rate.own.set(own, nowMs);
      rate.all.set(all, nowMs);
      // A lot that took longer than a second to fill is too little to matter.
      if (nowMs - rate.untoldSinceMs > SECOND_MS) rate.untold = 0;
      if (rate.untold === 0) rate.untoldSinceMs = nowMs;
      rate.untold += 1;
      if (rate.untold >= perSecond / LOTS_PER_SECOND) void tell(client.name, rate, perSecond);
    },
  };
}

function newRate(nowMs: number): ClientRate {
  return { own: new Bucket(), all: new Bucket(), untold: 0, untoldSinceMs: nowMs, telling: false };
}

function tooMany(name: string, perSecond: number, over: number): Problem {
  const detail =
    `Client ${name} may send ${perSecond} requests a second, over all of its connections, and has sent more. ` +
    "Nothing was accepted. Send it again later, and several events in one request.";
  return new Problem("too-many-requests", detail, { retryAfterS: Math.max(1, Math.ceil(over / perSecond)) });
}
