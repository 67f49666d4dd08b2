// What is read and kept in Redis past BullMQ's own calls. BullMQ's keys are only read, except for
// the stall counter and failed jobs that are dismissed (redis-failed.ts).

import { withinMs } from "@inventory-sync/runtime";
import type { Cluster, Redis } from "ioredis";
import type { EventName, QueueStore } from "./connection.ts";
import { carries } from "./event-jobs.ts";
import { jobsIn } from "./redis-failed.ts";
import { type Replication, redisSafety } from "./redis-safety.ts";
import { keyOf, type Place, type Places, placesOf, settledOf } from "./shards.ts";

type Client = Redis | Cluster;
const rateAnswerMsMax = 1_000;

/**
 * Adds to a client's bucket. The server's clock is the only one that counts; the bucket is gone by itself once it has run out.
 * KEYS[1] the bucket; ARGV[1] requests; ARGV[2] requests a second.
 */
const addToBucket = `
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
local perMs = ARGV[2] / 1000
local bucket = redis.call('HMGET', KEYS[1], 'level', 'atMs')
local elapsedMs = math.max(0, nowMs - (tonumber(bucket[2]) or nowMs))
local level = math.max(0, (tonumber(bucket[1]) or 0) - elapsedMs * perMs) + ARGV[1]
redis.call('HSET', KEYS[1], 'level', level, 'atMs', string.format('%d', nowMs))
redis.call('PEXPIRE', KEYS[1], math.ceil(level / perMs) + 1000)
return tostring(level)`;

/** Opens the store over a connected (or connecting) client. */
export function createRedisStore(
  client: Client,
  { places, replication }: { readonly places: Places; readonly replication: Replication },
): QueueStore {
  // What is of no queue lies with the first shard of the queue of events, on a cluster in the same slot.
  const { prefix } = places.of("events", 0);
  const keyUses = `${prefix}:client-uses`;
  const { memoryShares, ...safety } = redisSafety(client, places, replication);
  return {
    async loads() {
      const { own } = places.shards;
      const at = Array.from({ length: own }, (_, shard) => places.of("events", shard));
      const [waiting, shares] = await Promise.all([
        settledOf(at.map((place) => waitingAt(client, place))),
        memoryShares(at),
      ]);
      const loads = at.map((_, shard) => ({ waiting: waiting[shard], memoryShare: shares[shard] }));
      return new Map(
        loads.flatMap(({ waiting: jobs, memoryShare }, shard) =>
          jobs === undefined || memoryShare === undefined ? [] : [[shard, { waiting: jobs, memoryShare }]],
        ),
      );
    },
    async holdsEvent(event, lookedMax) {
      const at = await placesOf(places, "events");
      const answers = await settledOf(at.map((place) => holdsAt(client, place, { event, lookedMax })));
      // A shard that does not answer may have it, as one may of which only so much was looked at.
      return {
        found: answers.some((answer) => answer?.found),
        isAll: answers.every((answer) => answer?.isAll === true),
      };
    },
    ...safety,
    ...jobsIn(client, places),
    async writeKeyUses(uses) {
      await client.hset(keyUses, uses);
    },
    async readKeyUses() {
      return new Map(Object.entries(await client.hgetall(keyUses)).map(([id, atMs]) => [id, Number(atMs)]));
    },
    ...notesIn(client, `${prefix}:request-notes`),
    sharedRate: {
      async add(name, requests, perSecond) {
        const answer = client.eval(addToBucket, 1, `${prefix}:rate:${name}`, requests, perSecond);
        return Number(await withinMs(rateAnswerMsMax, answer, "the shared rate"));
      },
    },
  };
}

/** The notes of refused requests, in a stream. */
function notesIn(client: Client, notes: string): Pick<QueueStore, "addNotes" | "readNotes" | "removeNotes"> {
  return {
    async addNotes(texts, keptMax) {
      await Promise.all(texts.map((text) => client.xadd(notes, "MAXLEN", "~", keptMax, "*", "note", text)));
    },
    async readNotes(limit) {
      const entries = await client.xrange(notes, "-", "+", "COUNT", limit);
      return entries.map(([id, [, text = ""]]) => ({ id, text }));
    },
    async removeNotes(ids) {
      if (ids.length > 0) await client.xdel(notes, ...ids);
    },
  };
}

/** Jobs of a shard that wait or are delayed. */
async function waitingAt(client: Client, place: Place): Promise<number> {
  const [waiting, backlog, delayed] = await Promise.all([
    client.llen(keyOf(place, "wait")),
    client.zcard(keyOf(place, "prioritized")),
    client.zcard(keyOf(place, "delayed")),
  ]);
  return waiting + backlog + delayed;
}

async function holdsAt(
  client: Client,
  place: Place,
  { event, lookedMax }: { readonly event: EventName; readonly lookedMax: number },
): Promise<{ found: boolean; isAll: boolean }> {
  const ids = await heldIds(client, place, lookedMax);
  const pipeline = client.pipeline();
  for (const id of ids) pipeline.hget(keyOf(place, id), "data");
  const answers = (await pipeline.exec()) ?? [];
  return { found: answers.some(([, data]) => carries(data, event)), isAll: ids.length <= lookedMax };
}

/** Ids of the jobs of events that wait, are delayed or run, at one moment; of each of these so many and one. */
async function heldIds(client: Client, place: Place, lookedMax: number): Promise<string[]> {
  const lists = client.multi();
  for (const name of ["active", "wait"]) lists.lrange(keyOf(place, name), 0, lookedMax);
  for (const name of ["prioritized", "delayed"]) lists.zrange(keyOf(place, name), 0, String(lookedMax));
  const answers = (await lists.exec()) ?? [];
  return answers.flatMap(([, ids]) => (Array.isArray(ids) ? ids.map(String) : []));
}
