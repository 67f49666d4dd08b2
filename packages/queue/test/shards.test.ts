// EVENT_SHARDS: the queue of events in several shards.
import type { StockEvent } from "@inventory-sync/domain";
import { expect, it, onTestFinished } from "vitest";
import {
  eventually,
  freshFolder,
  freshRedis,
  redisCommand,
  startCluster,
  whyNoRedis,
} from "../../../tests/support/index.ts";
import { type BatchFate, consumeEvents, QueueUnavailable } from "../src/index.ts";
import { shardName, shardOf, shardsMax, slotOf, tagOf } from "../src/shards.ts";
import { closing, done, open, rememberingLog, sale } from "./support.ts";

const SLOTS = 16_384;
const facilities = Array.from({ length: 2_000 }, (_, index) => `S${index}`);
/** A facility of each of four shards. */
const ofPart = (shard: number) => facilities.find((facility) => shardOf(facility, 4) === shard) ?? "";

/** As Redis Cluster has it (CRC-16/XMODEM); worked out here and not by the code under test. */
function slotOfTag(tag: string): number {
  let crc = 0;
  for (const byte of Buffer.from(tag)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
  }
  return crc % SLOTS;
}

it("every shard's tag falls into its own slot, and however many shards there are, they lie evenly over the servers", () => {
  const shards = Array.from({ length: shardsMax }, (_, shard) => shard);
  expect(shards.map((shard) => slotOfTag(tagOf(shard)))).toEqual(shards.map(slotOf));
  expect(tagOf(0)).toBe("inventory-sync");
  expect(new Set(shards.map(slotOf)).size).toBe(shardsMax);
  for (const servers of [2, 3, 4, 6, 8]) {
    for (const count of shards.slice(1)) {
      const parts = shards.slice(0, count).map((shard) => Math.floor((slotOf(shard) * servers) / SLOTS));
      const most = Math.max(...Array.from({ length: servers }, (_, at) => parts.filter((each) => each === at).length));
      expect(most, `${count} shards on ${servers} servers`).toBeLessThan(count / servers + 1.5);
    }
  }
});

it("a facility stays in its shard; one shard more takes its share of the facilities, and moves no other", () => {
  for (const count of [1, 2, 3, 4, 8, 63]) {
    const before = facilities.map((facility) => shardOf(facility, count));
    const after = facilities.map((facility) => shardOf(facility, count + 1));
    expect(facilities.filter((_, index) => after[index] !== before[index] && after[index] !== count)).toEqual([]);
    const moved = after.filter((shard) => shard === count).length;
    expect(Math.abs(moved - facilities.length / (count + 1))).toBeLessThan(
      4 * Math.sqrt(facilities.length / (count + 1)),
    );
  }
  // What the same facility had in earlier versions: changed, its events would lie in two shards.
  expect(["S001", "S002", "W-9", "Zürich"].map((facility) => shardOf(facility, 64))).toEqual([47, 24, 46, 59]);
});

it.runIf(whyNoRedis() === undefined)(
  "a worker that knows of one shard takes what others put into four, soon; failed jobs of all shards are one list, and are retried and dismissed as one",
  async () => {
    const server = await freshRedis();
    onTestFinished(() => server.drop());
    let mended = false;
    const worker = await open(server.url, { role: "consumer" });
    const apply = async (events: StockEvent[]): Promise<BatchFate[]> =>
      events.map(({ eventId }) =>
        mended || eventId.startsWith("good")
          ? done
          : { fate: "rejected", code: eventId.split(" ")[0] ?? "", message: eventId },
      );
    closing(consumeEvents(worker, apply));
    const till = await open(server.url, { shards: 4 });
    await till.connection.outage.whenUp();
    for (let turn = 0; turn < 3; turn += 1) {
      for (const shard of [2, 0, 3, 1])
        await till.addEvents(
          [sale(`${turn === 1 ? "LATE" : "BAD"} ${shard} ${turn}`, { facilityId: ofPart(shard) })],
          "pos",
        );
      await eventually(async () => (await worker.counts()).events.failed === 4 * (turn + 1));
    }
    await till.addEvents(
      facilities.slice(0, 100).map((facilityId) => sale("good", { facilityId })),
      "pos",
    );
    await eventually(async () => (await worker.counts()).events.completed === 100);
    expect((await redisCommand(server.url, "KEYS", "*")).match(/inventory-sync:events(-\d)?:id/g)).toHaveLength(4);

    const listed = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await worker.failedJobs({ limit: 5, ...(cursor !== undefined && { cursor }) });
      listed.push(...page.jobs);
      cursor = page.nextCursor;
    }
    expect(listed).toHaveLength(12);
    expect(listed.map(({ failedAt }) => failedAt)).toEqual(
      listed
        .map(({ failedAt }) => failedAt)
        .sort()
        .reverse(),
    );
    expect(new Set(listed.map(({ queue }) => queue))).toEqual(new Set(["events"]));
    for (const { name, shard } of listed) expect(name).toContain(`${shard ?? 0} `);
    expect((await worker.failedCauses()).causes.map(({ cause, count }) => [cause, count])).toEqual([
      ["BAD", 8],
      ["LATE", 4],
    ]);
    expect(await worker.findEventJobs({ facilityId: ofPart(3), eventId: "LATE 3 1" })).toMatchObject({
      isAll: true,
      failed: { shard: 3 },
    });
    expect((await worker.failedJobs({ queue: "events", shard: 2 })).jobs).toHaveLength(3);

    const gone = listed.filter(({ name }) => name.endsWith(" 2")).map(({ id }) => id);
    expect(new Set(await worker.removeFailed("events", gone))).toEqual(new Set(gone));
    mended = true;
    expect(await worker.retryFailed({ ids: gone })).toEqual({ looked: 0, retried: 0 });
    expect((await worker.retryFailed({ cause: "LATE" })).retried).toBe(4);
    const left = listed.filter(({ name }) => name.endsWith(" 0")).map(({ id }) => id);
    expect((await worker.unfinishedAmong("events", left)).size).toBe(4);
    expect((await worker.retryFailed({ ids: left })).retried).toBe(4);
    await eventually(async () => (await worker.counts()).events.completed === 108);
    const seen = await worker.shards();
    expect(seen.map(({ name }) => name)).toEqual([0, 1, 2, 3].map(shardName));
    expect(seen.every(({ counts, workers }) => counts?.waiting === 0 && (workers ?? 0) > 0)).toBe(true);
  },
);

