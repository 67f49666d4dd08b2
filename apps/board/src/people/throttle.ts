// How often somebody may try to sign in. Attempts are counted before the password is looked at, so that trying many at once gains
// nothing, and a right password is taken back from every count: fifty people behind one address keep nobody out.
//
// A name that many addresses guess at is slowed, never locked: past its limit its attempts come one after the other, a second
// apart, and those for whom that would be long are refused for now. Where its owner has signed in before, from the same network and
// since the board was started, nothing of that is felt; from elsewhere the owner waits, or is refused for now, like the guessers.
import { networkOf } from "./network.ts";

/** How many attempts in which time. */
export interface ThrottleLimits {
  /** For one name from one network. */
  readonly perNameMax: number;
  /** For one network, whatever the names. */
  readonly perNetworkMax: number;
  /** For one name from everywhere, before its attempts are spaced. */
  readonly perNameEverywhereMax: number;
  readonly windowMs: number;
  readonly spacingMs: number;
  /** Attempts on a spaced name wait at most so long; those for whom it would be longer are refused for now. */
  readonly spacedWaitMsMax: number;
  /** Counters kept of each kind; past it the oldest are forgotten. */
  readonly countersMax: number;
}

const THROTTLE_LIMITS: ThrottleLimits = {
  perNameMax: 10,
  perNetworkMax: 50,
  perNameEverywhereMax: 30,
  windowMs: 15 * 60_000,
  spacingMs: 1_000,
  spacedWaitMsMax: 8_000,
  countersMax: 20_000,
};

/** What an attempt has to bear: nothing, a wait before it is looked at, or a refusal for so many milliseconds. */
export interface Verdict {
  readonly waitMs: number;
  readonly refusedMs: number;
  /** Whether it is the first of its window that is refused. */
  readonly isFirstRefused: boolean;
}

/** Counts attempts to sign in. */
export interface Throttle {
  /** Counts one attempt. */
  take(address: string, name: string): Verdict;
  /** The attempt was right: it does not count. */
  succeeded(address: string, name: string): void;
}

interface Counter {
  attempts: number;
  readonly endsAtMs: number;
  /** When the next attempt on a spaced name may be looked at. */
  freeAtMs: number;
}

/** Keeps the counters in memory. @param now milliseconds of a clock that never goes back */
export function createThrottle(
  limits: ThrottleLimits = THROTTLE_LIMITS,
  now: () => number = () => performance.now(),
): Throttle {
  const byNetwork = new Map<string, Counter>();
  const byNameAndNetwork = new Map<string, Counter>();
  const byName = new Map<string, Counter>();
  /** Names and networks that have belonged together. */
  const familiar = new Map<string, true>();

  const count = (counters: Map<string, Counter>, key: string): Counter => {
    let counter = counters.get(key);
    if (!counter || counter.endsAtMs <= now()) {
      counter = { attempts: 0, endsAtMs: now() + limits.windowMs, freeAtMs: 0 };
      keep(counters, key, counter, limits.countersMax);
    }
    counter.attempts += 1;
    return counter;
  };

  return {
    take(address, name) {
      const network = networkOf(address);
      const both = JSON.stringify([network, name]);
      const ofNetwork = count(byNetwork, network);
      const ofBoth = count(byNameAndNetwork, both);
      const over = [
        { counter: ofNetwork, max: limits.perNetworkMax },
        { counter: ofBoth, max: limits.perNameMax },
      ].filter(({ counter, max }) => counter.attempts > max);
      if (over.length > 0) {
        const refusedMs = Math.max(...over.map(({ counter }) => counter.endsAtMs - now()));
        return { waitMs: 0, refusedMs, isFirstRefused: over.some(({ counter, max }) => counter.attempts === max + 1) };
      }
      return familiar.has(both) ? FREE : spaced(count(byName, name), limits, now());
    },
    succeeded(address, name) {
      const network = networkOf(address);
      const both = JSON.stringify([network, name]);
      const ofNetwork = byNetwork.get(network);
      if (ofNetwork) ofNetwork.attempts -= 1;
      byNameAndNetwork.delete(both);
      const ofName = byName.get(name);
      if (ofName) ofName.attempts -= 1;
      keep(familiar, both, true, limits.countersMax);
    },
  };
}

const FREE: Verdict = { waitMs: 0, refusedMs: 0, isFirstRefused: false };

/** Puts the newest last, and forgets the oldest when there are too many. */
function keep<Value>(kept: Map<string, Value>, key: string, value: Value, max: number): void {
  kept.delete(key);
  kept.set(key, value);
  const oldest = kept.keys().next().value;
  if (kept.size > max && oldest !== undefined) kept.delete(oldest);
}

function spaced(counter: Counter, limits: ThrottleLimits, nowMs: number): Verdict {
  if (counter.attempts <= limits.perNameEverywhereMax) return FREE;
  const turnMs = Math.max(nowMs, counter.freeAtMs);
  const waitMs = turnMs - nowMs;
  const isFirst = counter.attempts === limits.perNameEverywhereMax + 1;
  if (waitMs > limits.spacedWaitMsMax) return { waitMs: 0, refusedMs: limits.spacingMs, isFirstRefused: isFirst };
  counter.freeAtMs = turnMs + limits.spacingMs;
  return { waitMs, refusedMs: 0, isFirstRefused: isFirst };
}
