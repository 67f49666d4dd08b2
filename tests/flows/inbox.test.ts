// Events accepted into the database (ACCEPT_INTO=inbox): whatever becomes of the queue, each of them counts, and counts once.
import { join } from "node:path";
import { migrate } from "@inventory-sync/db";
import { findRedisServer, startPostgres, startRedis } from "@inventory-sync/local";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import {
  eachBackend,
  emptyDatabase,
  eventually,
  freshFolder,
  redisCommand,
  type System,
  startProcess,
  startSystem,
} from "../support/index.ts";
import { type DatabaseClient, databaseClient } from "./database-client.ts";
import { ops } from "./operator.ts";
import { type Outside, outsideOf } from "./outside.ts";

/** Sweeps begin 5 s after acceptance, in rounds of about 5 s, and come back 10 s later when the queue was still away. */
const drainMsMax = 120_000;
const stepMsMax = 180_000;

const sale = (facilityId: string, index: number) => ({
  ...{ eventId: `${facilityId}-${index}`, facilityId, type: "sale" },
  ...{ occurredAt: "2026-11-01T10:00:00Z", lines: [{ sku: "X", quantity: 1 }] },
});

interface Inbox {
  readonly system: System;
  readonly outside: Outside;
  readonly database: DatabaseClient;
  stop(): Promise<void>;
}

async function startInbox(env: Readonly<Record<string, string>>): Promise<Inbox> {
  const system = await startSystem({ backend: "postgres", env: { ACCEPT_INTO: "inbox", ...env } });
  const [outside, database] = [await outsideOf(system), await databaseClient(system)];
  const stop = async () => {
    outside.end();
    await database.end();
    await system.stop();
  };
  return { system, outside, database, stop };
}

/** Posts one sale after the other, each of which must be accepted, and calls `between` after each. */
async function sell(
  { system }: Inbox,
  facilityId: string,
  count: number,
  between: (index: number) => Promise<unknown> | undefined = () => undefined,
): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const response = await system.postEvents(sale(facilityId, index));
    expect([response.status, await response.json()]).toEqual([202, expect.objectContaining({ accepted: 1 })]);
    await between(index);
  }
}

/** Waits until the sales of all facilities count, makes sure that none counts twice, and that nothing is left to sweep. */
async function allApplied(
  { system, outside, database }: Inbox,
  counts: Readonly<Record<string, number>>,
): Promise<void> {
  const levels = async () => {
    const found = Object.keys(counts).map(async (facility) => [
      facility,
      -((await outside.onHand(facility, "X")) ?? 0),
    ]);
    return Object.fromEntries(await Promise.all(found)) as Record<string, number>;
  };
  await eventually(async () => expect(await levels()).toEqual(counts) ?? true, { withinMs: drainMsMax });
  // What was sent again is looked at once more ten seconds later, or now.
  await database.rows("update accepted_event set sweep_at = now() where sweep_at is not null");
  const left = "select from accepted_event where rejected_code is null";
  await eventually(async () => (await database.rows(left)).length === 0, { withinMs: drainMsMax, everyMs: 250 });
  expect(await levels()).toEqual(counts);
  expect(await ops(system, "audit")).toMatchObject({ exitCode: 0 });
}

interface Readiness {
  readonly status: string;
  readonly checks: Readonly<Record<string, { detail?: { durability: string; warnings: string[] }; error?: string }>>;
}
async function readiness({
  system,
}: Inbox): Promise<{ status: number; queue: Readiness["checks"][string] | undefined }> {
  const response = await fetch(`${system.ingestUrl}/readyz`);
  return { status: response.status, queue: ((await response.json()) as Readiness).checks.queue };
}

/** What is done to the queue while events come in. */
interface Harm {
  readonly url: string;
  /** Takes everything out of it, as an operator's slip does. */
  empty(): Promise<unknown>;
  readonly kill?: () => Promise<void>;
  readonly revive?: () => Promise<void>;
  end(): Promise<void>;
}

/** A Redis of the test's own: it is killed, and FLUSHALL would take what belongs to other tests. */
async function ownRedis(): Promise<Harm> {
  const dataDir = await freshFolder("redis-of-inbox");
  const options = { dataDir, program: findRedisServer() ?? "", settings: { databases: "1" } };
  let redis = await startRedis(options);
  const { url, port } = redis;
  return {
    url,
    empty: () => redisCommand(url, "FLUSHALL"),
    kill: () => redis.kill(),
    revive: async () => {
      redis = await startRedis({ ...options, port });
    },
    end: () => redis.stop(),
  };
}

/** The queue in PostgreSQL dies with the inbox; but it can be emptied. */
async function ownPostgresQueue(): Promise<Harm> {
  const { url, drop } = await emptyDatabase();
  const database = await databaseClient({ databaseUrl: url });
  return {
    url,
    empty: () => database.rows("delete from bullmq.job"),
    end: async () => {
      await database.end();
      await drop();
    },
  };
}

