// The queue on Redis or Valkey: one server, a cluster of them, or the master that sentinels name.

import { Queue } from "bullmq";
import type { Cluster, Redis } from "ioredis";
import { type QueueName, workerOptions } from "./catalog.ts";
import { type ConnectOptions, type QueueConnection, serverOf, watchOutage } from "./connection.ts";
import { PromptWorker } from "./prompt-worker.ts";
import type { RedisAddress } from "./redis-address.ts";
import { createClient, failFast, patient } from "./redis-client.ts";
import { createRedisStore } from "./redis-store.ts";
import { type Place, shardName, slotOf, tagOf, watchShards } from "./shards.ts";

/** Connects in the background, for ever. */
export function connectRedis(address: RedisAddress, options: ConnectOptions): QueueConnection {
  const { url, log, traces, replicas, shards: own } = options;
  const telemetry = traces && { telemetry: traces.bull };
  const outage = watchOutage(log, serverOf(url));
  const producer = createClient(address, failFast);
  // On a cluster a hash tag, so that all keys of a queue lie in one slot.
  const prefixOf = (shard: number) => (producer.isCluster ? `{${tagOf(shard)}}` : tagOf(0));
  const placeOf = (queue: QueueName, shard: number): Place => {
    const name = queue === "events" ? shardName(shard) : queue;
    return { shard, name, prefix: prefixOf(shard), slot: slotOf(shard) };
  };
  const shards = watchShards(own, async (shard) => {
    const { prefix, name } = placeOf("events", shard);
    return (await producer.exists(`${prefix}:${name}:id`)) === 1;
  });
  const queues = new Map<string, Queue>();
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
  const makeQueue = ({ name, prefix }: Place): Queue => {
    // The version check is an INFO between connecting and being ready; a connection lost just then would leave the
    // queue object dead until a restart.
    const queue = new Queue(name, { connection: producer, prefix, skipVersionCheck: true, ...telemetry });
    queue.on("error", (error) => log.debug({ queue: name, reason: error.message }, "queue connection"));
    queues.set(name, queue);
    return queue;
  };

  return {
    kind: "redis",
    traces,
    outage,
    shards,
    store: createRedisStore(producer, {
      places: { of: placeOf, shards },
      replication: { wanted: replicas, canFailOver: address.kind !== "single" },
    }),
    queue(name, shard = 0) {
      const place = placeOf(name, shard);
      return queues.get(place.name) ?? makeQueue(place);
    },
    worker(queue, processor, { concurrency, shard }) {
      const { name, prefix } = placeOf(queue, shard);
      return new PromptWorker(name, processor, {
        ...workerOptions(concurrency),
        connection: consumerClient(),
        prefix,
        ...telemetry,
      });
    },
    async close() {
      await Promise.allSettled([...queues.values()].map((queue) => queue.close()));
      producer.disconnect();
      consumer?.disconnect();
    },
  };
}
