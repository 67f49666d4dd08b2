// What each watch makes of what it finds: deadlines by local time, failed jobs by cause; and a round in which one of them cannot look.
import { randomUUID } from "node:crypto";
import { type Database, openDatabase, recordRequests } from "@inventory-sync/db";
import { Rejected, type StockEvent } from "@inventory-sync/domain";
import { freePort } from "@inventory-sync/local";
import { dismissJobs, listAlarms } from "@inventory-sync/operator";
import { consume, openQueues, type Queues } from "@inventory-sync/queue";
import { createLog } from "@inventory-sync/runtime";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { snapshot } from "../../../packages/db/test/ledger-driver.ts";
import { apply, sale } from "../../../packages/db/test/support.ts";
import { eachBackend, eventually, type FreshDatabase, freshDatabase, freshSftp } from "../../../tests/support/index.ts";
import { createActivity } from "../src/activity.ts";
import type { WorkerConfig } from "../src/config.ts";
import { createWorkerMetrics } from "../src/metrics.ts";
import { watchDeadline, watchFailedJobs, watchNamesApart, watchRefused } from "../src/upkeep/alarm-watches.ts";
import { alarmRound } from "../src/upkeep/alarms.ts";
import { watchNames } from "../src/upkeep/upkeep.ts";

import { sourcesAt } from "./upkeep-parts.ts";

const log = createLog({ name: "test", settings: { level: "silent", format: "json" } });
const sources = sourcesAt({ times: ["04:00"], timeZone: "America/New_York" });
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
    const parts = { database, sources, config, queues: await noQueues() };
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
    expect(found.causes[0]?.message).toContain(
      "is still based on 2026-11-23T11:10:00Z.csv of 2026-11-23T06:10:00-05:00",
    );
  });
});

describe("a count that came after the run", () => {
  test("is named by the alarm of the deadline, as what has only to be run", async () => {
    const sftp = await freshSftp();
    onTestFinished(() => sftp.drop());
    await sftp.putSnapshot("stock.csv", "store,sku,qty\nS001,A,1\n");
    await reset("2026-11-22T09:00:00Z", "applied");
    const at = sourcesAt({ times: ["04:00"], timeZone: "America/New_York" }, sftp);
    const parts = { database: { ...database }, config, queues: await noQueues(), sources: at };
    const { causes } = await watchDeadline(parts, new Date("2026-11-23T12:00:00Z"));
    expect(causes).toMatchObject([
      {
        kind: "snapshot-late",
        file: "stock.csv",
        message: expect.stringMatching(/^stock\.csv waits in incoming\/ since /),
      },
    ]);
  });
});

describe("a client that is refused", () => {
  test("rings with what is the matter, until it is refused less often; 0 minutes turn it off", async () => {
    const now = new Date("2026-11-28T10:10:30Z");
    const counts = { client: "till", process: randomUUID(), accepted: 8, refused: 2, unavailable: 0, leftOut: 0 };
    const minutes = [1, 2, 3, 4, 5].map((ago) => ({ ...counts, minute: `2026-11-28T10:0${9 - ago}:00.000Z` }));
    await recordRequests(database, { refused: [], minutes });
    const look = async (REFUSED_AFTER_MINUTES: number, at = now) => {
      const parts = { database, sources, queues: await noQueues(), config: { ...config, REFUSED_AFTER_MINUTES } };
      const { judged, causes } = await watchRefused(parts, at);
      expect(judged).toEqual(["client-refused"]);
      return causes;
    };
    expect(await look(10)).toMatchObject([
      { key: "client-refused:till", size: 10, since: new Date("2026-11-28T10:04:00Z") },
    ]);
    expect((await look(10))[0]?.message).toContain("refused 10 of 50 (20 %) requests of the client till");
    expect(await look(10, new Date("2026-11-28T10:16:30Z"))).toEqual([]);
    expect(await look(0)).toEqual([]);
  });
});

describe("a round", () => {
  test("in which the queue cannot be asked still finds the rest, and what rang of the queue is not over for that", async () => {
    const parts = {
      database,
      sources,
      config,
      queues: await noQueues(),
      metrics: createWorkerMetrics(createActivity()),
      log,
    };
    await database.pool.query(
      "insert into alarm (key, kind, message) values ('jobs-failed:events:X', 'jobs-failed', 'x'), ('facility-missing:S9', 'facility-missing', 'x')",
    );
    await reset("2026-11-22T09:00:00Z", "held", "completed-with-holds");
    await alarmRound(parts, new AbortController().signal)();
    const kinds = (await listAlarms(database, "firing")).map(({ kind }) => kind);
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
    const { judged, causes } = await watchFailedJobs({ database, sources, config, queues }, new Date());
    expect(judged).toEqual(["jobs-failed", "poison-job"]);
    expect(causes.map(({ key }) => key).sort()).toEqual(["jobs-failed:events:UNKNOWN_PRODUCT", "poison-job:events"]);
    expect(causes.find(({ kind }) => kind === "jobs-failed")?.message).toMatch(/^2 sales could not be booked/);
    expect(causes.find(({ kind }) => kind === "poison-job")?.message).toContain("receipt POISON, store S001");

    // A round of its own looks at once; the next look of the same would be a minute later.
    const parts = { database, sources, config, queues, metrics: createWorkerMetrics(createActivity()), log };
    await alarmRound(parts, new AbortController().signal)();
    const by = { who: "ada", reason: "made up", losing: 2 };
    await dismissJobs({ database, queues }, { cause: "UNKNOWN_PRODUCT" }, by);
    await alarmRound(parts, new AbortController().signal)();
    expect(await listAlarms(database, "resolved")).toMatchObject([
      {
        key: "jobs-failed:events:UNKNOWN_PRODUCT",
        outcome: expect.stringMatching(
          /^2 dismissed by ada: “made up”\. 2 sales are lost: (receipt UNKNOWN_PRODUCT, store S001|“sale S001 UNKNOWN_PRODUCT 2”)/,
        ),
      },
    ]);
  });
});

describe("names that do not meet", () => {
  test("are an alarm of stores and one of products, each with its pairs, until they are said to differ", async () => {
    const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
    const counts = { "7001": 4, "7002": 4 };
    await snapshot(database, { at: hoursAgo(9), facilityId: "001", counts });
    await snapshot(database, { at: hoursAgo(9), facilityId: "S002", counts });
    for (const [eventId, facilityId, sku] of [
      ["E1", "1", "7001"],
      ["E2", "S002", "007001"],
      ["E3", "S002", "007002"],
    ] as const)
      await apply(database, sale(eventId, facilityId, sku, 1, hoursAgo(1)));
    await watchNames({ database, log });
    const queues = await noQueues();
    const looked = () => watchNamesApart({ database, config, queues, sources }, new Date());
    const { judged, causes } = await looked();
    expect(judged).toEqual(["names-apart"]);
    expect(causes).toMatchObject([
      {
        key: "names-apart:stores",
        size: 1,
        message: expect.stringMatching(/^Store 1 has sold 1 unit since .*store 001 was counted/),
      },
      {
        key: "names-apart:products",
        size: 2,
        message: expect.stringMatching(/^2 pairs of names may each be one product\. SKU 007001/),
      },
    ]);
    await database.pool.query("update name_pair set differ_at = now() where kind = 'facility'");
    expect((await looked()).causes).toMatchObject([{ key: "names-apart:products" }]);
  });
});
