// Telling the webhook: each alarm and each all-clear once, whatever it does and however many workers there are.
import { Writable } from "node:stream";
import { type Database, openDatabase, settleAlarms } from "@inventory-sync/db";
import type { AlarmCause } from "@inventory-sync/domain";
import { acknowledgeAlarm } from "@inventory-sync/operator";
import { createLog } from "@inventory-sync/runtime";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type FreshDatabase, freshDatabase } from "../../../tests/support/index.ts";
import type { WorkerConfig } from "../src/config.ts";
import { postAlarms } from "../src/upkeep/post-alarms.ts";
import { startWebhook, type Webhook } from "./webhook.ts";

const start = new Date("2026-11-23T06:00:00Z");
const after = (seconds: number) => new Date(start.getTime() + seconds * 1_000);

let fresh: FreshDatabase;
let database: Database;
let webhook: Webhook;
let said: string[];

beforeAll(async () => {
  fresh = await freshDatabase();
  database = openDatabase({ url: fresh.url, name: "test" });
});
beforeEach(async () => {
  said = [];
  webhook = await startWebhook();
  await database.pool.query("delete from alarm");
});
afterEach(() => webhook.close());
afterAll(async () => {
  await database.close();
  await fresh.drop();
});

const destination = () =>
  new Writable({
    write: (chunk, _encoding, done) => {
      said.push(String(chunk));
      done();
    },
  });
const log = () => createLog({ name: "test", settings: { level: "debug", format: "json" }, destination: destination() });

/** One worker's round at a time of the test's own. */
function post(
  at: Date,
  options: { readonly url?: string; readonly stopping?: AbortSignal; readonly set?: Partial<WorkerConfig> } = {},
): Promise<void> {
  const config = {
    ...{ RESET_TIME_ZONE: "UTC", ALERT_WEBHOOK_URL: options.url ?? webhook.url, ALERT_REPEAT_MINUTES: 0 },
    ...options.set,
  } as WorkerConfig;
  const stopping = options.stopping ?? new AbortController().signal;
  return postAlarms({ database, config, log: log() }, stopping, async () => at);
}

const held = (facilityId: string): AlarmCause => ({
  ...{ key: `facility-held:${facilityId}`, kind: "facility-held", since: start, facilityId, file: "stock.csv" },
  message: `Facility ${facilityId} is held`,
});
const settle = (facilityIds: readonly string[], now = start) =>
  settleAlarms(database, { judged: ["facility-held"], causes: facilityIds.map(held) }, now);
const seen = () => webhook.told.map(({ key, state }) => [key, state]);

test("an alarm and its all-clear are each told once, though several workers post", async () => {
  await settle(["S001"]);
  await Promise.all(Array.from({ length: 4 }, () => post(start)));
  await post(after(3_600));
  expect(webhook.told).toEqual([
    {
      text: "Alarm facility-held: Facility S001 is held (docs/runbook.md#facility-held)",
      ...{ kind: "facility-held", key: "facility-held:S001", state: "ringing", since: "2026-11-23T06:00:00.000Z" },
      ...{ facilityId: "S001", file: "stock.csv", runbook: "docs/runbook.md#facility-held" },
    },
  ]);
  expect(webhook.headers[0]).toMatchObject({ "content-type": "application/json" });
  await settle([], after(4_000));
  await Promise.all(Array.from({ length: 4 }, () => post(after(4_001))));
  await post(after(8_000));
  expect(seen().slice(1)).toEqual([["facility-held:S001", "cleared"]]);
});

