// How much each client may send (flow 1, step 1): requests and bytes. Each client has a bucket of requests that runs out at
// its rate and holds one second of it. Whether one is let in is decided here, at once: what other processes let in is learnt
// from the queue's Redis in lots, in the background, so that no request waits for it. Where there is no Redis, or it is away,
// each process counts for itself. So it always does with bytes, for what they take up is this process.
import type { SharedRate } from "@inventory-sync/queue";
import type { Logger } from "@inventory-sync/runtime";
import { Problem } from "./problem.ts";

export type RateLimit = ReturnType<typeof createRateLimit>;

/**
 * A process tells the others of its requests in lots of this share of a second's limit: a client far below its limit costs
 * nothing, and one at its limit a few small commands a second. Two processes may together exceed a limit by as much.
 */
const LOTS_PER_SECOND = 50;
const SECOND_MS = 1_000;
/** This share of a second's bytes is read at once, before what follows is spaced: no other client is heard while a body is read. */
const BYTES_AT_ONCE_SHARE = 1 / 8;
/** Longest wait for a body's turn to be read; behind that the client is told to come back. */
const BYTES_WAIT_MS_MAX = 2_000;

/** How full something is that runs out at a steady rate, in requests or bytes. */
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

type ClientRate = ReturnType<typeof newRate>;

/** Starts counting. @param requestsPerSecondMax for clients without a limit of their own */
export function createRateLimit(given: {
  readonly requestsPerSecondMax: number;
  readonly bytesPerSecondMax: number;
  readonly shared: SharedRate | undefined;
  readonly log: Logger;
  readonly now?: () => number;
}) {
  const { shared, log, bytesPerSecondMax, now = () => performance.now() } = given;
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

  // As many as there are clients in the clients file.
  const rateOf = (name: string): ClientRate => {
    const rate = rates.get(name) ?? newRate(now());
    rates.set(name, rate);
    return rate;
  };

  return {
    /**
     * Reserves a body's bytes before it is read, and says in how many milliseconds reading may begin: a client that
     * catches up is slowed rather than refused. @throws Problem 429 when it would have to wait for too long.
     */
    takeBytes({ name }: { readonly name: string }, bytes: number): number {
      const { bytes: bucket } = rateOf(name);
      const nowMs = now();
      const level = bucket.level(bytesPerSecondMax, nowMs) + bytes;
      const waitMs = Math.max(0, level / bytesPerSecondMax - BYTES_AT_ONCE_SHARE) * SECOND_MS;
      if (waitMs > BYTES_WAIT_MS_MAX) throw tooManyBytes(name, bytesPerSecondMax, waitMs);
      bucket.set(level, nowMs);
      return waitMs;
    },
    /** Counts bytes of a body whose size was not known before it was read. */
    noteBytes({ name }: { readonly name: string }, bytes: number): void {
      if (bytes <= 0) return;
      const { bytes: bucket } = rateOf(name);
      bucket.set(bucket.level(bytesPerSecondMax, now()) + bytes, now());
    },
    /**
     * Lets one request in. @param requestsPerSecondMax the client's own limit, where it has one
     * @throws Problem 429 when the client has used up its share.
     */
    take(client: { readonly name: string; readonly requestsPerSecondMax?: number | undefined }): void {
      const perSecond = client.requestsPerSecondMax ?? given.requestsPerSecondMax;
      const nowMs = now();
      const rate = rateOf(client.name);
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

function newRate(nowMs: number) {
  return {
    own: new Bucket(),
    bytes: new Bucket(),
    /** What all processes let in, as last heard, with what this one has let in since. */
    all: new Bucket(),
    /** Let in here, and the others not told yet; since when. */
    untold: 0,
    untoldSinceMs: nowMs,
    telling: false,
  };
}

function tooMany(name: string, perSecond: number, over: number): Problem {
  const detail =
    `Client ${name} may send ${perSecond} requests a second, over all of its connections, and has sent more. ` +
    "Nothing was accepted. Send it again later, and several events in one request.";
  return new Problem("too-many-requests", detail, { retryAfterS: Math.max(1, Math.ceil(over / perSecond)) });
}

function tooManyBytes(name: string, bytesPerSecondMax: number, waitMs: number): Problem {
  const detail =
    `Client ${name} may send ${bytesPerSecondMax} bytes a second to one process, over all of its connections, and has sent more. ` +
    "Nothing was accepted. Send it again later.";
  return new Problem("too-many-requests", detail, { retryAfterS: Math.ceil(waitMs / SECOND_MS) });
}
