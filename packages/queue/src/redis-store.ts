// The store on Redis: BullMQ's keys, read only, except for the stall counter.

import type { Cluster, Redis } from "ioredis";
import { type QueueName, queueNames } from "./catalog.ts";
import type { Durability, FailedCursor, FailedRow, Load, QueueStore } from "./store.ts";

type Client = Redis | Cluster;
type KeyOf = (queue: QueueName, suffix: string) => string;
const pageChunk = 1_000;

/** Opens the store over a connected (or connecting) client. `keyOf` names BullMQ's keys. */
export function createRedisStore(client: Client, keyOf: KeyOf): QueueStore {
  return {
    load: () => load(client, keyOf),
    durability: () => durability(client),
    failedCount: (queue) => client.zcard(keyOf(queue, "failed")),
    async failedAmong(queue, ids) {
      const found = new Map<string, number>();
      if (ids.length === 0) return found;
      const scores = await client.zmscore(keyOf(queue, "failed"), ...ids);
      for (const [index, id] of ids.entries()) {
        const score = scores[index];
        if (score !== null && score !== undefined) found.set(id, Number(score));
      }
      return found;
    },
    failedPage: (queue, page) => failedPage(client, keyOf, queue, page),
    async clearStalls(queue, id) {
      await client.hdel(keyOf(queue, id), "stc");
    },
  };
}

async function load(client: Client, keyOf: KeyOf): Promise<Load> {
  const [waiting, backlog, delayed, nodes] = await Promise.all([
    client.llen(keyOf("events", "wait")),
    client.zcard(keyOf("events", "prioritized")),
    client.zcard(keyOf("events", "delayed")),
    infoOf(client, "memory"),
  ]);
  const shares = nodes.map((info) => {
    const limit = Number(info.maxmemory ?? 0);
    return limit > 0 ? Number(info.used_memory ?? 0) / limit : 0;
  });
  return { waiting: waiting + backlog + delayed, memoryShare: Math.max(0, ...shares) };
}

/** INFO of every node that holds data, as fields. */
async function infoOf(client: Client, section: string): Promise<Record<string, string>[]> {
  const nodes = client.isCluster ? (client as Cluster).nodes("master") : [client as Redis];
  const texts = await Promise.all(nodes.map((node) => node.info(section)));
  return texts.map((text) =>
    Object.fromEntries(
      text
        .split(/\r?\n/)
        .filter((line) => line.includes(":"))
        .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]),
    ),
  );
}

async function durability(client: Client): Promise<Durability> {
  const [memory, persistence] = await Promise.all([infoOf(client, "memory"), infoOf(client, "persistence")]);
  const policies = new Set(memory.map((info) => info.maxmemory_policy ?? "unknown"));
  const aof = persistence.length > 0 && persistence.every((info) => info.aof_enabled === "1");
  const faults: string[] = [];
  const warnings: string[] = [];
  for (const policy of policies) {
    if (policy !== "noeviction")
      faults.push(`maxmemory-policy is ${policy}: Redis may drop jobs; set it to noeviction`);
  }
  if (!aof) faults.push("appendonly is off: a restart of Redis loses jobs; set appendonly yes");
  const fsync = aof ? await appendFsync(client) : "off";
  if (fsync === "everysec")
    warnings.push("appendfsync everysec: a power loss can lose the last second of accepted events");
  if (fsync === "no")
    warnings.push("appendfsync no: a power loss can lose accepted events; set it to always or everysec");
  if (fsync === "unknown") warnings.push("appendfsync cannot be read: this user may not run CONFIG GET");
  return { ok: faults.length === 0, durability: `redis aof ${fsync}`, warnings: [...faults, ...warnings] };
}

async function appendFsync(client: Client): Promise<string> {
  try {
    const node = client.isCluster ? (client as Cluster).nodes("master")[0] : (client as Redis);
    const answer = await node?.config("GET", "appendfsync");
    return Array.isArray(answer) ? String(answer[1] ?? "unknown") : "unknown";
  } catch {
    return "unknown";
  }
}

async function failedPage(
  client: Client,
  keyOf: KeyOf,
  queue: QueueName,
  page: { after: FailedCursor | undefined; limit: number; withData: boolean },
): Promise<FailedRow[]> {
  const entries = await entriesAfter(client, keyOf(queue, "failed"), page.after, page.limit);
  const pipeline = client.pipeline();
  const fields = ["name", "failedReason", "atm", ...(page.withData ? ["data"] : [])];
  for (const entry of entries) pipeline.hmget(keyOf(queue, entry.id), ...fields);
  const answers = (await pipeline.exec()) ?? [];
  return entries.map((entry, index) => {
    const values = answers[index]?.[1];
    const [name, reason, attempts, data] = Array.isArray(values) ? (values as (string | null)[]) : [];
    return {
      ...entry,
      name: name ?? "",
      reason: reason ?? "",
      attempts: Number(attempts ?? 0),
      data: data ?? undefined,
    };
  });
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

/** All keys of all queues carry this prefix; on a cluster it is a hash tag, so that one queue lives in one slot. */
export function redisPrefix(prefix: string, cluster: boolean): string {
  return cluster ? `{${prefix}}` : prefix;
}

/** Names BullMQ's keys under a prefix. */
export function redisKeys(prefix: string): KeyOf {
  const known = new Set<string>(queueNames);
  return (queue, suffix) => {
    if (!known.has(queue)) throw new RangeError(`there is no queue named ${queue}`);
    return `${prefix}:${queue}:${suffix}`;
  };
}
