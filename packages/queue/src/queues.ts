// The one object through which the apps reach the queue: opened once per process, shared by producer, consumer and inspector.

import { setTimeout as sleep } from "node:timers/promises";
import type { Queue } from "bullmq";
import { type QueueName, queueNames } from "./catalog.ts";
import { type ClientUses, createClientUses } from "./client-uses.ts";
import type { ConnectOptions, QueueConnection } from "./connection.ts";
import { within } from "./deadline.ts";
import { createInspector, type Inspector } from "./inspect.ts";
import type { QueueLog } from "./log.ts";
import { isConnectionError, messageOf } from "./outage.ts";
import { connectPostgres } from "./postgres-connection.ts";
import { createEventProducer, type EventProducer, type ProducerLimits } from "./producer.ts";
import { connectRedis } from "./redis-connection.ts";
import { createResetProducer, type ResetProducer } from "./resets.ts";
import type { SharedRate } from "./shared-rate.ts";
import type { Durability } from "./store.ts";

/** What the process is: a producer accepts from outside and is held back under load; the others never are. */
export type QueueRole = "producer" | "consumer" | "inspector";

export interface QueueLimits extends ProducerLimits {
  /** Connections to PostgreSQL, when that is the queue. */
  poolMax: number;
}

export interface QueueOptions {
  /** redis://, rediss://, redis+cluster://h1:p,h2:p or postgres:// */
  url: string;
  role: QueueRole;
  log: QueueLog;
  /** Redis key prefix, for several installations on one server. Default "inventory-sync". */
  prefix?: string;
  limits?: Partial<QueueLimits>;
  /** Whether the process sends traces: then jobs carry theirs along. */
  traced?: boolean;
}

export interface Queues extends Omit<EventProducer, "stop">, ResetProducer, Inspector, ClientUses {
  readonly kind: "redis" | "postgres";
  /** What the processes that share this server have let in together; undefined when that is not kept on it. */
  readonly sharedRate: SharedRate | undefined;
  /** For consume() and consumeEvents(). */
  readonly connection: QueueConnection;
  readonly log: QueueLog;
  /** How safe accepted jobs are. Throws when the server cannot be reached. */
  durability(): Promise<Durability>;
  /** For readiness: never throws; `ok` is false when the server is away, accepting is paused, or jobs could be lost. */
  ping(): Promise<Durability>;
  /** Waits for the server, then throws, in words, when an accepted job could be lost on it. */
  assertDurable(): Promise<Durability>;
  /** BullMQ's own queue objects, for Bull Board. */
  bullQueues(): Queue[];
  /** What was last heard of the server was good. */
  isConnected(): boolean;
  /** Lets go of the server. Close consumers first. */
  close(): Promise<void>;
}

const defaultPrefix = "inventory-sync";
const pingDeadlineMs = 2_000;
const askAgainMs = 200;
const defaultLimits: QueueLimits = {
  addDeadlineMs: 2_000,
  retryAfterS: 5,
  waitingMax: 1_000_000,
  memoryShareMax: 0.8,
  sampleIntervalMs: 1_000,
  poolMax: 10,
};

/** Opens the queues. Never rejects because the server is down: it connects in the background. Throws on a URL it cannot read. */
export async function openQueues(options: QueueOptions): Promise<Queues> {
  const { url, role, log, prefix = defaultPrefix } = options;
  const limits = { ...defaultLimits, ...options.limits };
  // Loaded only when somebody wants traces: without them it costs neither time nor memory.
  const traces = options.traced ? (await import("./traces.ts")).createTraces() : undefined;
  const connection = connect({ url, prefix, log, poolMax: limits.poolMax, traces });
  const queues = Object.fromEntries(queueNames.map((name) => [name, connection.queue(name)])) as Record<
    QueueName,
    Queue
  >;
  const accepts = role === "producer";
  const producer = createEventProducer({ connection, queue: queues.events, log, limits, accepts });
  const resets = createResetProducer(connection, queues, log);
  const inspector = createInspector(connection, queues);
  const { flush: flushClientUses, ...clientUses } = createClientUses(connection, log);
  const durability = () => within(pingDeadlineMs, "the queue server", connection.store.durability());

  return {
    kind: connection.kind,
    connection,
    log,
    get acceptPaused() {
      return producer.acceptPaused;
    },
    addEvents: producer.addEvents,
    addEventsSingly: producer.addEventsSingly,
    ...resets,
    ...inspector,
    ...clientUses,
    sharedRate: connection.sharedRate,
    durability,
    async ping() {
      try {
        if (connection.outage.state() === "down") throw new Error("the queue server cannot be reached");
        const answer = await durability();
        const paused = producer.acceptPaused;
        return paused === undefined ? answer : { ...answer, ok: false, warnings: [paused, ...answer.warnings] };
      } catch (error) {
        return { ok: false, durability: "unreachable", warnings: [messageOf(error)] };
      }
    },
    async assertDurable() {
      const answer = await durabilityOnceUp(connection);
      if (!answer.ok) throw new Error(`accepted events could be lost: ${answer.warnings.join("; ")}`);
      return answer;
    },
    bullQueues: () => queueNames.map((name) => queues[name]),
    isConnected: () => connection.outage.state() === "up",
    async close() {
      producer.stop();
      await flushClientUses();
      connection.outage.closed();
      await connection.close();
    },
  };
}

/** The server's answer, however often it goes away while it is asked. Throws what the server itself refuses to tell. */
async function durabilityOnceUp({ outage, store }: QueueConnection): Promise<Durability> {
  for (;;) {
    await outage.whenUp();
    try {
      return await store.durability();
    } catch (error) {
      if (!isConnectionError(error)) throw error;
      await sleep(askAgainMs);
    }
  }
}

function connect(options: ConnectOptions): QueueConnection {
  const { url } = options;
  if (/^rediss?(\+cluster)?:\/\//.test(url)) return connectRedis(options);
  if (/^postgres(ql)?:\/\//.test(url)) return connectPostgres(options);
  const scheme = url.split(":")[0] ?? "";
  throw new RangeError(`QUEUE_URL starts with "${scheme}:"; use redis://, rediss://, redis+cluster:// or postgres://`);
}
