// Shopify's requests are paid from a bucket that refills at a steady rate; each answer says how full it is. A request waits until what it costs
// is there, so that being throttled is the exception.
import { setTimeout as sleep } from "node:timers/promises";

/** How full the bucket is, in points and points a second. */
export interface BucketStatus {
  readonly maximumAvailable: number;
  readonly currentlyAvailable: number;
  readonly restoreRate: number;
}

export interface Pace {
  /** Waits until so many points are there, and reserves them. @throws when the signal is or becomes aborted */
  reserve(points: number, stopping: AbortSignal): Promise<void>;
  /** The request of a reservation is over; `status` is what its answer said of the bucket. */
  settle(points: number, status: BucketStatus | undefined): void;
}

const WAIT_MS_MAX = 30_000;

/** The pace of one channel in this process. Until an answer has said how full the bucket is nothing waits. */
export function openPace(): Pace {
  let known: (BucketStatus & { readonly at: number }) | undefined;
  let reserved = 0;
  const waitMs = (points: number): number => {
    if (known === undefined || known.restoreRate <= 0) return 0;
    const { maximumAvailable, currentlyAvailable, restoreRate, at } = known;
    const refilled = currentlyAvailable + ((performance.now() - at) / 1_000) * restoreRate;
    const wanted = Math.min(points, maximumAvailable);
    return ((wanted - (Math.min(maximumAvailable, refilled) - reserved)) / restoreRate) * 1_000;
  };
  return {
    reserve: async (points, stopping) => {
      stopping.throwIfAborted();
      for (let ms = waitMs(points); ms > 0; ms = waitMs(points))
        await sleep(Math.min(WAIT_MS_MAX, Math.ceil(ms)), undefined, { signal: stopping });
      reserved += points;
    },
    settle: (points, status) => {
      reserved -= points;
      if (status) known = { ...status, at: performance.now() };
    },
  };
}
