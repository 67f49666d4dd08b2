// EVENT_SHARDS: the queue of events in as many shards, so that it is not bound to one server of a cluster. Shard 0 is `events` and has the
// keys that an undivided queue has; shard 3 is `events-3`. On a cluster the hash tag of each puts it into a slot of its own, and the slots
// are chosen so that the first N of them lie evenly over all slots, whatever N is: how many shards there are changes none of them.
//
// Nobody keeps a list of the shards. A shard is there once a job was put into it: BullMQ counts the jobs of a queue in a key of that queue,
// in the script that adds one. So a shard is found wherever its jobs are, and is lost with them or not at all.
import { hash } from "node:crypto";
import { withinMs } from "@inventory-sync/runtime";
import type { QueueName } from "./catalog.ts";

export const shardsMax = 64;

const slots = 16_384;
const bits = Math.log2(shardsMax);
/** Of the tag that all other keys have, and shard 0. */
const baseTag = "inventory-sync";
const baseSlot = 1_939;

/** What makes the tag of each shard fall into its slot; found by trying. */
const suffixes = [
  21_274, 770, 23_508, 7_229, 2_886, 8_027, 10_988, 15_348, 1_966, 660, 43_623, 10_918, 8_932, 16_814, 588, 1_253,
  27_876, 48_364, 11_230, 8_821, 10_186, 663, 16_804, 79_483, 76, 8_203, 7_649, 8_466, 13_869, 43_916, 23_664, 9_452,
  6_018, 12_112, 5_626, 7_794, 413, 16_291, 1_524, 5_067, 11_999, 17_238, 5_623, 40_950, 1_099, 5_823, 10_811, 22_912,
  2_487, 19_076, 1_232, 3_380, 741, 10_867, 27_479, 6_549, 6_894, 42_362, 4_907, 917, 15_817, 45_956, 1_964,
];

/** What stands between the braces of the keys of a shard, on a cluster. */
export function tagOf(shard: number): string {
  return shard === 0 ? baseTag : `${baseTag}-${shard}-${suffixes[shard - 1]}`;
}

/** The slot of a shard: its number with the bits in reverse order says how far behind that of shard 0, in 64ths of all slots. */
export function slotOf(shard: number): number {
  let reversed = 0;
  for (let bit = 0; bit < bits; bit += 1) reversed = reversed * 2 + ((shard >> bit) & 1);
  return (baseSlot + (reversed * slots) / shardsMax) % slots;
}

/** The name of a shard as BullMQ has it. */
export function shardName(shard: number): string {
  return shard === 0 ? "events" : `events-${shard}`;
}

/** Which of our queues, and which shard of it, a name of BullMQ's means. */
export function partOf(name: string): { readonly queue: QueueName; readonly shard: number } {
  const shard = /^events-(\d+)$/.exec(name)?.[1];
  return shard === undefined ? { queue: name as QueueName, shard: 0 } : { queue: "events", shard: Number(shard) };
}

/**
 * The shard, of so many, that has a facility's events: the jump consistent hash of Lamping and Veach, so one shard more moves only the
 * facilities that go to it.
 */
export function shardOf(facilityId: string, shards: number): number {
  if (shards === 1) return 0;
  let state = Number.parseInt(hash("sha256", facilityId).slice(0, 8), 16);
  let [shard, next] = [0, 0];
  while (next < shards) {
    shard = next;
    state = (state + 0x6d2b79f5) | 0;
    next = Math.floor((shard + 1) / uniform(state));
  }
  return shard;
}

/** A number above 0, and 1 at most, from the state of a generator (mulberry32). */
function uniform(state: number): number {
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return (((mixed ^ (mixed >>> 14)) >>> 0) + 1) / 2 ** 32;
}

/** A shard that is silent for so long keeps what the others say back no longer. */
const answerMsMax = 1_000;

/**
 * The answers of all shards; undefined for each that gave none, or not soon where there are others.
 * @throws what the first one threw when none gave any
 */
export async function settledOf<T>(answers: readonly Promise<T>[]): Promise<(T | undefined)[]> {
  const soon = (answer: Promise<T>) =>
    answers.length === 1 ? answer : withinMs(answerMsMax, answer, "a shard of the queue");
  const settled = await Promise.allSettled(answers.map(soon));
  const [first] = settled;
  if (first?.status === "rejected" && settled.every(({ status }) => status === "rejected")) throw first.reason;
  return settled.map((each) => (each.status === "fulfilled" ? each.value : undefined));
}

/** A shard that a producer has begun is worked on this soon. */
const lookEveryMs = 2_000;
/** People and machines that ask at once are told what was found a moment ago. */
const foundFreshMs = 1_000;

/** What is known of the shards. */
export type ShardWatch = ReturnType<typeof watchShards>;

/**
 * Watches which shards there are.
 * @param own how many this process adds to, and so are there in any case
 * @param exists whether a shard is there; rejects where its server does not say. Undefined where there can be no others
 */
export function watchShards(own: number, exists?: (shard: number) => Promise<boolean>) {
  const known = new Set(Array.from({ length: own }, (_, shard) => shard));
  const listeners = new Set<(shard: number) => void>();
  let looking: Promise<void> | undefined;
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;

  const lookAt = async (shard: number): Promise<void> => {
    if (!(await withinMs(answerMsMax, exists?.(shard) ?? Promise.resolve(false)))) return;
    known.add(shard);
    for (const tell of listeners) tell(shard);
  };
  const lookAtAll = async (): Promise<void> => {
    const others = Array.from({ length: shardsMax }, (_, shard) => shard).filter((shard) => !known.has(shard));
    await Promise.allSettled(others.map(lookAt));
    lookedAtMs = performance.now();
    looking = undefined;
  };
  const look = async (): Promise<void> => {
    if (exists === undefined || performance.now() - lookedAtMs < foundFreshMs) return;
    looking ??= lookAtAll();
    await looking;
  };

  return {
    own,
    /** The shards as far as they are known, the first one first. */
    known: (): readonly number[] => [...known].sort((a, b) => a - b),
    /** Looks for others. Never throws: one whose server does not answer is found later. */
    look,
    /** Tells of each shard that is known, and of each that is found from now on; returns what ends it. */
    each(tell: (shard: number) => void): () => void {
      for (const shard of known) tell(shard);
      listeners.add(tell);
      if (exists !== undefined) timer ??= setInterval(() => void look(), lookEveryMs).unref();
      return () => {
        listeners.delete(tell);
        if (listeners.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
  };
}

/** Where in Redis a queue, or a shard of the queue of events, lies. */
export interface Place {
  readonly shard: number;
  /** As BullMQ has it. */
  readonly name: string;
  readonly prefix: string;
  /** On a cluster. */
  readonly slot: number;
}

export interface Places {
  of(queue: QueueName, shard: number): Place;
  readonly shards: ShardWatch;
}

/** A key of a queue as BullMQ has it. */
export function keyOf({ prefix, name }: Place, suffix: string): string {
  return `${prefix}:${name}:${suffix}`;
}

/** All places of a queue that are known, after looking for others; or the one of a shard. */
export async function placesOf({ of, shards }: Places, queue: QueueName, shard?: number): Promise<Place[]> {
  if (queue !== "events") return [of(queue, 0)];
  if (shard !== undefined) return [of(queue, shard)];
  await shards.look();
  return shards.known().map((each) => of(queue, each));
}
