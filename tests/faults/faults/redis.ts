// A Redis that dies, is absent, is full, refuses writes, or is set up wrongly.
import { setTimeout as sleep } from "node:timers/promises";
import type { Fault, FaultContext } from "../fault.ts";
import type { AppName } from "../world/world.ts";

const startMsMax = 20_000;

const killed: Fault = {
  name: "redis-kill",
  what: "kill -9 of Redis under load",
  on: "redis",
  backend: "redis",
  inject: async ({ world, random, note }) => {
    for (let time = 0; time < 3; time += 1) {
      note("kill -9 redis");
      await world.servers.killRedis();
      await sleep(random.int(0, 1_500));
      await world.servers.ensure();
      await sleep(random.int(200, 1_500));
    }
    return 3;
  },
};

/** The apps end, the server goes, the apps start without it, the server comes. */
async function absentAtStart(
  { world, random, note }: FaultContext,
  apps: readonly AppName[],
  away: () => Promise<void>,
) {
  await Promise.all(apps.map((app) => world.end(app, "SIGKILL")));
  await away();
  for (const app of apps) world.launch(app);
  const ms = random.int(2_500, 5_000);
  note(`${apps.join(", ")} start without it; it comes after ${ms} ms`);
  await sleep(ms);
  await world.servers.ensure();
  await Promise.race([Promise.all(apps.map((app) => world.launch(app).ready)), sleep(startMsMax)]);
  return apps.length;
}

const redisAbsent: Fault = {
  name: "redis-absent-at-start",
  what: "Redis absent when ingest, worker and board start, and coming later",
  on: "redis",
  backend: "redis",
  inject: (context) => absentAtStart(context, ["ingest", "worker-1", "board"], () => context.world.servers.killRedis()),
};

const postgresAbsent: Fault = {
  name: "postgres-absent-at-start",
  what: "PostgreSQL absent when ingest, worker and board start, and coming later",
  on: "postgres",
  inject: (context) =>
    absentAtStart(context, ["ingest", "worker-1", "board"], () => context.world.servers.killPostgres("SIGKILL")),
};

const full: Fault = {
  name: "redis-full",
  what: "Redis at maxmemory: it takes no write, not even the renewal of a lock",
  on: "redis",
  backend: "redis",
  inject: async ({ world, random, note }) => {
    const ms = random.int(1_500, 5_000);
    note(`maxmemory below what is used, for ${ms} ms`);
    await world.servers.redis("CONFIG", "SET", "maxmemory", "1mb");
    await sleep(ms);
    await world.servers.redis("CONFIG", "SET", "maxmemory", "0");
    return 1;
  },
};

const readOnly: Fault = {
  name: "redis-read-only",
  what: "Redis as the replica of a server that is not there: it refuses every write",
  on: "redis",
  backend: "redis",
  inject: async ({ world, random, note }) => {
    const ms = random.int(1_500, 5_000);
    note(`replicaof 127.0.0.1 1, for ${ms} ms`);
    await world.servers.redis("REPLICAOF", "127.0.0.1", "1");
    await sleep(ms);
    await world.servers.redis("REPLICAOF", "NO", "ONE");
    return 1;
  },
};

const evicting: Fault = {
  name: "redis-wrong-policy",
  what: "a Redis that may evict when a worker starts: it must refuse to work on it",
  backend: "redis",
  // A Redis that may evict and is full as well does evict, and what was accepted before is gone: only an inbox helps there.
  alone: true,
  inject: async ({ world, note }) => {
    await world.end("worker-1", "SIGKILL");
    await world.servers.redis("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
    world.expectExit("worker-1");
    const app = world.launch("worker-1");
    const ended = await Promise.race([app.exited, app.ready.then(() => "ready"), sleep(startMsMax)]);
    note(`worker-1 on allkeys-lru: ${ended === "ready" ? "works" : `ended with ${ended}`}`);
    await world.servers.redis("CONFIG", "SET", "maxmemory-policy", "noeviction");
    if (ended !== 1 || !/maxmemory-policy is allkeys-lru/.test(app.output()))
      throw new Error(
        `a worker on an evicting Redis must end and say why; it ended with ${String(ended)}: ${app.output()}`,
      );
    world.launch("worker-1");
    return 1;
  },
};

export const redisFaults: readonly Fault[] = [killed, redisAbsent, postgresAbsent, full, readOnly, evicting];