eachBackend(
  "events accepted into the inbox",
  ({ kind }) => {
    let harm: Harm;
    let inbox: Inbox;
    beforeAll(async () => {
      harm = await (kind === "redis" ? ownRedis() : ownPostgresQueue());
      inbox = await startInbox({ QUEUE_URL: harm.url });
    });
    afterAll(async () => {
      await inbox?.stop();
      await harm?.end();
    });

    test("count at once, without waiting for a sweep, and readiness names what keeps them", async () => {
      await sell(inbox, "PLAIN", 20);
      await eventually(async () => (await inbox.outside.onHand("PLAIN", "X")) === -20);
      expect(await inbox.database.rows("select event_id from accepted_event where sweeps > 0")).toEqual([]);
      const { status, queue } = await readiness(inbox);
      expect([status, queue?.detail]).toEqual([
        200,
        { ok: true, durability: expect.stringContaining("postgresql inbox"), warnings: [] },
      ]);
    });

    test("count once, however often they are sent, whatever the queue loses, and also while it is dead", {
      timeout: stepMsMax,
    }, async () => {
      // It is emptied again and again while a worker runs; a part of the sales is sent twice.
      await sell(inbox, "LOST", 120, (index) => (index % 20 === 7 ? harm.empty() : undefined));
      await sell(inbox, "LOST", 30);
      // Other content under an id that has counted changes nothing.
      const other = { ...sale("PLAIN", 0), lines: [{ sku: "X", quantity: 5 }] };
      expect((await inbox.system.postEvents(other)).status).toBe(202);
      if (harm.kill) {
        await sell(inbox, "DEAD", 40, (index) => (index === 10 ? harm.kill?.() : undefined));
        const said = await eventually(async () => (await readiness(inbox)).queue?.detail?.warnings[0]);
        expect(said).toContain("accepted events wait in the inbox");
        expect((await readiness(inbox)).status).toBe(200);
        await harm.revive?.();
      } else await sell(inbox, "DEAD", 40);
      // And all of it is lost while nobody works on it.
      await inbox.system.processes.worker.kill("SIGKILL");
      await eventually(async () => (await readiness(inbox)).queue?.detail?.warnings.length === 0);
      await sell(inbox, "IDLE", 30);
      await harm.empty();
      await inbox.system.restart("worker");
      await allApplied(inbox, { PLAIN: 20, LOST: 120, DEAD: 40, IDLE: 30 });
      const rejected = "select event_id, rejected_code from accepted_event";
      expect(await inbox.database.rows(rejected)).toEqual([{ event_id: "PLAIN-0", rejected_code: "EVENT_ID_REUSED" }]);
    });
  },
  { atOnce: true },
);

describe("without its database", () => {
  test("ingest does not start, and says what is missing", async () => {
    const env = { ACCEPT_INTO: "inbox", QUEUE_URL: "redis://127.0.0.1:1", INGEST_PORT: "0" };
    const failed = await startProcess("ingest", env).then(
      () => undefined,
      (error: { exit?: unknown; output?: string }) => error,
    );
    expect(failed?.exit).toBe(78);
    expect(failed?.output).toContain("DATABASE_URL is not set");
    expect(failed?.output).toContain("ACCEPT_INTO is inbox");
    const both = await startProcess("ingest", { ...env, ACCEPT_INTO: "disk", QUEUE_URL: "none" }).catch(
      (error: { output?: string }) => error,
    );
    expect("output" in both && typeof both.output === "string" ? both.output : "").toMatch(
      /QUEUE_URL[\s\S]*ACCEPT_INTO/,
    );
  });

  test("nothing is accepted while it is down: 503 with the time to come back, and 202 once it is up again", {
    timeout: stepMsMax,
  }, async () => {
    const folder = await freshFolder("postgres-of-inbox");
    const options = { dataDir: join(folder, "postgres"), settings: { fsync: "off" } };
    const first = await startPostgres(options);
    const { url, port } = first;
    await migrate(url);
    const inbox = await startInbox({ DATABASE_URL: url, QUEUE_URL: url });
    let running = first;
    onTestFinished(async () => {
      await inbox.stop();
      await running.stop();
    });
    await sell(inbox, "UP", 3);
    await running.kill();
    const refused = await inbox.system.postEvents(sale("DOWN", 0));
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, expect.stringMatching(/^[1-9]\d*$/)]);
    expect(await refused.json()).toMatchObject({
      type: "/docs#queue-unavailable",
      detail: expect.stringContaining("same event ids"),
    });
    expect((await fetch(`${inbox.system.ingestUrl}/healthz`)).status).toBe(200);
    expect((await readiness(inbox)).status).toBe(503);

    running = await startPostgres({ ...options, port });
    await eventually(async () => (await inbox.system.postEvents(sale("DOWN", 0))).status === 202);
    await eventually(async () => (await inbox.outside.onHand("DOWN", "X")) === -1, { withinMs: drainMsMax });
    expect((await readiness(inbox)).status).toBe(200);
  });
});
