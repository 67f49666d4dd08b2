// The one object through which the apps reach the queue: opened once per process, shared by producer, consumer and inspector.

import { setTimeout as sleep } from "node:timers/promises";
import type { StockEvent } from "@inventory-sync/domain";
import { queueSchemes, withinMs } from "@inventory-sync/runtime";
import type { Queue } from "bullmq";
import { type QueueName, queueNames } from "./catalog.ts";
import type { ConnectOptions, Durability, QueueConnection, QueueLog } from "./connection.ts";
import { isUnreachable, messageOf } from "./errors.ts";
import { createEventFinder } from "./event-jobs.ts";
import { createInspector } from "./inspect.ts";
import { createNotes } from "./notes.ts";
import { connectPostgres, refusePooledQueue } from "./postgres-connection.ts";
import { createEventProducer, producerLimits } from "./producer.ts";
import { createCounts } from "./queue-counts.ts";
import { redisAddress } from "./redis-address.ts";
import { connectRedis } from "./redis-connection.ts";
import { shardOf } from "./shards.ts";
import { createWaker } from "./wake.ts";

export interface QueueOptions {
  /** As redis-address.ts has it, or postgres:// */
  url: string;
  /** What the process is: a producer accepts from outside and is held back under load; the others never are. */
  role: "producer" | "consumer" | "inspector";
  log: QueueLog;
  limits?: Partial<typeof producerLimits>;
  /** QUEUE_REPLICAS, of a producer: how many replicas must have an event before it is accepted. */
  replicas?: number;
  /** EVENT_SHARDS: in how many shards of the queue of events this process adds. Default 1, and on PostgreSQL the only one that may be. */
  shards?: number;
  /** Whether the process sends traces: then jobs carry theirs along. */
  traced?: boolean;
}

export type Queues = Awaited<ReturnType<typeof openQueues>>;

const pingDeadlineMs = 2_000;
const askAgainMs = 200;

