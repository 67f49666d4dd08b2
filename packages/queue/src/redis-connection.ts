// The queue on Redis or Valkey: one server, a cluster of them, or the master that sentinels name.

import { Queue, Worker } from "bullmq";
import type { Cluster, Redis } from "ioredis";
import { workerOptions } from "./catalog.ts";
import { type ConnectOptions, type QueueConnection, serverOf } from "./connection.ts";
import { watchOutage } from "./outage.ts";
import type { RedisAddress } from "./redis-address.ts";
import { createClient, failFast, patient } from "./redis-client.ts";
import { createRedisStore } from "./redis-store.ts";

/** Of all keys of this product. */
const keyPrefix = "inventory-sync";
/** Connects in the background, for ever. */
export function connectRedis(address: RedisAddress, { url, log, traces, replicas }: ConnectOptions): QueueConnection {
  const telemetry = traces && { telemetry: traces.bull };
  const outage = watchOutage(log, serverOf(url));
  const producer = createClient(address, failFast);
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
      consumer = createClient(address, patient);
      consumer.on("error", (error) => log.debug({ reason: error.message }, "queue connection"));
    }
    return consumer;
  };

  return {
    kind: "redis",
    traces,
    outage,
    store: createRedisStore(producer, prefix, { wanted: replicas, canFailOver: address.kind !== "single" }),
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
