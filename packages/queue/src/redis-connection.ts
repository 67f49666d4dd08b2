// Redis, Valkey or a cluster of them: redis://, rediss://, redis+cluster://h1:p,h2:p (rediss+cluster:// with TLS).

import { Queue, Worker } from "bullmq";
import { Cluster, type Redis } from "ioredis";
import { workerOptions } from "./catalog.ts";
import { redisClientUses } from "./client-uses.ts";
import { type ConnectOptions, type QueueConnection, serverOf } from "./connection.ts";
import { CorkedRedis } from "./corked-redis.ts";
import { watchOutage } from "./outage.ts";
import { createRedisStore, redisKeys, redisPrefix } from "./redis-store.ts";
import { redisSharedRate } from "./shared-rate.ts";

const connectTimeoutMs = 2_000;
const reconnectMsMax = 1_000;
/**
 * A connection on which a command waits and nothing comes for so long is made anew, and the command sent again: the network
 * may have forgotten it. Longer than a worker's blocking wait for a job.
 */
const silentMsMax = { failFast: 5_000, patient: 15_000 };
const clusterScheme = /^(rediss?)\+cluster:\/\//;
const defaultPort = 6379;

const retryStrategy = (times: number): number => Math.min(100 * times, reconnectMsMax);

/**
 * Commands are refused while the server is away, and those in flight fail at the first reconnect instead of after twenty.
 * BullMQ's queue objects still wait for the first connection, which is why every call has a deadline of its own.
 */
const failFast = {
  enableOfflineQueue: false,
  maxRetriesPerRequest: 1,
  connectTimeout: connectTimeoutMs,
  socketTimeout: silentMsMax.failFast,
};
/** Commands wait until the server is back. No command timeout: a worker must not take a slow answer for a failure. */
const patient = {
  enableOfflineQueue: true,
  maxRetriesPerRequest: null,
  connectTimeout: connectTimeoutMs,
  socketTimeout: silentMsMax.patient,
};

/** Connects in the background, for ever. Throws only when the URL cannot be read. */
export function connectRedis(options: ConnectOptions): QueueConnection {
  const { url, log, traces } = options;
  const telemetry = traces && { telemetry: traces.bull };
  const outage = watchOutage(log, serverOf(url));
  const producer = createClient(url, failFast);
  const prefix = redisPrefix(options.prefix, producer.isCluster);
  const queues: Queue[] = [];
  let consumer: Redis | Cluster | undefined;
  producer.on("ready", () => outage.up());
  producer.on("close", () => outage.down(new Error("connection closed")));
  producer.on("error", (error) => outage.down(error));

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
    store: createRedisStore(producer, redisKeys(prefix)),
    clientUses: redisClientUses(producer, `${prefix}:client-uses`),
    sharedRate: redisSharedRate(producer, prefix),
    queue(name) {
      // The version check is an INFO between connecting and being ready; a connection lost just then would leave the
      // queue object dead until a restart.
      const queue = new Queue(name, { connection: producer, prefix, skipVersionCheck: true, ...telemetry });
      queue.on("error", (error) => log.debug({ queue: name, reason: error.message }, "queue connection"));
      queues.push(queue);
      return queue;
    },
    worker: (name, processor, { concurrency }) =>
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
  const [username = "", password = ""] =
    at < 0
      ? []
      : authority
          .slice(0, at)
          .split(":")
          .map((part) => decodeURIComponent(part));
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
      ...(username !== "" && { username }),
      ...(password !== "" && { password }),
      ...(scheme[1] === "rediss" && { tls: {} }),
    },
  });
}
