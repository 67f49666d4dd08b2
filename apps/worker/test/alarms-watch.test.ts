// What each watch makes of what it finds: deadlines by local time, failed jobs by cause; and a round in which one of them cannot look.
import { randomUUID } from "node:crypto";
import { type Database, openDatabase, ringingAlarms } from "@inventory-sync/db";
import { Rejected, type StockEvent } from "@inventory-sync/domain";
import { freePort } from "@inventory-sync/local";
import { consume, openQueues, type Queues } from "@inventory-sync/queue";
import { createLog } from "@inventory-sync/runtime";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { eachBackend, eventually, type FreshDatabase, freshDatabase } from "../../../tests/support/index.ts";
import type { WorkerConfig } from "../src/config.ts";
import { createWorkerMetrics } from "../src/metrics.ts";
import { alarmRound } from "../src/upkeep/alarms.ts";
import { watchDeadline } from "../src/upkeep/deadline.ts";
import { watchFailedJobs } from "../src/upkeep/failed-jobs.ts";

const log = createLog({ name: "test", settings: { level: "silent", format: "json" } });
const config = {
  ...{ RESET_TIME_ZONE: "America/New_York", RESET_DEADLINE: ["06:00"], SILENT_AFTER_MINUTES: 240 },
} as unknown as WorkerConfig;

let fresh: FreshDatabase;
let database: Database;

beforeAll(async () => {
  fresh = await freshDatabase();
  database = openDatabase({ url: fresh.url, name: "test" });
});
beforeEach(() => database.pool.query("truncate reset, facility_reset, facility, alarm cascade"));
afterAll(async () => {
  await database.close();
  await fresh.drop();
});

async function openOn(url: string): Promise<Queues> {
  const queues = await openQueues({ url, role: "consumer", log });
  onTestFinished(() => queues.close());
  return queues;
}

/** A queue server that is not there. */
const noQueues = async () => openOn(`redis://127.0.0.1:${await freePort()}`);

/** A reset on record, with one facility in this state. */
async function reset(at: string, facilityState: string, state = "completed"): Promise<void> {
  const id = randomUUID();
  await database.pool.query(
    `insert into reset (id, file, size, modified_at, observed_at, requested_by, state, created_at, finished_at)
     values ($1, $2, 1, $3, $3, 'test', $4, $3, $3)`,
    [id, `${at}.csv`, at, state],
  );
  await database.pool.query(
    `with f as (insert into facility (facility_id) values ('S001')
                    on conflict (facility_id) do update set facility_id = excluded.facility_id returning id)
     insert into facility_reset (reset_id, facility_id, state, finished_at) select $1, id, $2, $3 from f`,
    [id, facilityState, at],
  );
}

describe("the deadline of the snapshot", () => {
  test("rings from its local time on, for each day, until a snapshot is accepted", async () => {
    const parts = { database, config, queues: await noQueues() };
    const late = async (now: string) => (await watchDeadline(parts, new Date(now))).causes.map(({ since }) => since);
    expect(await late("2026-11-23T12:00:00Z"), "a new system").toEqual([]);
    await reset("2026-11-22T09:00:00Z", "applied");
    expect(await late("2026-11-22T12:00:00Z"), "accepted at 04:00").toEqual([]);
    expect(await late("2026-11-23T10:59:59Z"), "05:59:59").toEqual([]);
    expect(await late("2026-11-23T11:00:00Z"), "06:00").toEqual([new Date("2026-11-23T11:00:00Z")]);
    await reset("2026-11-23T11:10:00Z", "held", "completed-with-holds");
    expect(await late("2026-11-23T11:11:00Z"), "all of it held").toHaveLength(1);
    await database.pool.query("update facility_reset set state = 'applied'");
    expect(await late("2026-11-23T11:12:00Z"), "approved").toEqual([]);
    const found = await watchDeadline(parts, new Date("2026-11-24T11:30:00Z"));
    expect(found.causes.map(({ since }) => since)).toEqual([new Date("2026-11-24T11:00:00Z")]);
    expect(found.causes[0]?.message).toContain("rests on 2026-11-23T11:10:00Z.csv of 2026-11-23T06:10:00-05:00");
  });
});

describe("a round", () => {
  test("in which the queue cannot be asked still finds the rest, and what rang of the queue is not over for that", async () => {
    const parts = { database, config, queues: await noQueues(), metrics: createWorkerMetrics(), log };
    await database.pool.query(
      "insert into alarm (key, kind, message) values ('jobs-failed:events:X', 'jobs-failed', 'x'), ('facility-missing:S9', 'facility-missing', 'x')",
    );
    await reset("2026-11-22T09:00:00Z", "held", "completed-with-holds");
    await alarmRound(parts, new AbortController().signal)();
    const kinds = (await ringingAlarms(database)).map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(["facility-held", "jobs-failed"]));
    expect(kinds).not.toContain("facility-missing");
    expect(await parts.metrics.registry.metrics()).toMatch(/inventory_alarms_ringing\{kind="jobs-failed",[^}]*\} 1/);
  });
});

eachBackend("failed jobs", (backend) => {
  test("ring by cause; poison is told apart, and a refused file has an alarm of its own", async () => {
    const server = await backend.freshQueueServer();
    onTestFinished(() => server.drop());
    const queues = await openOn(server.url);
    await queues.connection.outage.whenUp();
    const sale = (eventId: string): StockEvent => ({
      ...{ eventId, facilityId: "S001", type: "sale", reason: "POS_SALE" },
      ...{ occurredAt: "2026-11-01T10:00:00.000Z", receivedAt: "2026-11-01T10:00:01.000Z" },
      lines: [{ line: 1, idType: "SKU", idValue: "P1", quantity: "-1" }],
    });
    await queues.addEventsSingly(["POISON", "UNKNOWN_PRODUCT", "UNKNOWN_PRODUCT 2"].map(sale), "test");
    await queues.addReset({ resetId: randomUUID(), generation: 0, label: "stock.csv" });
    const consumers = [
      consume(
        queues,
        "events",
        async ({ payload }) => {
          throw new Rejected(payload.events[0]?.eventId.split(" ")[0] ?? "", "as the test wants it");
        },
        { concurrency: 1 },
      ),
      consume(queues, "resets", () => Promise.reject(new Rejected("EMPTY_FILE", "it is empty")), { concurrency: 1 }),
    ];
    onTestFinished(async () => void (await Promise.all(consumers.map((each) => each.close({ graceMs: 2_000 })))));
    await eventually(async () => {
      const { events, resets } = await queues.counts();
      return events.failed === 3 && resets.failed === 1;
    });
    const { judged, causes } = await watchFailedJobs({ database, config, queues }, new Date());
    expect(judged).toEqual(["jobs-failed", "poison-job"]);
    expect(causes.map(({ key }) => key).sort()).toEqual(["jobs-failed:events:UNKNOWN_PRODUCT", "poison-job:events"]);
    expect(causes.find(({ kind }) => kind === "jobs-failed")?.message).toMatch(/^2 jobs of the queue events/);
    expect(causes.find(({ kind }) => kind === "poison-job")?.message).toContain('"sale S001 POISON"');
  });
});
