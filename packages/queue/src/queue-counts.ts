// How much waits, runs and has failed: of a queue in all its shards, and of each shard of the queue of events.
import type { Queue } from "bullmq";
import { type QueueName, queueNames } from "./catalog.ts";
import type { QueueConnection } from "./connection.ts";
import { messageOf } from "./errors.ts";
import { settledOf, shardName } from "./shards.ts";

/** Jobs of a queue by state. */
export interface QueueCounts {
  waiting: number;
  active: number;
  delayed: number;
  failed: number;
  completed: number;
  "waiting-children": number;
  /** Shards of the queue that do not answer, and so are not counted. */
  away?: string[];
  /** Age of the job that waits longest, ms; null when none waits. */
  oldestWaitingMs: number | null;
}

/** A shard of the queue of events, by itself. */
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
  return {
    waiting: one.waiting + other.waiting,
    active: one.active + other.active,
    delayed: one.delayed + other.delayed,
    failed: one.failed + other.failed,
    completed: one.completed + other.completed,
    "waiting-children": one["waiting-children"] + other["waiting-children"],
    oldestWaitingMs: ages.length === 0 ? null : Math.max(...ages),
  };
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
    queue.getJobCounts("waiting", "prioritized", "active", "delayed", "failed", "completed", "waiting-children"),
    queue.getJobs(["waiting"], 0, 0, true),
    queue.getJobs(["prioritized"], 0, 0, true),
  ]);
  const since = Math.min(...[live, behind].map((job) => job?.timestamp ?? Number.POSITIVE_INFINITY));
  return {
    waiting: (counts.waiting ?? 0) + (counts.prioritized ?? 0),
    active: counts.active ?? 0,
    delayed: counts.delayed ?? 0,
    failed: counts.failed ?? 0,
    completed: counts.completed ?? 0,
    "waiting-children": counts["waiting-children"] ?? 0,
    oldestWaitingMs: Number.isFinite(since) ? Math.max(0, Date.now() - since) : null,
  };
}
