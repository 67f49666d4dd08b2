// A Redis cluster: every key of a queue must live in one slot, or nothing that moves a job works; and what becomes of the servers of other
// slots must not matter.
import { join } from "node:path";
import { findRedisServer, startRedis } from "@inventory-sync/local";
import { expect, it, onTestFinished } from "vitest";
import { eventually, freshFolder, redisCommand, whyNoRedis } from "../../../tests/support/index.ts";
import { consume, consumeEvents, done as doneWith, type Handler } from "../src/index.ts";
import { closing, done, numbered, open, sale } from "./support.ts";

const SLOTS_HALF = 8_192;

/** Two masters of half the slots each, the one with the queue's first. */
async function twoMasters() {
  const folder = await freshFolder("cluster");
  const settings = {
    ...{ "cluster-enabled": "yes", "cluster-announce-ip": "127.0.0.1", "cluster-require-full-coverage": "no" },
  };
  const start = async (name: string) => {
    const server = await startRedis({
      dataDir: join(folder, name),
      program: findRedisServer() ?? "redis-server",
      settings,
    });
    onTestFinished(() => server.kill());
    return server;
  };
  const [ours, other] = [await start("ours"), await start("other")];
  const { password } = new URL(ours.url);
  await redisCommand(other.url, "ACL", "SETUSER", "default", `>${password}`);
  const slot = Number((await redisCommand(ours.url, "CLUSTER", "KEYSLOT", "{inventory-sync}")).slice(1));
  const halves = [
    ["0", String(SLOTS_HALF - 1)],
    [String(SLOTS_HALF), String(2 * SLOTS_HALF - 1)],
  ] as const;
  const [mine, theirs] = slot < SLOTS_HALF ? halves : ([halves[1], halves[0]] as const);
  await redisCommand(ours.url, "CLUSTER", "ADDSLOTSRANGE", ...mine);
  await redisCommand(other.url, "CLUSTER", "ADDSLOTSRANGE", ...theirs);
  await redisCommand(ours.url, "CLUSTER", "MEET", "127.0.0.1", String(other.port));
  for (const { url } of [ours, other])
    await eventually(async () => (await redisCommand(url, "CLUSTER", "INFO")).includes("cluster_slots_ok:16384"));
  return { url: `redis+cluster://:${password}@127.0.0.1:${other.port},127.0.0.1:${ours.port}`, other };
}

it.runIf(whyNoRedis() === undefined)(
  "runs sales, resets and their children on a cluster, also when a server that has none of them is lost",
  async () => {
    const { url, other } = await twoMasters();
    const queues = await open(url, { role: "consumer" });
    await queues.connection.outage.whenUp();
    expect(await queues.ping()).toMatchObject({ ok: true, durability: "redis aof always" });
    closing(consumeEvents(queues, async (events) => events.map(() => done)));
    let runs = 0;
    const reset: Handler<"resets"> = async ({ jobId }) => {
      runs += 1;
      if (runs === 2) return doneWith({ runs });
      const facilityIds = ["S001", "S002"];
      await queues.addFacilityResets({ resetJobId: jobId, resetId: "r-1", generation: 1, facilityIds });
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

    await other.kill();
    await eventually(async () => (await queues.ping()).ok);
    await queues.addEvents([sale("after")], "pos");
    await eventually(async () => (await queues.counts()).events.completed === 3);
    expect(await queues.ping()).toMatchObject({ ok: true, durability: "redis aof always", warnings: [] });
  },
);
