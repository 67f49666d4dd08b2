// The bucket that requests are paid from: it leaks back at a steady rate.

export interface Bucket {
  /** Takes what a request may cost; undefined when it is not there, and the request is throttled. */
  take(points: number): boolean;
  giveBack(points: number): void;
  status(): ThrottleStatus;
  set(given: Partial<ThrottleStatus>): void;
  /** Points taken for good so far. */
  readonly spent: number;
}
export interface ThrottleStatus {
  readonly maximumAvailable: number;
  readonly currentlyAvailable: number;
  readonly restoreRate: number;
}

/** @param now the shop's clock, ms */
export function openBucket(now: () => number): Bucket {
  let maximum = 2_000;
  let rate = 100;
  let available = maximum;
  let at = now();
  const refill = (): void => {
    available = Math.min(maximum, available + ((now() - at) / 1_000) * rate);
    at = now();
  };
  const bucket = {
    spent: 0,
    take: (points: number) => {
      refill();
      if (points > available) return false;
      available -= points;
      bucket.spent += points;
      return true;
    },
    giveBack: (points: number) => {
      available = Math.min(maximum, available + points);
      bucket.spent -= points;
    },
    status: () => {
      refill();
      return { maximumAvailable: maximum, currentlyAvailable: Math.floor(available), restoreRate: rate };
    },
    set: ({ maximumAvailable, currentlyAvailable, restoreRate }: Partial<ThrottleStatus>) => {
      refill();
      maximum = maximumAvailable ?? maximum;
      rate = restoreRate ?? rate;
      available = Math.min(maximum, currentlyAvailable ?? available);
    },
  };
  return bucket;
}