/** Opens the queues. Never rejects because the server is down: it connects in the background. Throws on a URL it cannot read, or that it must not use. */
export async function openQueues(options: QueueOptions) {
  const { url, role, log } = options;
  const limits = { ...producerLimits, ...options.limits };
  // Loaded only when traces are wanted: without them it costs neither time nor memory.
  const traces = options.traced ? (await import("./traces.ts")).createTraces() : undefined;
  const replicas = role === "producer" ? (options.replicas ?? 0) : undefined;
  if (isPostgres(url)) await refusePooledQueue(url);
  const connection = connect({ url, log, traces, replicas, shards: options.shards ?? 1 });
  const { kind, outage, store } = connection;
  const queueOf = (name: QueueName) => [name, connection.queue(name)] as const;
  const queues = Object.fromEntries(queueNames.map(queueOf)) as Record<QueueName, Queue>;
  const producer = createEventProducer({ connection, log, limits, accepts: role === "producer" });
  const { addEvents, addEventsSingly, whyFull } = producer;
  const { own, known } = connection.shards;
  const { flush: flushNotes, ...notes } = createNotes(connection, log);
  const durability = () => withinMs(pingDeadlineMs, store.durability(), "the queue server");

  return {
    kind,
    /** For consume() and consumeEvents(). */
    connection,
    log,
    /** Undefined unless the process is traced. */
    traces,
    addEvents,
    addEventsSingly,
    /** Why no shard accepts anything now, in words; undefined while one does. */
    get acceptPaused(): string | undefined {
      const reasons = Array.from({ length: own }, (_, shard) => whyFull(shard));
      return reasons.every((reason) => reason !== undefined) ? reasons.join("; ") : undefined;
    },
    ...createWaker(connection, queues, log),
    ...createCounts(connection),
    ...createInspector(connection),
    ...createEventFinder(connection),
    ...notes,
    /** What the processes that share this server have let in together; undefined when that is not kept on it. */
    sharedRate: store.sharedRate,
    /** How safe accepted jobs are. Throws when the server cannot be reached. */
    durability,
    /** How many replicas follow the server that has the queue; undefined on PostgreSQL. */
    replicas: () => withinMs(pingDeadlineMs, store.replicas(), "the queue server"),
    /** For readiness: never throws; `ok` is false when the server is away, accepting is paused, or jobs could be lost. */
    async ping(): Promise<Durability> {
      try {
        if (outage.isDown()) throw new Error("the queue server cannot be reached");
        // Who accepts is asked about its own shards, everybody else about all.
        if (role !== "producer") await connection.shards.look();
        const answer = await durability();
        return withFullness(answer, whyFull);
      } catch (error) {
        return { ok: false, durability: "unreachable", warnings: [messageOf(error)] };
      }
    },
    /** Waits for the server, then throws, in words, when an accepted job could be lost on it. */
    async assertDurable(): Promise<Durability> {
      const answer = await durabilityOnceUp(connection);
      const why = whyUnsafe(answer.shards ?? [answer]);
      if (why !== undefined) throw new Error(`accepted events could be lost: ${why}`);
      return answer;
    },
    /** Why these events could be lost where the queue stands as it did; undefined where they could not. A shard that is away takes none. */
    whyLost(answer: Durability, events: readonly StockEvent[]): string | undefined {
      const concerned = new Set(events.map(({ facilityId }) => shardOf(facilityId, own)));
      return whyUnsafe(answer.shards?.filter((_, shard) => concerned.has(shard)) ?? [answer]);
    },
    /** BullMQ's own queue objects, for Bull Board; the shards of the queue of events as far as they are known, at the end. */
    bullQueues: (): Queue[] => [
      ...queueNames.map((name) => queues[name]),
      ...known().flatMap((shard) => (shard === 0 ? [] : [connection.queue("events", shard)])),
    ],
    /** Looks for shards of the queue of events that other processes have begun. Never throws. */
    lookForShards: connection.shards.look,
    isConnected: () => outage.isUp(),
    /** Lets go of the server. Close consumers first. */
    async close(): Promise<void> {
      producer.stop();
      await flushNotes();
      outage.closed();
      await connection.close();
    },
  };
}

/** Why what these shards accept could be lost; undefined where it could not. One that is away accepts nothing. */
function whyUnsafe(parts: readonly Durability[]): string | undefined {
  const bad = parts.filter(({ ok, durability }) => !ok && durability !== "unreachable");
  return bad.length === 0 ? undefined : bad.flatMap(({ warnings }) => warnings).join("; ");
}

/** The same, where shards that are too full take nothing either. */
function withFullness(answer: Durability, whyFull: (shard: number) => string | undefined): Durability {
  const { shards = [answer] } = answer;
  const reasons = shards.map((_, shard) => whyFull(shard));
  const full = reasons.filter((reason) => reason !== undefined);
  const ok = shards.some((shard, number) => shard.ok && reasons[number] === undefined);
  return full.length === 0 ? answer : { ...answer, ok, warnings: [...full, ...answer.warnings] };
}

/** The server's answer, however often it goes away while it is asked. Throws what the server itself refuses to tell. */
async function durabilityOnceUp({ outage, store }: QueueConnection): Promise<Durability> {
  for (;;) {
    await outage.whenUp();
    try {
      return await store.durability();
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      await sleep(askAgainMs);
    }
  }
}

function isPostgres(url: string): boolean {
  return /^postgres(ql)?:\/\//.test(url);
}

function connect(options: ConnectOptions): QueueConnection {
  const { url } = options;
  const redis = redisAddress(url);
  if (redis) return connectRedis(redis, options);
  if (isPostgres(url)) return connectPostgres(options);
  const scheme = url.split(":")[0] ?? "";
  throw new RangeError(
    `QUEUE_URL starts with "${scheme}:"; use one of ${queueSchemes.map((each) => `${each}://`).join(", ")}`,
  );
}
