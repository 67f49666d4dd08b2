// A master of Redis with a replica, and three sentinels that watch them, one of which takes connections and says nothing.
import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findRedisServer, startRedis } from "@inventory-sync/local";
import { eventually } from "./eventually.ts";
import { redisCommand } from "./redis-command.ts";
import type { RedisGroup, RedisNode } from "./start-cluster.ts";
import { startSentinel } from "./start-sentinel.ts";

const MASTER = "inventory";

/** Starts all of it below a folder; resolves when the sentinels know each other and the replica follows. */
export async function startWatched(folder: string): Promise<RedisGroup> {
  const password = randomBytes(12).toString("hex");
  const program = findRedisServer() ?? "redis-server";
  const first = await startNode(join(folder, "node-0"), { program, password });
  const second = await startNode(join(folder, "node-1"), { program, password });
  const nodes = [first, second];
  await redisCommand(second.url, "REPLICAOF", "127.0.0.1", new URL(first.url).port);
  await eventually(async () => (await redisCommand(first.url, "INFO", "replication")).includes("state=online"));
  const master = { name: MASTER, port: new URL(first.url).port, password };
  const sentinels: Awaited<ReturnType<typeof startSentinel>>[] = [];
  for (const name of ["mute", "one", "two"])
    sentinels.push(await startSentinel({ folder: join(folder, name), program, master }));
  for (const sentinel of sentinels) await eventually(() => sentinel.knows({ sentinels: 2, replicas: 1 }));
  sentinels[0]?.freeze();
  const hosts = sentinels.map(({ port }) => `127.0.0.1:${port}`);
  const talking = `redis://127.0.0.1:${sentinels[1]?.port}`;
  const masterNow = async (): Promise<RedisNode> => {
    const told = await redisCommand(talking, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", MASTER);
    const found = nodes.find(({ url }) => told.includes(`\r\n${new URL(url).port}`));
    if (found === undefined) throw new Error(`the sentinel names no server of ours: ${told}`);
    return found;
  };
  return {
    url: `redis+sentinel://:${password}@${hosts.join(",")}/${MASTER}`,
    nodes,
    mastersNow: async () => [await masterNow()],
    handOver: async () => {
      const before = await masterNow();
      await redisCommand(talking, "SENTINEL", "FAILOVER", MASTER);
      await eventually(async () => (await masterNow()) !== before);
    },
    run: async (...command) => redisCommand((await masterNow()).url, ...command),
    kill: async () => {
      await Promise.all([...nodes, ...sentinels].map((each) => each.kill()));
    },
  };
}

async function startNode(
  dataDir: string,
  { program, password }: { readonly program: string; readonly password: string },
) {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await writeFile(join(dataDir, "server.json"), JSON.stringify({ password, port: 0 }), { mode: 0o600 });
  const settings = { masterauth: password, "repl-diskless-sync-delay": "0" };
  let server = await startRedis({ dataDir, program, settings });
  let runs = true;
  return {
    url: server.url,
    get pid() {
      return server.pid;
    },
    kill: async () => {
      if (runs) await server.kill();
      runs = false;
    },
    // As a master: where the sentinels have made another one, they have it follow that.
    ensure: async () => {
      if (runs) process.kill(server.pid, "SIGCONT");
      else server = await startRedis({ dataDir, program, settings, port: server.port });
      runs = true;
    },
  };
}
