// A cluster of Redis: three masters of a third of the slots each, every one with a replica, all with one password.
import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findRedisServer, freePort, startRedis } from "@inventory-sync/local";
import { eventually } from "./eventually.ts";
import { redisCommand } from "./redis-command.ts";

const SLOTS = 16_384;
const MASTERS = 3;
/** Soon enough for a test, and long enough for a machine that is busy. */
const NODE_TIMEOUT_MS = "2000";

/** A server of it, which may be killed, and started again where it was. */
interface ClusterNode {
  readonly url: string;
  readonly pid: number;
  kill(): Promise<void>;
  ensure(): Promise<void>;
}

export interface RedisCluster {
  /** As QUEUE_URL. */
  readonly url: string;
  readonly nodes: readonly ClusterNode[];
  /** The master that had a slot at the start. */
  masterOf(slot: number): ClusterNode;
  /** The servers that are masters now, of those that answer. */
  mastersNow(): Promise<ClusterNode[]>;
  /** Runs a command on the server that has its key. Throws when there is none. */
  run(...command: readonly string[]): Promise<string>;
  kill(): Promise<void>;
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
  const roleOf = (node: ClusterNode) => redisCommand(node.url, "INFO", "replication").catch(() => "");
  for (const master of areWanted ? masters : [])
    await eventually(async () => (await roleOf(master)).includes("state=online"));
  return {
    url: `redis+cluster://:${password}@${nodes.map(({ port }) => `127.0.0.1:${port}`).join(",")}`,
    nodes,
    masterOf: (slot) => masters.find((_, index) => slot < bound(index + 1)) ?? first,
    mastersNow: async () => {
      const roles = await Promise.all(nodes.map(roleOf));
      return nodes.filter((_, index) => roles[index]?.includes("role:master"));
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

async function startNode(dataDir: string, password: string) {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await writeFile(join(dataDir, "server.json"), JSON.stringify({ password, port: 0 }), { mode: 0o600 });
  const busPort = String(await freePort());
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
    ...{ url: server.url, port: server.port },
    get pid() {
      return server.pid;
    },
    kill: async () => {
      if (runs) await server.kill();
      runs = false;
    },
    ensure: async () => {
      if (runs) process.kill(server.pid, "SIGCONT");
      else server = await startRedis({ dataDir, program, settings, port: server.port });
      runs = true;
    },
  };
}
