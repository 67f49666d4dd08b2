// How much waits, runs and has failed: of a queue in all its shards, and of each shard of the queue of events.
import type { Queue } from "bullmq";
import { type QueueName, queueNames } from "./catalog.ts";
import type { QueueConnection } from "./connection.ts";
import { messageOf } from "./errors.ts";
import { settledOf, shardName } from "./shards.ts";

const states = ["waiting", "active", "delayed", "failed", "completed", "waiting-children"] as const;

export type QueueCounts = Record<(typeof states)[number], number> & {
  /** Shards of the queue that do not answer, and so are not counted. */
  away?: string[];
  /** Age of the job that waits longest, ms; null when none waits. */
  oldestWaitingMs: number | null;
};

export interface ShardSeen {
  readonly shard: number;
  /** As Bull Board lists it. */
  readonly name: string;
  /** Undefined while its server does not answer; then `away` says why. */
  readonly counts?: QueueCounts;
  readonly away?: string;
  /** Connections of workers that wait for its jobs or work on them; null where the server does not tell. */
  readonly workers: number | null;
}

/** Makes the questions over the queues of one connection. */
export function createCounts(connection: QueueConnection) {
  return {
    /** Of each queue, in all its shards. */
    async counts(): Promise<Record<QueueName, QueueCounts>> {
      const entries = queueNames.map(async (name) => [name, await countsOf(connection, name)] as const);
      return Object.fromEntries(await Promise.all(entries)) as Record<QueueName, QueueCounts>;
    },
    /** Looks at each shard of the queue of events. Never throws. */
    shards: async (): Promise<ShardSeen[]> =>
      Promise.all((await shardsOf(connection, "events")).map((shard) => shardSeen(connection, shard))),
  };
}

/** The shards of a queue that are known, after looking for others. */
export async function shardsOf({ shards }: QueueConnection, queue: QueueName): Promise<readonly number[]> {
  if (queue !== "events") return [0];
  await shards.look();
  return shards.known();
}

/** Counts the jobs of a queue over all its shards; says which do not answer. @throws when none does */
async function countsOf(connection: QueueConnection, queue: QueueName): Promise<QueueCounts> {
  const shards = await shardsOf(connection, queue);
  const counts = await settledOf(shards.map((shard) => countsAt(connection.queue(queue, shard))));
  const away = shards.filter((_, index) => counts[index] === undefined).map(shardName);
  const all = counts.filter((each) => each !== undefined).reduce(added);
  return away.length === 0 ? all : { ...all, away };
}

function added(one: QueueCounts, other: QueueCounts): QueueCounts {
  const ages = [one, other].flatMap(({ oldestWaitingMs: age }) => (age === null ? [] : [age]));
  const sums = byState((state) => one[state] + other[state]);
  return { ...sums, oldestWaitingMs: ages.length === 0 ? null : Math.max(...ages) };
}

async function shardSeen(connection: QueueConnection, shard: number): Promise<ShardSeen> {
  const queue = connection.queue("events", shard);
  const about = { shard, name: shardName(shard) };
  try {
    const [counts, workers] = await Promise.all([countsAt(queue), queue.getWorkersCount().catch(() => null)]);
    return { ...about, counts, workers };
  } catch (error) {
    return { ...about, away: messageOf(error), workers: null };
  }
}

async function countsAt(queue: Queue): Promise<QueueCounts> {
  // What waits behind live sales stands in a row of its own, whose first is its oldest.
  const [counts, [live], [behind]] = await Promise.all([
    queue.getJobCounts(...states, "prioritized"),
    queue.getJobs(["waiting"], 0, 0, true),
    queue.getJobs(["prioritized"], 0, 0, true),
  ]);
  const since = Math.min(...[live, behind].map((job) => job?.timestamp ?? Number.POSITIVE_INFINITY));
  const found = byState((state) => counts[state] ?? 0);
  return {
    ...found,
    waiting: found.waiting + (counts.prioritized ?? 0),
    oldestWaitingMs: Number.isFinite(since) ? Math.max(0, Date.now() - since) : null,
  };
}

function byState(count: (state: (typeof states)[number]) => number) {
  return Object.fromEntries(states.map((state) => [state, count(state)])) as Record<(typeof states)[number], number>;
}
