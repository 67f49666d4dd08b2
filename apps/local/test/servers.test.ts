// The private servers: they start, keep their data over a crash, and leave nothing behind.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { findRedisServer, freePort, PortInUse, processesOf, startPostgres, startRedis } from "@inventory-sync/local";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, freshFolder, freshRedis, redisCommand, whyNoRedis } from "../../../tests/support/index.ts";

let folder = "";
beforeAll(async () => {
  folder = await freshFolder("servers");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

describe("the private PostgreSQL", () => {
  it("keeps committed rows over kill -9, on the same port and with the same password", async () => {
    const dataDir = join(folder, "crash");
    const first = await startPostgres({ dataDir });
    await query(first.url, "create table kept as select 42 as answer");
    await first.kill();
    const second = await startPostgres({ dataDir });
    expect(second.url).toBe(first.url);
    expect(await query(second.url, "select answer from kept")).toEqual([{ answer: 42 }]);
    await second.stop();
    await eventually(async () => (await processesOf(join(dataDir, "data"), /postgres/)).length === 0);
  });

  it("takes over a data folder on which an earlier start still runs", async () => {
    const dataDir = join(folder, "orphan");
    const orphan = await startPostgres({ dataDir });
    const second = await startPostgres({ dataDir });
    await orphan.exited;
    expect(second.pid).not.toBe(orphan.pid);
    expect(await query(second.url, "select 1 as one")).toEqual([{ one: 1 }]);
    await second.stop();
  });

  it("refuses a wrong password and listens on 127.0.0.1 only", async () => {
    const server = await startPostgres({ dataDir: join(folder, "closed") });
    const wrong = new URL(server.url);
    wrong.password = "wrong";
    await expect(query(wrong.href, "select 1")).rejects.toThrow(/password authentication failed/);
    expect(await query(server.url, "show listen_addresses")).toEqual([{ listen_addresses: "127.0.0.1" }]);
    await server.stop();
  });

  it("says that a port which was asked for is taken, instead of taking another", async () => {
    const port = await freePort();
    const server = await startPostgres({ dataDir: join(folder, "port-a"), port });
    await expect(startPostgres({ dataDir: join(folder, "port-b"), port })).rejects.toThrow(PortInUse);
    await server.stop();
  });
});

describe.skipIf(whyNoRedis() !== undefined)("the private Redis", () => {
  it("keeps every answered write over kill -9, with the same password", async () => {
    const dataDir = join(folder, "redis");
    const program = findRedisServer() ?? "";
    const first = await startRedis({ dataDir, program });
    for (let number = 0; number < 50; number += 1) await redisCommand(first.url, "INCR", "count");
    await first.kill();
    const second = await startRedis({ dataDir, program });
    expect(new URL(second.url).password).toBe(new URL(first.url).password);
    expect(await redisCommand(second.url, "INCR", "count")).toBe(":51");
    await second.stop();
    expect(await processesOf(dataDir, /redis|valkey/)).toEqual([]);
  });

  it("writes to disk before it answers and evicts nothing", async () => {
    const server = await startRedis({ dataDir: join(folder, "redis-settings"), program: findRedisServer() ?? "" });
    expect(await redisCommand(server.url, "CONFIG", "GET", "appendfsync")).toContain("always");
    expect(await redisCommand(server.url, "CONFIG", "GET", "appendonly")).toContain("yes");
    expect(await redisCommand(server.url, "CONFIG", "GET", "maxmemory-policy")).toContain("noeviction");
    await server.stop();
  });

  it("gives each test a database number of its own", async () => {
    const [a, b] = await Promise.all([freshRedis(), freshRedis()]);
    await redisCommand(a.url, "SET", "key", "a");
    expect(await redisCommand(b.url, "EXISTS", "key")).toBe(":0");
    await a.drop();
  });
});

describe("looking for a Redis", () => {
  it("takes the program it was told, and none when that is not there", () => {
    expect(findRedisServer("/bin/sh")).toBe("/bin/sh");
    expect(findRedisServer("/nowhere/redis-server")).toBeUndefined();
  });
});
