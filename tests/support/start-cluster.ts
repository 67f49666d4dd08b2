// A cluster of Redis: three masters of a third of the slots each, every one with a replica, all with one password.
import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findRedisServer, freePort, startRedis } from "@inventory-sync/local";
import { eventually } from "./eventually.ts";
import { redisCommand } from "./redis-command.ts";

const SLOTS = 16_384;
const MASTERS = 3;
/** Soon enough for a test, and long enough for a machine that is busy. */
const NODE_TIMEOUT_MS = "2000";

/** A server of it, which may be killed, and started again where it was. */
export interface RedisNode {
  readonly url: string;
  readonly pid: number;
  kill(): Promise<void>;
  ensure(): Promise<void>;
}

/** Several servers that take over from each other: a cluster, or what sentinels watch. */
export interface RedisGroup {
  /** As QUEUE_URL. */
  readonly url: string;
  readonly nodes: readonly RedisNode[];
  /** The servers that are masters now, of those that answer. */
  mastersNow(): Promise<RedisNode[]>;
  /** Every replica in turn takes over from its master, and nobody died. */
  handOver(): Promise<void>;
  /** Runs a command on the server that has its key. Throws when there is none. */
  run(...command: readonly string[]): Promise<string>;
  kill(): Promise<void>;
}

export interface RedisCluster extends RedisGroup {
  readonly nodes: readonly (RedisNode & {
    readonly port: number;
    /** Kills it and starts it at another port, with what it has. */
    move(): Promise<void>;
  })[];
  /** The master that had a slot at the start. */
  masterOf(slot: number): RedisNode;
  /** The replicas, and `betweenMs` later the masters, are killed and come back at other ports; `QUEUE_URL` then names none of them. */
  toNewPorts(betweenMs: number): Promise<void>;
}

/** Starts it below a folder; resolves when all slots are served and every replica, unless there shall be none, follows. */
export async function startCluster(folder: string, { replicas: areWanted = true } = {}): Promise<RedisCluster> {
  const password = randomBytes(12).toString("hex");
  const count = areWanted ? 2 * MASTERS : MASTERS;
  const nodes = await Promise.all(
    Array.from({ length: count }, (_, index) => startNode(join(folder, `node-${index}`), password)),
  );
  const [masters, replicas] = [nodes.slice(0, MASTERS), nodes.slice(MASTERS)];
  const [first] = masters;
  if (first === undefined) throw new Error("a cluster has masters");
  const bound = (index: number) => Math.floor((index * SLOTS) / MASTERS);
  for (const [index, { url }] of masters.entries())
    await redisCommand(url, "CLUSTER", "ADDSLOTSRANGE", String(bound(index)), String(bound(index + 1) - 1));
  for (const { port, busPort } of nodes.slice(1))
    await redisCommand(first.url, "CLUSTER", "MEET", "127.0.0.1", String(port), busPort);
  const told = (url: string) => redisCommand(url, "CLUSTER", "INFO");
  for (const { url } of nodes)
    await eventually(async () => {
      const info = await told(url);
      return info.includes("cluster_slots_ok:16384\r") && info.includes(`cluster_known_nodes:${count}\r`);
    });
  for (const [index, { url }] of replicas.entries()) {
    const id = (await redisCommand(masters[index]?.url ?? "", "CLUSTER", "MYID")).split("\r\n")[1] ?? "";
    await eventually(() => redisCommand(url, "CLUSTER", "REPLICATE", id));
  }
  const roleOf = (node: RedisNode) => redisCommand(node.url, "INFO", "replication").catch(() => "");
  for (const master of areWanted ? masters : [])
    await eventually(async () => (await roleOf(master)).includes("state=online"));
  const mastersNow = async (): Promise<(typeof nodes)[number][]> => {
    const roles = await Promise.all(nodes.map(roleOf));
    return nodes.filter((_, index) => roles[index]?.includes("role:master"));
  };
  return {
    get url() {
      return `redis+cluster://:${password}@${nodes.map(({ port }) => `127.0.0.1:${port}`).join(",")}`;
    },
    nodes,
    masterOf: (slot) => masters.find((_, index) => slot < bound(index + 1)) ?? first,
    mastersNow,
    handOver: async () => {
      const now = await mastersNow();
      for (const node of nodes.filter((each) => !now.includes(each)))
        await redisCommand(node.url, "CLUSTER", "FAILOVER");
    },
    toNewPorts: async (betweenMs) => {
      const now = await mastersNow();
      for (const some of [nodes.filter((each) => !now.includes(each)), now]) {
        await Promise.all(some.map((node) => node.move()));
        for (const { url } of some)
          await eventually(async () => {
            const info = await told(url);
            return info.includes("cluster_slots_ok:16384\r") && info.includes(`cluster_known_nodes:${count}\r`);
          });
        await sleep(betweenMs);
      }
    },
    run: async (...command) => {
      for (const { url } of nodes) {
        const answer = await redisCommand(url, ...command).catch((error: unknown) => String(error));
        if (!/MOVED|CLUSTERDOWN|LOADING|READONLY|ECONN|no answer/.test(answer)) return answer;
      }
      throw new Error(`no server of the cluster answers ${command.join(" ")}`);
    },
    kill: async () => {
      await Promise.all(nodes.map((node) => node.kill()));
    },
  };
}

/** Its port for the other servers is free when it is chosen; where somebody else has taken it by the time it starts, another one is chosen. */
async function startNode(dataDir: string, password: string, triesLeft = 5): Promise<ClusterNode> {
  try {
    return await startNodeAt(String(await freePort()), dataDir, password);
  } catch (error) {
    if (triesLeft === 0 || !(error instanceof Error && error.name === "PortInUse")) throw error;
    return startNode(dataDir, password, triesLeft - 1);
  }
}

type ClusterNode = Awaited<ReturnType<typeof startNodeAt>>;

async function startNodeAt(busPort: string, dataDir: string, password: string) {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await writeFile(join(dataDir, "server.json"), JSON.stringify({ password, port: 0 }), { mode: 0o600 });
  const settings = {
    ...{ "cluster-enabled": "yes", "cluster-port": busPort, "cluster-announce-ip": "127.0.0.1", masterauth: password },
    ...{ "cluster-node-timeout": NODE_TIMEOUT_MS, "cluster-require-full-coverage": "no" },
    ...{ "cluster-replica-validity-factor": "0", "repl-diskless-sync-delay": "0" },
  };
  const program = findRedisServer() ?? "redis-server";
  let server = await startRedis({ dataDir, program, settings });
  let runs = true;
  return {
    busPort,
    get url() {
      return server.url;
    },
    get port() {
      return server.port;
    },
    get pid() {
      return server.pid;
    },
    kill: async () => {
      if (runs) await server.kill();
      runs = false;
    },
    move: async () => {
      await server.kill();
      server = await startRedis({ dataDir, program, settings, port: await freePort() });
      runs = true;
    },
    ensure: async () => {
      if (runs) process.kill(server.pid, "SIGCONT");
      else server = await startRedis({ dataDir, program, settings, port: server.port });
      runs = true;
    },
  };
}
