// Where in Redis a queue, or a shard of the queue of events, lies.
import type { QueueName } from "./catalog.ts";
import type { ShardWatch } from "./shards.ts";

export interface Place {
  readonly shard: number;
  /** As BullMQ has it. */
  readonly name: string;
  readonly prefix: string;
  /** On a cluster. */
  readonly slot: number;
}

/** Finds places. */
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