it.runIf(whyNoRedis() === undefined)(
  "on a cluster the master of one shard is killed, and that of another frozen: each is refused until its replica takes over, the others go on, and nothing accepted is lost",
  async () => {
    const cluster = await startCluster(await freshFolder("shards"));
    onTestFinished(() => cluster.kill());
    const log = rememberingLog();
    const worker = await open(cluster.url, { role: "consumer", shards: 4, log });
    const till = await open(cluster.url, { shards: 4, replicas: 1, log });
    await Promise.all([worker, till].map((queues) => queues.connection.outage.whenUp()));
    const applied = new Set<string>();
    const apply = async (events: StockEvent[]) => {
      for (const { eventId } of events) applied.add(eventId);
      return events.map(() => done);
    };
    closing(consumeEvents(worker, apply));
    await eventually(async () => (await till.ping()).ok);
    const accepted = new Set<string>();
    const refused = new Map<number, string>();
    let isOver = false;
    const selling = [0, 1, 2, 3].map(async (shard) => {
      for (let count = 0; !isOver; count += 1) {
        const eventId = `${shard}-${count}`;
        try {
          await till.addEvents([sale(eventId, { facilityId: ofPart(shard) })], "pos");
          accepted.add(eventId);
        } catch (error) {
          expect(error).toBeInstanceOf(QueueUnavailable);
          if (!refused.has(shard)) refused.set(shard, String(error));
        }
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    });
    const acceptedOf = (shard: number) => [...accepted].filter((id) => id.startsWith(`${shard}-`)).length;
    for (const [hot, how] of [
      [3, "SIGSTOP"],
      [0, "SIGKILL"],
    ] as const) {
      const victim = cluster.masterOf(slotOf(hot));
      const others = [0, 1, 2, 3].filter((shard) => cluster.masterOf(slotOf(shard)) !== victim);
      await eventually(() => [0, 1, 2, 3].every((shard) => acceptedOf(shard) > 20));
      refused.clear();
      process.kill(victim.pid, how);
      await eventually(() => refused.has(hot));
      expect(refused.get(hot)).toMatch(/send the same request again/);
      const both = [hot, others[0] ?? hot].map((shard) => sale("of both", { facilityId: ofPart(shard) }));
      await expect(till.addEvents(both, "pos")).rejects.toBeInstanceOf(QueueUnavailable);
      const before = others.map(acceptedOf);
      await eventually(() => others.every((shard, index) => acceptedOf(shard) > (before[index] ?? 0) + 20));
      // Of a server that a busy machine kept from its peers for a while, the cluster itself refuses all: that is no doing of ours.
      const ours = [...refused].filter(([shard, reason]) => others.includes(shard) && !reason.includes("CLUSTERDOWN"));
      expect(ours).toEqual([]);
      const { ok, shards = [], warnings } = await till.ping();
      expect({ ok, names: shards.map(({ name }) => name) }).toEqual({ ok: true, names: [0, 1, 2, 3].map(shardName) });
      expect(warnings.join()).toContain(`${shardName(hot)}: `);
      if (how === "SIGKILL") break;
      const nodes = () => redisCommand(cluster.masterOf(slotOf(0)).url, "CLUSTER", "NODES");
      await eventually(
        async () => (await nodes()).match(/master - /g)?.length === 3 && / master,fail - /.test(await nodes()),
      );
      // The one that has taken over has no replica until the other is back as one.
      process.kill(victim.pid, "SIGCONT");
      await eventually(async () => !(await nodes()).includes(",fail"));
      const stood = acceptedOf(hot);
      await eventually(() => acceptedOf(hot) > stood);
    }
    isOver = true;
    await Promise.all(selling);
    await eventually(() => [...accepted].every((id) => applied.has(id)), { withinMs: 90_000 });
  },
);
