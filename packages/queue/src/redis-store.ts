// What is read and kept in Redis past BullMQ's own calls. BullMQ's keys are only read, except for
// the stall counter and failed jobs that are dismissed.

import { withinMs } from "@inventory-sync/runtime";
import type { Cluster, Redis } from "ioredis";
import type { QueueName } from "./catalog.ts";
import type { FailedCursor, FailedRow, QueueStore } from "./connection.ts";
import { carries } from "./event-jobs.ts";
import { type Replication, redisSafety } from "./redis-safety.ts";

type Client = Redis | Cluster;
const pageChunk = 1_000;
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

/**
 * Takes a failed job away. Leaving the set of the failed is what decides: a retry leaves it in its own script, so one of the two finds
 * the job there no more. KEYS[1] the set; the other keys are the job's, as BullMQ's removeJobKeys names them; ARGV[1] its id.
 */
const removeIfFailed = `
if redis.call('ZREM', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('DEL', unpack(KEYS, 2))
return 1`;
const jobKeySuffixes = ["", ":logs", ":dependencies", ":processed", ":failed", ":unsuccessful"];

/** Opens the store over a connected (or connecting) client. @param prefix of all keys of this installation */
export function createRedisStore(client: Client, prefix: string, replication: Replication): QueueStore {
  const keyOf = (queue: QueueName, suffix: string): string => `${prefix}:${queue}:${suffix}`;
  const keyUses = `${prefix}:client-uses`;
  const { memoryShare, ...safety } = redisSafety(client, prefix, replication);
  return {
    async load() {
      const [waiting, backlog, delayed, share] = await Promise.all([
        client.llen(keyOf("events", "wait")),
        client.zcard(keyOf("events", "prioritized")),
        client.zcard(keyOf("events", "delayed")),
        memoryShare(),
      ]);
      return { waiting: waiting + backlog + delayed, memoryShare: share };
    },
    async holdsEvent(event, lookedMax) {
      const ids = await heldIds(client, keyOf, lookedMax);
      const pipeline = client.pipeline();
      for (const id of ids) pipeline.hget(keyOf("events", id), "data");
      const answers = (await pipeline.exec()) ?? [];
      return { found: answers.some(([, data]) => carries(data, event)), isAll: ids.length <= lookedMax };
    },
    ...safety,
    failedCount: (queue) => client.zcard(keyOf(queue, "failed")),
    async failedAmong(queue, ids) {
      const scores = ids.length === 0 ? [] : await client.zmscore(keyOf(queue, "failed"), ...ids);
      const found = ids.map((id, index): [string, string | null | undefined] => [id, scores[index]]);
      return new Map(found.flatMap(([id, score]) => (score == null ? [] : [[id, Number(score)]])));
    },
    async unfinishedAmong(queue, ids) {
      if (ids.length === 0) return new Map();
      const pipeline = client.pipeline();
      for (const set of ["failed", "completed"]) pipeline.zmscore(keyOf(queue, set), ...ids);
      for (const id of ids) pipeline.exists(keyOf(queue, id));
      const [failed, completed, ...there] = ((await pipeline.exec()) ?? []).map(([error, answer]) => {
        if (error) throw error;
        return answer;
      });
      const isIn = (set: unknown, index: number) => (set as (string | null)[])[index] != null;
      const open = ids.map((id, index): [string, { isFailed: boolean }] => [id, { isFailed: isIn(failed, index) }]);
      return new Map(open.filter((_, index) => there[index] === 1 && !isIn(completed, index)));
    },
    async failedPage(queue, { after, limit, withData }) {
      const entries = await entriesAfter(client, keyOf(queue, "failed"), after, limit);
      const pipeline = client.pipeline();
      const fields = ["name", "failedReason", "atm", ...(withData ? ["data"] : [])];
      for (const { id } of entries) pipeline.hmget(keyOf(queue, id), ...fields);
      const answers = (await pipeline.exec()) ?? [];
      return entries.map((entry, index): FailedRow => {
        const [name, reason, attempts, data] = (answers[index]?.[1] ?? []) as (string | null)[];
        const job = {
          name: name ?? "",
          reason: reason ?? "",
          attempts: Number(attempts ?? 0),
          data: data ?? undefined,
        };
        return { ...entry, ...job };
      });
    },
    async removeFailed(queue, ids) {
      const pipeline = client.pipeline();
      for (const id of ids) {
        const keys = [keyOf(queue, "failed"), ...jobKeySuffixes.map((suffix) => `${keyOf(queue, id)}${suffix}`)];
        pipeline.eval(removeIfFailed, keys.length, ...keys, id);
      }
      const answers = (await pipeline.exec()) ?? [];
      const failure = answers.find(([error]) => error !== null)?.[0];
      if (failure) throw failure;
      return ids.filter((_, index) => answers[index]?.[1] === 1);
    },
    clearStalls: async (queue, id) => void (await client.hdel(keyOf(queue, id), "stc")),
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

/** Ids of the jobs of events that wait, are delayed or run, at one moment; of each of these so many and one. */
async function heldIds(
  client: Client,
  keyOf: (queue: QueueName, suffix: string) => string,
  lookedMax: number,
): Promise<string[]> {
  const lists = client.multi();
  for (const name of ["active", "wait"]) lists.lrange(keyOf("events", name), 0, lookedMax);
  for (const name of ["prioritized", "delayed"]) lists.zrange(keyOf("events", name), 0, String(lookedMax));
  const answers = (await lists.exec()) ?? [];
  return answers.flatMap(([, ids]) => (Array.isArray(ids) ? ids.map(String) : []));
}

/** Members of the failed set, newest first, after the cursor. Members of one millisecond are in descending order of id. */
async function entriesAfter(
  client: Client,
  key: string,
  after: FailedCursor | undefined,
  limit: number,
): Promise<FailedCursor[]> {
  const entries: FailedCursor[] = [];
  const from = after === undefined ? "+inf" : String(after.failedAtMs);
  for (let offset = 0; entries.length < limit; offset += pageChunk) {
    const flat = await client.zrange(key, from, "-inf", "BYSCORE", "REV", "LIMIT", offset, pageChunk, "WITHSCORES");
    for (let index = 0; index < flat.length; index += 2) {
      const entry = { id: flat[index] ?? "", failedAtMs: Number(flat[index + 1]) };
      const seen = after !== undefined && entry.failedAtMs === after.failedAtMs && entry.id >= after.id;
      if (!seen && entries.length < limit) entries.push(entry);
    }
    if (flat.length < 2 * pageChunk) break;
  }
  return entries;
}
