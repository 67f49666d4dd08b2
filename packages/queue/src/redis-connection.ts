// Redis, Valkey or a cluster of them: redis://, rediss://, redis+cluster://h1:p,h2:p (rediss+cluster:// with TLS).

import type { Duplex } from "node:stream";
import { Queue, Worker } from "bullmq";
import { Cluster, Redis } from "ioredis";
import { workerOptions } from "./catalog.ts";
import { type ConnectOptions, type QueueConnection, serverOf } from "./connection.ts";
import { watchOutage } from "./outage.ts";
import { createRedisStore } from "./redis-store.ts";

/** Of all keys of this product. */
const keyPrefix = "inventory-sync";
const connectTimeout = 2_000;
const reconnectMsMax = 1_000;
const clusterScheme = /^(rediss?)\+cluster:\/\//;
const defaultPort = 6379;

const retryStrategy = (times: number): number => Math.min(100 * times, reconnectMsMax);

/**
 * Commands are refused while the server is away, and those in flight fail at the first reconnect instead of after twenty.
 * BullMQ's queue objects still wait for the first connection, which is why every call has a deadline of its own.
 *
 * `socketTimeout`: a connection on which a command waits and nothing comes for so long is made again, and the command sent
 * again, for the network may have forgotten it.
 */
const failFast = { enableOfflineQueue: false, maxRetriesPerRequest: 1, connectTimeout, socketTimeout: 5_000 };
/**
 * Commands wait until the server is back. No command timeout: a worker must not take a slow answer for a failure; and longer
 * silences than a worker's blocking wait for a job.
 */
const patient = { enableOfflineQueue: true, maxRetriesPerRequest: null, connectTimeout, socketTimeout: 15_000 };

/** Connects in the background, for ever. Throws only when the URL cannot be read. */
export function connectRedis({ url, log, traces }: ConnectOptions): QueueConnection {
  const telemetry = traces && { telemetry: traces.bull };
  const outage = watchOutage(log, serverOf(url));
  const producer = createClient(url, failFast);
  // On a cluster a hash tag, so that all keys lie in one slot.
  const prefix = producer.isCluster ? `{${keyPrefix}}` : keyPrefix;
  const queues: Queue[] = [];
  let consumer: Redis | Cluster | undefined;
  producer.on("ready", () => outage.up());
  producer.on("close", () => outage.down(new Error("connection closed")));
  // Only what keeps the client from being ready is an outage: nothing would tell of the end of another.
  producer.on("error", (error) => {
    if (producer.status !== "ready") outage.down(error);
  });

  const consumerClient = () => {
    if (consumer === undefined) {
      consumer = createClient(url, patient);
      consumer.on("error", (error) => log.debug({ reason: error.message }, "queue connection"));
    }
    return consumer;
  };

  return {
    kind: "redis",
    traces,
    outage,
    store: createRedisStore(producer, prefix),
    queue(name) {
      // The version check is an INFO between connecting and being ready; a connection lost just then would leave the
      // queue object dead until a restart.
      const queue = new Queue(name, { connection: producer, prefix, skipVersionCheck: true, ...telemetry });
      queue.on("error", (error) => log.debug({ queue: name, reason: error.message }, "queue connection"));
      queues.push(queue);
      return queue;
    },
    worker: (name, processor, concurrency) =>
      new Worker(name, processor, {
        ...workerOptions(concurrency),
        connection: consumerClient(),
        prefix,
        ...telemetry,
      }),
    async close() {
      await Promise.allSettled(queues.map((queue) => queue.close()));
      producer.disconnect();
      consumer?.disconnect();
    },
  };
}

function createClient(url: string, options: typeof failFast | typeof patient): Redis | Cluster {
  const scheme = clusterScheme.exec(url);
  if (scheme === null) return new CorkedRedis(url, { ...options, retryStrategy });
  const { enableOfflineQueue, ...redisOptions } = options;
  const [authority = ""] = url.slice(scheme[0].length).split(/[/?]/);
  const at = authority.lastIndexOf("@");
  const [username, password] = at < 0 ? [] : authority.slice(0, at).split(":").map(decodeURIComponent);
  const nodes = authority
    .slice(at + 1)
    .split(",")
    .map((node) => {
      const { hostname, port } = new URL(`redis://${node}`);
      return { host: hostname, port: port === "" ? defaultPort : Number(port) };
    });
  return new Cluster(nodes, {
    enableOfflineQueue,
    clusterRetryStrategy: retryStrategy,
    redisOptions: {
      ...redisOptions,
      ...(username && { username }),
      ...(password && { password }),
      ...(scheme[1] === "rediss" && { tls: {} }),
    },
  });
}

type Send = Redis["sendCommand"];

/**
 * ioredis, with the commands of one turn of the event loop in one write. After a batch has committed a hundred jobs complete
 * together; each of their commands would be a write of its own, which costs more than the command, and Redis would find them
 * one by one and force its log to disk for each handful instead of once for all.
 *
 * Nothing else changes: commands keep their order, their answers and what happens to them when the connection is lost. (That is
 * why this is no automatic pipeline: ioredis aborts a pipeline whose connection is lost, where single commands are sent again.)
 */
class CorkedRedis extends Redis {
  #corked: Duplex | undefined;

  override sendCommand(...[command, stream]: Parameters<Send>): ReturnType<Send> {
    if (stream === undefined && this.#corked === undefined && this.status === "ready") {
      const socket = this.stream as unknown as Duplex;
      socket.cork();
      this.#corked = socket;
      setImmediate(() => {
        this.#corked = undefined;
        socket.uncork();
      });
    }
    return super.sendCommand(command, stream);
  }
}
