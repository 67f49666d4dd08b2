// Shopify's requests are paid from a bucket that refills at a steady rate; each answer says how full it is. A request waits until what it costs
// is there, so that being throttled is the exception.
import { setTimeout as sleep } from "node:timers/promises";

/** How full the bucket is, in points and points a second. */
export interface BucketStatus {
  readonly maximumAvailable: number;
  readonly currentlyAvailable: number;
  readonly restoreRate: number;
}

/** What a request may cost, and when it began (ms of the process's clock). */
interface Reservation {
  readonly points: number;
  readonly at: number;
}

/** Any bucket of Shopify's is full sooner: after so long it is asked, whatever it said last, and it may say no. */
const WAIT_MS_MAX = 60_000;

type Known = BucketStatus & { readonly at: number };

/** The pace of one channel in this process. Until an answer has said how full the bucket is nothing waits. */
export function openPace({ waitMsMax = WAIT_MS_MAX } = {}) {
  let known: Known | undefined;
  let reserved = 0;
  const refilled = ({ maximumAvailable, currentlyAvailable, restoreRate, at }: Known): number =>
    Math.min(maximumAvailable, currentlyAvailable + ((performance.now() - at) / 1_000) * restoreRate);
  const waitMs = (points: number): number => {
    if (known === undefined || known.restoreRate <= 0) return 0;
    const wanted = Math.min(points, known.maximumAvailable);
    return ((wanted - (refilled(known) - reserved)) / known.restoreRate) * 1_000;
  };
  return {
    /** Waits until so many points are there, and reserves them. @throws when the signal is or becomes aborted */
    reserve: async (points: number, stopping: AbortSignal): Promise<Reservation> => {
      stopping.throwIfAborted();
      const until = performance.now() + waitMsMax;
      const leftMs = () => Math.min(waitMs(points), until - performance.now());
      for (let ms = leftMs(); ms > 0; ms = leftMs()) await sleep(Math.ceil(ms), undefined, { signal: stopping });
      reserved += points;
      return { points, at: performance.now() };
    },
    /** The request of a reservation is over; `status` is what its answer said of the bucket. */
    settle: (reservation: Reservation, status: BucketStatus | undefined): void => {
      reserved -= reservation.points;
      if (status === undefined) return;
      // Answers of requests that were under way together may come in another order than the shop paid them: the emptier bucket is the later one.
      const emptiest = known && reservation.at < known.at ? refilled(known) : Number.POSITIVE_INFINITY;
      const currentlyAvailable = Math.min(status.currentlyAvailable, emptiest);
      known = { ...status, currentlyAvailable, at: performance.now() };
    },
  };
}
