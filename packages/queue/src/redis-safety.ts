// How safe a job is on the Redis that has the queue: whether it is on disk, whether it may be dropped, and on how many servers it is.
import type { Cluster, Redis } from "ioredis";
import type { Durability, QueueStore } from "./connection.ts";

/** A replica that is well has it within a millisecond; one that has it later is waited for no longer than a client would. */
const replicaMsMax = 1_000;

/** How replicas are to be waited for. */
export interface Replication {
  /** Undefined in a process that accepts nothing. */
  readonly wanted: number | undefined;
  /** Another server may take over from the one that has the queue. */
  readonly canFailOver: boolean;
}

/** What is asked of the server of these keys. @param prefix of all keys of this installation */
export function redisSafety(
  client: Redis | Cluster,
  prefix: string,
  replication: Replication,
): Pick<QueueStore, "durability" | "replicated" | "replicas"> & {
  /** Of the memory limit; 0 without one. */
  memoryShare(): Promise<number>;
} {
  const node = nodeOf(client, prefix);
  return {
    async memoryShare() {
      const { maxmemory = 0, used_memory = 0 } = await infoOf(await node(), "memory");
      return Number(maxmemory) > 0 ? Number(used_memory) / Number(maxmemory) : 0;
    },
    durability: async () => durability(await node(), replication),
    async replicated() {
      if (replication.wanted) await waitForReplicas(await node(), replication.wanted);
    },
    replicas: async () => replicasOf(await node()),
  };
}

/**
 * The server that has the keys: of a cluster the master of their slot, for they all lie in one. What became of the other masters is none
 * of our business.
 */
function nodeOf(client: Redis | Cluster, prefix: string): () => Promise<Redis> {
  if (!client.isCluster) return async () => client as Redis;
  const cluster = client as Cluster;
  let slot: number | undefined;
  return async () => {
    slot ??= Number(await cluster.cluster("KEYSLOT", prefix));
    const [name] = cluster.slots[slot] ?? [];
    const found = cluster.nodes("all").find(({ options: { host, port } }) => `${host}:${port}` === name);
    if (found === undefined) throw new Error("CLUSTERDOWN no server of the cluster is known to have the queue");
    return found;
  };
}

/** INFO of a server, as fields. */
async function infoOf(node: Redis, section: string): Promise<Partial<Record<string, string>>> {
  const text = await node.info(section);
  return Object.fromEntries(text.split(/\r?\n/).map((line) => line.split(":", 2) as [string, string]));
}

/** Of the writes of this very connection, which is the one that events are added on. */
async function waitForReplicas(node: Redis, wanted: number): Promise<void> {
  const have = await node.wait(wanted, replicaMsMax);
  if (have < wanted)
    throw new Error(`NOREPLICAS ${have} of ${wanted} replicas had it within ${replicaMsMax} ms (QUEUE_REPLICAS)`);
}

async function replicasOf(node: Redis): Promise<number> {
  const lines = Object.entries(await infoOf(node, "replication"));
  return lines.filter(([name, value]) => /^slave\d+$/.test(name) && value?.includes("state=online")).length;
}

/** What replicas have to do with it: warned about where a failover could lose something, a fault where fewer follow than must. */
async function replicationFaults(node: Redis, { wanted, canFailOver }: Replication) {
  if (wanted === undefined) return { faults: [], warnings: [] };
  if (wanted === 0) {
    const warning =
      "QUEUE_REPLICAS is 0: when another server takes over, the last accepted events may be missing there; set it to 1";
    return { faults: [], warnings: canFailOver ? [warning] : [] };
  }
  const have = await replicasOf(node);
  const fault = `${have} of ${wanted} replicas follow the queue server (QUEUE_REPLICAS): nothing is accepted until they do`;
  return { faults: have < wanted ? [fault] : [], warnings: [] };
}

async function durability(node: Redis, replication: Replication): Promise<Durability> {
  const [memory, persistence, { faults: missing, warnings }] = await Promise.all([
    infoOf(node, "memory"),
    infoOf(node, "persistence"),
    replicationFaults(node, replication),
  ]);
  const { maxmemory_policy: policy = "unknown" } = memory;
  const faults =
    policy === "noeviction" ? [] : [`maxmemory-policy is ${policy}: Redis may drop jobs; set it to noeviction`];
  faults.push(...missing);
  const aof = persistence.aof_enabled === "1";
  if (!aof) faults.push("appendonly is off: a restart of Redis loses jobs; set appendonly yes");
  const fsync = aof ? await appendFsync(node) : "off";
  const warning = fsyncWarnings[fsync];
  return {
    ok: faults.length === 0,
    durability: `redis aof ${fsync}${replication.wanted ? `, on ${replication.wanted + 1} servers` : ""}`,
    warnings: [...faults, ...(warning === undefined ? [] : [warning]), ...warnings],
  };
}

const fsyncWarnings: Readonly<Partial<Record<string, string>>> = {
  everysec: "appendfsync everysec: a power loss can lose the last second of accepted events",
  no: "appendfsync no: a power loss can lose accepted events; set it to always or everysec",
  unknown: "appendfsync cannot be read: this user may not run CONFIG GET",
};

async function appendFsync(node: Redis): Promise<string> {
  try {
    const answer = await node.config("GET", "appendfsync");
    return Array.isArray(answer) ? String(answer[1] ?? "unknown") : "unknown";
  } catch {
    return "unknown";
  }
}
