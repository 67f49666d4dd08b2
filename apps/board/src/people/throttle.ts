// How often a caller may try to sign in, or to guess the token. Attempts are counted before the password is looked at, so that trying many at once gains
// nothing, and a right password is taken back from every count: fifty people behind one address do not keep each other out.
//
// A name that many addresses guess at is slowed, never locked: past its limit its attempts come one after the other, a second
// apart, and those for whom that would be long are refused for now. Where its owner has signed in before, from the same network and
// since the board was started, nothing of that is felt; from elsewhere the owner waits, or is refused for now, like the guessers.
import { isIPv6, SocketAddress } from "node:net";
import { type Logger, Counter as Metric, type Registry } from "@inventory-sync/runtime";

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
export type Throttle = ReturnType<typeof createThrottle>;

interface Counter {
  attempts: number;
  readonly endsAtMs: number;
  /** When the next attempt on a spaced name may be looked at. */
  freeAtMs: number;
}

/** Keeps the counters in memory. @param now milliseconds of a clock that never goes back */
export function createThrottle(limits: ThrottleLimits = THROTTLE_LIMITS, now: () => number = () => performance.now()) {
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
    /** Counts one attempt. */
    take(address: string, name: string): Verdict {
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
    /** The attempt was right: it does not count. */
    succeeded(address: string, name: string): void {
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

const WRONG_TOKENS_MAX = 30;
const WRONG_TOKENS_WINDOW_MS = 60_000;
const NETWORKS_MAX = 10_000;

/** Notes a wrong token. @returns for how many milliseconds its network is refused; 0 when it is only wrong */
export type NoteWrongToken = (address: string) => number;

/**
 * Counts them in memory and in a metric of `registry`, tells them in the log once a minute, and refuses a network for a while past
 * some of them. A right token is taken all the same, for it is looked at first.
 */
export function createWrongTokens(registry: Registry, log: Logger): NoteWrongToken {
  const total = new Metric({
    name: "inventory_board_wrong_tokens_total",
    help: "Requests to the board with a token that is not its own",
    registers: [registry],
  });
  let tries = new Map<string, number>();
  let endsAtMs = 0;
  let seen = 0;
  return (address) => {
    total.inc();
    const nowMs = performance.now();
    if (nowMs >= endsAtMs) {
      if (seen > 1) log.warn({ wrongTokens: seen }, "wrong board tokens in the last minute in which there were any");
      tries = new Map();
      seen = 0;
      endsAtMs = nowMs + WRONG_TOKENS_WINDOW_MS;
    }
    seen += 1;
    if (seen === 1) log.warn({ address }, "a wrong board token was sent; what follows is counted, not told one by one");
    const network = networkOf(address);
    const tried = (tries.get(network) ?? 0) + 1;
    if (tries.size < NETWORKS_MAX || tries.has(network)) tries.set(network, tried);
    return tried > WRONG_TOKENS_MAX ? endsAtMs - nowMs : 0;
  };
}

const GROUPS_OF_A_NETWORK = 4;
const GROUPS = 8;
const MAPPED = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/;
const WITH_PORT = /^(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}$/;

/**
 * From where a caller comes, as far as it can be counted: who has one address of an IPv6 network has 2^64 of them.
 * The address itself for IPv4, also where a proxy writes it within IPv6 or with a port; the /64 for IPv6.
 */
export function networkOf(address: string): string {
  const bare = address.split("%", 1)[0] ?? "";
  if (!isIPv6(bare)) return WITH_PORT.exec(bare)?.[1] ?? bare;
  // One spelling of each: small letters, no leading zeros, IPv4 within it with dots.
  const ipv6 = new SocketAddress({ address: bare, family: "ipv6" }).address;
  const ipv4 = MAPPED.exec(ipv6)?.[1];
  if (ipv4 !== undefined) return ipv4;
  const [head = [], tail = []] = ipv6.split("::").map((part) => part.split(":").filter(Boolean));
  const zeros = Array<string>(GROUPS - head.length - tail.length).fill("0");
  return `${[...head, ...zeros, ...tail].slice(0, GROUPS_OF_A_NETWORK).join(":")}::/64`;
}
