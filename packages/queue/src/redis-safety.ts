// How safe a job is on the Redis that has the queue: whether it is on disk, whether it may be dropped, and on how many servers it is.
import type { Cluster, Redis } from "ioredis";
import type { Durability, QueueStore, ShardDurability } from "./connection.ts";
import { TooFewReplicas } from "./errors.ts";
import { type Place, type Places, settledOf } from "./shards.ts";

/** A replica that is well has it within a millisecond; one that has it later is waited for no longer than a client would. */
const replicaMsMax = 1_000;

/** How replicas are to be waited for. */
export interface Replication {
  /** Undefined in a process that accepts nothing. */
  readonly wanted: number | undefined;
  /** Another server may take over from the one that has the queue. */
  readonly canFailOver: boolean;
}

/** What is asked of the servers that have the shards of the queue of events. */
export function redisSafety(
  client: Redis | Cluster,
  places: Places,
  replication: Replication,
): Pick<QueueStore, "durability" | "replicated" | "replicas"> & {
  /** Of the memory limit, of each place; 0 without one, undefined where the server does not answer. Throws when none does. */
  memoryShares(at: readonly Place[]): Promise<(number | undefined)[]>;
} {
  // A process that accepts events adds to its own shards only.
  const parts = () =>
    places.shards
      .known()
      .filter((shard) => replication.wanted === undefined || shard < places.shards.own)
      .map((shard) => places.of("events", shard));
  return {
    memoryShares: (at) => askEach(client, at, memoryShare),
    async durability() {
      const at = parts();
      const [only] = at;
      if (only && at.length === 1) return durability(nodeOf(client, only), replication);
      const answers = await askEach(client, at, (node) => durability(node, replication));
      return combined(at.map(({ name }, index) => ({ name, ...(answers[index] ?? unreachable) })));
    },
    async replicated(shard, write) {
      const { wanted } = replication;
      if (!wanted) return write();
      const connection = () => connectionOf(nodeOf(client, places.of("events", shard)));
      const before = connection();
      const written = await write();
      await waitForReplicas(before.node, wanted);
      if (connection().stream !== before.stream) throw new TooFewReplicas(`NOREPLICAS ${tookOver}`);
      return written;
    },
    async replicas() {
      const counts = await askEach(client, parts(), replicasOf);
      return Math.min(...counts.filter((count) => count !== undefined));
    },
  };
}

const unreachable: Durability = { ok: false, durability: "unreachable", warnings: ["its server cannot be reached"] };

/** Asks the server of each place, once each; undefined where it does not answer. @throws when none does */
function askEach<T>(
  client: Redis | Cluster,
  at: readonly Place[],
  ask: (node: Redis) => Promise<T>,
): Promise<(T | undefined)[]> {
  const asked = new Map<Redis, Promise<T>>();
  return settledOf(
    at.map(async (place) => {
      const node = nodeOf(client, place);
      const answer = asked.get(node) ?? ask(node);
      asked.set(node, answer);
      return answer;
    }),
  );
}

/**
 * The server that has a place: of a cluster the master of its slot. What became of the other masters is none of its business.
 * @throws Error when none is known
 */
function nodeOf(client: Redis | Cluster, { slot }: Place): Redis {
  if (!client.isCluster) return client as Redis;
  const cluster = client as Cluster;
  const [name] = cluster.slots[slot] ?? [];
  const found = cluster.nodes("all").find(({ options: { host, port } }) => `${host}:${port}` === name);
  if (found === undefined) throw new Error("CLUSTERDOWN no server of the cluster is known to have the queue");
  return found;
}

async function memoryShare(node: Redis): Promise<number> {
  const { maxmemory = 0, used_memory = 0 } = await infoOf(node, "memory");
  return Number(maxmemory) > 0 ? Number(used_memory) / Number(maxmemory) : 0;
}

/** One word on all shards: it takes events while one of them does. */
function combined(shards: readonly ShardDurability[]): Durability {
  const words = new Set(shards.map((shard) => shard.durability).filter((each) => each !== unreachable.durability));
  const named = (warning: string): string => {
    const of = shards.filter(({ warnings }) => warnings.includes(warning)).map(({ name }) => name);
    return of.length === shards.length ? warning : `${of.join(", ")}: ${warning}`;
  };
  return {
    ok: shards.some(({ ok }) => ok),
    durability: `${[...words].join("; ")}, in ${shards.length} shards`,
    warnings: [...new Set(shards.flatMap(({ warnings }) => warnings))].map(named),
    shards,
  };
}

/** INFO of a server, as fields. */
async function infoOf(node: Redis, section: string): Promise<Partial<Record<string, string>>> {
  const text = await node.info(section);
  return Object.fromEntries(text.split(/\r?\n/).map((line) => line.split(":", 2) as [string, string]));
}

const tookOver =
  "the connection to the queue's server was made anew meanwhile, perhaps to another one (QUEUE_REPLICAS)";

/**
 * The connection to a server. WAIT tells of the writes of its own connection only: where that is lost, ioredis sends WAIT again on the
 * next, which has written nothing, maybe to a server that has just taken over without the last writes, and which says that all is well.
 */
function connectionOf(node: Redis): { readonly node: Redis; readonly stream: unknown } {
  return { node, stream: node.stream };
}

/** Of the writes of this very connection, which is the one that events are added on. */
async function waitForReplicas(node: Redis, wanted: number): Promise<void> {
  const have = await node.wait(wanted, replicaMsMax);
  if (have < wanted)
    throw new TooFewReplicas(
      `NOREPLICAS ${have} of ${wanted} replicas had it within ${replicaMsMax} ms (QUEUE_REPLICAS)`,
    );
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