test("what rings on is told again until somebody acknowledges it, with links to the board; then only that it is over", async () => {
  const set = { ALERT_REPEAT_MINUTES: 60, BOARD_URL: "https://stock.example" };
  const key = "facility-held:S001";
  await settle(["S001"]);
  for (const minute of [0, 59, 60, 119, 120]) await post(after(minute * 60), { set });
  expect(webhook.told.map(({ state, repeat }) => [state, repeat])).toEqual([
    ["ringing", undefined],
    ["ringing", true],
    ["ringing", true],
  ]);
  expect(webhook.told[1]).toMatchObject({
    ...{ text: expect.stringMatching(/^Still active facility-held: /), key },
    runbook: "https://stock.example/runbook#facility-held",
    board: "https://stock.example/alarms#facility-held%3AS001",
  });
  await acknowledgeAlarm(database, key, { since: start.toISOString() }, "olga");
  for (const hour of [3, 4, 5]) await post(after(hour * 3_600), { set });
  expect(webhook.told).toHaveLength(3);
  await settle([], after(6 * 3_600));
  await post(after(6 * 3_600 + 1), { set });
  expect(seen().slice(3)).toEqual([[key, "cleared"]]);
});

test.each([[500], [404], [302]])(
  "a webhook that answers %i is asked again later, and then less and less",
  async (status) => {
    await settle(["S001"]);
    webhook.answer(status);
    for (const second of [0, 5, 29, 30, 60, 89, 90]) await post(after(second));
    expect(webhook.asked()).toBe(3);
    webhook.answer(200);
    await post(after(209));
    expect(webhook.told).toEqual([]);
    await post(after(210));
    expect(seen()).toEqual([["facility-held:S001", "ringing"]]);
  },
);

test("a webhook that is not there, or never answers, is no error; the log says which alarm and why, and not where", async () => {
  await settle(["S001"]);
  const { url } = webhook;
  await webhook.close();
  await post(start, { url });
  expect(said.join("")).toContain("ECONNREFUSED");
  expect(JSON.parse(said[0] ?? "")).toMatchObject({ alarmKey: "facility-held:S001" });
  webhook = await startWebhook();
  webhook.answer("hang");
  await post(after(31));
  expect(said.join("")).toContain("no answer within 5000 ms");
  expect(said.join("")).not.toContain("secret");
  webhook.answer(204);
  await post(after(91));
  expect(seen()).toEqual([["facility-held:S001", "ringing"]]);
}, 60_000);

test("a worker that is told to stop does not wait for the webhook", async () => {
  await settle(["S001"]);
  webhook.answer("hang");
  const stopping = new AbortController();
  const posting = post(start, { stopping: stopping.signal });
  setTimeout(() => stopping.abort(), 100);
  const startedAt = performance.now();
  await posting;
  expect(performance.now() - startedAt).toBeLessThan(3_000);
});

test("what rang and was over before the webhook came back is told as over, with what it was", async () => {
  await settle(["S001"]);
  webhook.answer(503);
  await post(start);
  await settle([], after(600));
  webhook.answer(200);
  await post(after(631));
  await post(after(9_000));
  expect(seen()).toEqual([["facility-held:S001", "cleared"]]);
  expect(webhook.told[0]?.text).toContain("It was: Facility S001 is held");
});

test("hundreds of alarms of a kind are one message, which carries all of them", async () => {
  const many = Array.from({ length: 300 }, (_, index) => `S${1_000 + index}`);
  await settle(many);
  await post(start);
  expect(webhook.told).toHaveLength(1);
  expect(webhook.told[0]).toMatchObject({ key: "facility-held", state: "ringing" });
  expect(webhook.told[0]?.alarms?.map(({ facilityId }) => facilityId)).toEqual(many);
  await settle(many.slice(2), after(60));
  await post(after(61));
  expect(seen().slice(1)).toEqual([
    ["facility-held:S1000", "cleared"],
    ["facility-held:S1001", "cleared"],
  ]);
});

test("a user and password in the address are sent as such", async () => {
  await settle(["S001"]);
  await post(start, { url: webhook.url.replace("http://", "http://bot:p%40ss@") });
  expect(webhook.headers[0]?.authorization).toBe(`Basic ${Buffer.from("bot:p@ss").toString("base64")}`);
});

test("without a webhook nothing is claimed, so that one that is set later is told what still rings", async () => {
  await settle(["S001"]);
  const config = { RESET_TIME_ZONE: "UTC" } as WorkerConfig;
  await postAlarms({ database, config, log: log() }, new AbortController().signal, async () => start);
  await post(after(1));
  expect(seen()).toEqual([["facility-held:S001", "ringing"]]);
});
