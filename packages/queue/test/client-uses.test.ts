// Who used which key last, and how much all processes together have let in: kept on the queue's server, at nobody's cost.
import { createHash } from "node:crypto";
import { describe, expect, it, onTestFinished } from "vitest";
import { eachBackend, eventually, freshRedis, redisCommand, whyNoRedis } from "../../../tests/support/index.ts";
import { openQueues } from "../src/index.ts";
import { open, openFresh, rememberingLog } from "./support.ts";

const hash = (key: string): string => createHash("sha256").update(key).digest("hex");

eachBackend("the use of a key", (backend) => {
  it("is noted within moments and read by another process; a key that was not used is missing", async () => {
    const server = await backend.freshQueueServer();
    onTestFinished(() => server.drop());
    const ingest = await open(server.url);
    const operator = await open(server.url, { role: "inspector" });
    await Promise.all([ingest, operator].map((queues) => queues.connection.outage.whenUp()));
    const beforeMs = Date.now();
    ingest.noteClientUse(hash("a"));
    const uses = await eventually(async () => {
      const found = await operator.clientUses([hash("a"), hash("b")]);
      return found.size > 0 ? found : undefined;
    });
    expect([...uses.keys()]).toEqual([hash("a")]);
    const usedAtMs = uses.get(hash("a"))?.getTime() ?? 0;
    expect(usedAtMs).toBeGreaterThanOrEqual(beforeMs);
    expect(usedAtMs).toBeLessThanOrEqual(Date.now());
  });

  it("is written once, however often the key is used, and the last use when the process ends", async () => {
    const server = await backend.freshQueueServer();
    onTestFinished(() => server.drop());
    const ingest = await openQueues({ url: server.url, role: "producer", log: rememberingLog() });
    const operator = await open(server.url, { role: "inspector" });
    await Promise.all([ingest, operator].map((queues) => queues.connection.outage.whenUp()));
    ingest.noteClientUse(hash("a"));
    const lastUse = async () => (await operator.clientUses([hash("a")])).get(hash("a"))?.getTime();
    const first = await eventually(lastUse);
    for (let use = 0; use < 1_000; use += 1) ingest.noteClientUse(hash("a"));
    // Another key is written in its turn, and with it the first would be, were it not too soon.
    ingest.noteClientUse(hash("b"));
    await eventually(async () => (await operator.clientUses([hash("b")])).size === 1);
    expect(await lastUse()).toBe(first);
    await ingest.close();
    expect(await lastUse()).toBeGreaterThan(first);
  });

  it("is noted without a word while the server cannot be reached", async () => {
    const log = rememberingLog();
    const url = backend.kind === "redis" ? "redis://127.0.0.1:1" : "postgres://nobody@127.0.0.1:1/none";
    const ingest = await openQueues({ url, role: "producer", log });
    ingest.noteClientUse(hash("a"));
    await expect(ingest.clientUses([hash("a")])).rejects.toThrow();
    await ingest.close();
    expect(log.said.filter(({ level }) => level === "error")).toEqual([]);
  });
});

eachBackend("what is let in", (backend) => {
  it(backend.kind === "redis" ? "is added up over processes" : "is each process's own", async () => {
    const queues = await openFresh(backend);
    if (backend.kind === "postgres") {
      expect(queues.sharedRate).toBeUndefined();
      return;
    }
    expect(await queues.sharedRate?.add("pos", 10, 1)).toBe(10);
    const other = await queues.sharedRate?.add("pos", 5, 1);
    expect(other).toBeGreaterThan(13);
    expect(other).toBeLessThanOrEqual(15);
    expect(await queues.sharedRate?.add("another", 1, 1)).toBe(1);
  });
});

describe.skipIf(whyNoRedis() !== undefined)("a bucket in Redis", () => {
  it("runs out at its rate, and is gone once it has", async () => {
    const redis = await freshRedis();
    onTestFinished(() => redis.drop());
    const queues = await open(redis.url);
    await queues.connection.outage.whenUp();
    expect(await queues.sharedRate?.add("pos", 200, 1_000)).toBe(200);
    const level = await eventually(async () => {
      const now = (await queues.sharedRate?.add("pos", 0, 1_000)) ?? Number.NaN;
      return now < 100 ? { now } : undefined;
    });
    expect(level.now).toBeGreaterThanOrEqual(0);
    expect(await redisCommand(redis.url, "EXISTS", "inventory-sync:rate:pos")).toBe(":1");
    await eventually(async () => (await redisCommand(redis.url, "EXISTS", "inventory-sync:rate:pos")) === ":0");
  });
});
