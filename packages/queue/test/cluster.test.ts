// A Redis cluster: every key of a queue must live in one slot, or nothing that moves a job works.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findRedisServer, startRedis } from "@inventory-sync/local";
import { expect, it, onTestFinished } from "vitest";
import { eventually, redisCommand, whyNoRedis } from "../../../tests/support/index.ts";
import { consume, consumeEvents, done as doneWith, type Handler } from "../src/index.ts";
import { closing, done, numbered, open } from "./support.ts";

it.runIf(whyNoRedis() === undefined)("runs sales, resets and their children on a cluster", async () => {
  const folder = await mkdtemp(join(tmpdir(), "inventory-sync-cluster-"));
  const settings = { "cluster-enabled": "yes", "cluster-announce-ip": "127.0.0.1" };
  const server = await startRedis({ dataDir: folder, program: findRedisServer() ?? "redis-server", settings });
  onTestFinished(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });
  await redisCommand(server.url, "CLUSTER", "ADDSLOTSRANGE", "0", "16383");
  await eventually(async () => (await redisCommand(server.url, "CLUSTER", "INFO")).includes("cluster_state:ok"));

  const queues = await open(server.url.replace("redis://", "redis+cluster://"), { role: "consumer" });
  await queues.connection.outage.whenUp();
  expect(await queues.ping()).toMatchObject({ ok: true, durability: "redis aof always" });
  closing(consumeEvents(queues, async (events) => events.map(() => done)));
  let runs = 0;
  const reset: Handler<"resets"> = async ({ jobId }) => {
    runs += 1;
    if (runs === 2) return doneWith({ runs });
    await queues.addFacilityResets({ resetJobId: jobId, resetId: "r-1", generation: 1, facilityIds: ["S001", "S002"] });
    return { fate: "waits-for-children" };
  };
  closing(consume(queues, "resets", reset, { concurrency: 1 }));
  closing(consume(queues, "facility-resets", async () => doneWith({ state: "applied" }), { concurrency: 2 }));
  await queues.addEvents(numbered(60), "pos");
  await queues.addReset({ resetId: "r-1", generation: 1, label: "onhand.csv" });
  await eventually(async () => {
    const { events, resets } = await queues.counts();
    return events.completed === 2 && resets.completed === 1;
  });
  expect(runs).toBe(2);
});
