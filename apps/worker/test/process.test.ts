// The worker as a process: what it says when its settings are wrong, and how it ends when it is told to.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { applyEvents, openDatabase } from "@inventory-sync/db";
import type { StockEvent } from "@inventory-sync/domain";
import { findRedisServer, freePort, startRedis } from "@inventory-sync/local";
import { openQueues } from "@inventory-sync/queue";
import { createLog } from "@inventory-sync/runtime";
import { describe, expect, onTestFinished, test } from "vitest";
import { eachBackend, eventually, freshDatabase, freshSftp, startProcess } from "../../../tests/support/index.ts";

const orderlyStopMsMax = 20_000;

/** How a start failed: its exit code, and what it said. */
interface FailedStart {
  readonly exit: number | string;
  readonly output: string;
}

async function failedStart(env: Readonly<Record<string, string>>): Promise<FailedStart> {
  const ended = await startProcess("worker", env).catch((error: unknown) => error as FailedStart);
  if ("exit" in ended) return ended;
  await ended.kill();
  throw new Error("the worker started, which it should not have");
}

/** Settings that work, on a database and an SFTP server of the test's own. */
async function settings() {
  const [database, sftp, folder] = await Promise.all([
    freshDatabase(),
    freshSftp(),
    mkdtemp(join(tmpdir(), "inventory-sync-worker-")),
  ]);
  onTestFinished(async () => {
    await Promise.all([database.drop(), sftp.drop(), rm(folder, { recursive: true, force: true })]);
  });
  const files = { SFTP_URL: sftp.url, SFTP_HOST_KEY_SHA256: sftp.hostKeySha256, DATA_DIR: folder };
  return { DATABASE_URL: database.url, QUEUE_URL: database.url, ...files };
}

describe("wrong settings of the worker", () => {
  test("are named all at once, in words, and the exit code is 78", async () => {
    const failed = await failedStart({
      ...{ DATABASE_URL: "mysql://localhost/x", QUEUE_URL: "redis://127.0.0.1:1", RESET_AT: "4 o'clock" },
      ...{ RESET_TIME_ZONE: "New York", ABSENT_ROWS: "drop", SNAPSHOT_SETTLE_SECONDS: "soon", GUARD_UNITS_PCT: "-1" },
    });
    expect(failed.exit).toBe(78);
    const names = ["DATABASE_URL", "SFTP_URL", "SFTP_HOST_KEY_SHA256", "RESET_AT", "RESET_TIME_ZONE", "ABSENT_ROWS"];
    for (const name of [...names, "SNAPSHOT_SETTLE_SECONDS", "GUARD_UNITS_PCT"])
      expect(failed.output).toContain(`- ${name} `);
    expect(failed.output).not.toContain("QUEUE_URL");
    expect(failed.output).not.toMatch(/^\s+at .*:\d+:\d+/m);
  });

  test("show no password", async () => {
    const failed = await failedStart({
      DATABASE_URL: "mysql://stock:hunter2@localhost/x",
      SFTP_URL: "ftp://pos:hunter3@host",
    });
    expect(failed.exit).toBe(78);
    expect(failed.output).not.toMatch(/hunter[23]/);
  });
});

const program = findRedisServer() ?? "";

describe.skipIf(program === "")("a Redis that would lose accepted events", () => {
  test("is refused at the start, with what to set", async () => {
    const folder = await mkdtemp(join(tmpdir(), "inventory-sync-volatile-"));
    const redis = await startRedis({
      dataDir: folder,
      program,
      port: await freePort(),
      settings: { appendonly: "no" },
    });
    onTestFinished(async () => {
      await redis.stop();
      await rm(folder, { recursive: true, force: true });
    });
    const failed = await failedStart({ ...(await settings()), QUEUE_URL: redis.url });
    expect(failed.exit).toBe(1);
    expect(failed.output).toContain("appendonly");
  });
});

eachBackend("a worker that is told to stop", (backend) => {
  const sale = (index: number): StockEvent => ({
    ...{ eventId: `stop-${index}`, facilityId: `S${index % 7}`, type: "sale", reason: "POS_SALE" },
    ...{ occurredAt: "2026-11-01T10:00:00.000Z", receivedAt: "2026-11-01T10:00:01.000Z" },
    lines: [{ line: 1, idType: "SKU", idValue: `P${index % 11}`, quantity: "-1" }],
  });

  test("ends what it has in hand, leaves the rest in the queue, and the next one does that", async () => {
    const count = 6_000;
    const server = await backend.freshQueueServer();
    const env = { ...(await settings()), QUEUE_URL: server.url };
    const log = createLog({ name: "test", settings: { level: "silent", format: "json" } });
    const queues = await openQueues({ url: server.url, role: "producer", log });
    const database = openDatabase({ url: env.DATABASE_URL, name: "test" });
    onTestFinished(async () => {
      await queues.close();
      await database.close();
      await server.drop();
    });
    await queues.connection.outage.whenUp();
    for (let index = 0; index < count; index += 1_000) {
      await queues.addEvents(
        Array.from({ length: 1_000 }, (_, more) => sale(index + more)),
        "test",
      );
    }
    const recorded = async () =>
      (await database.pool.query<{ count: number }>("select count(*)::int as count from movement")).rows[0]?.count ?? 0;

    const first = await startProcess("worker", env);
    await eventually(async () => (await recorded()) > 0, { everyMs: 5 });
    await first.stop(orderlyStopMsMax);
    expect(await first.exited).toBe(0);
    const said = first.output();
    expect(said.indexOf("stopping")).toBeGreaterThan(said.indexOf("worker is at work"));
    expect(said.indexOf('"stopped"')).toBeGreaterThan(said.indexOf("stopping"));
    const { events } = await queues.counts();
    expect(events).toMatchObject({ active: 0, failed: 0 });

    const second = await startProcess("worker", env);
    onTestFinished(() => second.stop());
    await eventually(async () => (await recorded()) === count, { withinMs: 90_000 });
    const [fate] = await applyEvents(database, [sale(1)], { facility: "reject", product: "reject" });
    expect(fate).toMatchObject({ fate: "done", duplicate: 1, applied: 0 });
    expect((await queues.counts()).events.failed).toBe(0);
  }, 120_000);
});
