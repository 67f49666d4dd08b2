// How often somebody may try to sign in. Attempts are counted before the password is looked at, so that trying many at once
// gains nothing; a success clears the count.

/** How many attempts in which time. */
export interface ThrottleLimits {
  /** For one name from one address. */
  readonly perNameMax: number;
  /** For one address, whatever the names. */
  readonly perAddressMax: number;
  readonly windowMs: number;
  /** Counters kept; past it the oldest are forgotten. */
  readonly countersMax: number;
}

/** Ten attempts for a name, fifty for an address, in a quarter of an hour. */
const THROTTLE_LIMITS: ThrottleLimits = {
  perNameMax: 10,
  perAddressMax: 50,
  windowMs: 15 * 60_000,
  countersMax: 20_000,
};

/** Counts attempts to sign in. */
export interface Throttle {
  /** Counts one attempt; returns 0 when it may go on, else the milliseconds to wait. */
  take(address: string, name: string): number;
  /** Whether the attempt just counted was the first one of its window that had to wait. */
  isFirstToWait(address: string, name: string): boolean;
  succeeded(address: string, name: string): void;
}

interface Counter {
  attempts: number;
  readonly endsAtMs: number;
}

/** Keeps the counters in memory. @param now milliseconds of a clock that never goes back */
export function createThrottle(
  limits: ThrottleLimits = THROTTLE_LIMITS,
  now: () => number = () => performance.now(),
): Throttle {
  const counters = new Map<string, Counter>();
  const count = (key: string, max: number): number => {
    let counter = counters.get(key);
    if (!counter || counter.endsAtMs <= now()) {
      counters.delete(key);
      counter = { attempts: 0, endsAtMs: now() + limits.windowMs };
      counters.set(key, counter);
      const oldest = counters.keys().next().value;
      if (counters.size > limits.countersMax && oldest !== undefined) counters.delete(oldest);
    }
    counter.attempts += 1;
    return counter.attempts > max ? counter.endsAtMs - now() : 0;
  };
  return {
    take: (address, name) =>
      Math.max(count(address, limits.perAddressMax), count(nameKey(address, name), limits.perNameMax)),
    isFirstToWait: (address, name) =>
      counters.get(address)?.attempts === limits.perAddressMax + 1 ||
      counters.get(nameKey(address, name))?.attempts === limits.perNameMax + 1,
    succeeded: (address, name) => {
      counters.delete(nameKey(address, name));
    },
  };
}

function nameKey(address: string, name: string): string {
  return `${address} ${name}`;
}
