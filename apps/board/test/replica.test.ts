// A board that reads from a streaming replica which is ten seconds late: nobody sees less than what they did, everybody sees how old it is,
// and without the replica the primary answers.
import { rm } from "node:fs/promises";
import { migrate, openDatabase, openReplica, reconcileFacility } from "@inventory-sync/db";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { FACILITY, reconcileOptions, snapshot, stage } from "../../../packages/db/test/ledger-driver.ts";
import { eventually, freshFolder, type PrimaryAndReplica, primaryAndReplica } from "../../../tests/support/index.ts";
import { NEWEST } from "../src/reads.ts";
import { endpoints } from "../src/routes.ts";
import { startTestBoard, type TestBoard } from "./support.ts";

let folder: string;
let resetId: string;
let servers: PrimaryAndReplica;
let board: TestBoard;

beforeAll(async () => {
  folder = await freshFolder("replica");
  servers = await primaryAndReplica(folder, {
    delayS: 10,
    prepare: async (url) => {
      await migrate(url);
      const database = openDatabase({ url, name: "test" });
      await snapshot(database, { at: "08:00", counts: { X: 100 } });
      const held = await stage(database, { at: "12:00", counts: { X: 10 } });
      const guards = { rejectedPct: 5, zeroedPct: 20, missingPct: 20, unitsPct: 50 };
      expect(await reconcileFacility(database, held, { ...reconcileOptions, guards })).toMatchObject({ ended: "held" });
      resetId = held.resetId;
      await database.close();
    },
  });
  board = await startTestBoard({
    DATABASE_URL: servers.primary.url,
    DATABASE_READ_URL: servers.replica.url,
    READ_LAG_MS_MAX: "60000",
  });
  await eventually(async () => (await standing()).state === "current");
});

afterAll(async () => {
  await board?.stop();
  await servers?.replica.kill();
  await servers?.primary.kill();
  await rm(folder, { recursive: true, force: true });
});

async function standing(): Promise<Record<string, unknown>> {
  const { body } = await board.json("/readyz");
  return (body as unknown as { checks: { replica: { detail: Record<string, unknown> } } }).checks.replica.detail;
}

/** What somebody is told is on hand, from where, and whether the page says how old that is. */
async function seen(headers: Record<string, string>) {
  const [level, page] = await Promise.all([
    fetch(`${board.url}/api/facilities/${FACILITY}/inventory/SKU/X`, { headers }),
    fetch(`${board.url}/facilities/${FACILITY}`, { headers: { ...headers, accept: "text/html" } }),
  ]);
  const { onHand } = (await level.json()) as { onHand: number };
  const isAged = /Data of \d+ s ago/.test(await page.text());
  return { onHand, from: level.headers.get("x-read-from") ?? "primary", isAged };
}

// First of all: a commit that waits for its ten seconds keeps back what comes after it.
it("answers once more from the primary what the replica cancels to go on replaying", async () => {
  const holder = new pg.Client({ connectionString: servers.primary.url });
  const looker = new pg.Client({ connectionString: servers.replica.url });
  await Promise.all([holder.connect(), looker.connect()]);
  try {
    // The replica takes such locks as well when it replays them; it is sent them with the next checkpoint.
    await holder.query("begin; lock table level in access exclusive mode; checkpoint");
    const waits = "select from pg_locks where not granted and relation in ('level'::regclass, 'product'::regclass)";
    const replayed =
      "select from pg_locks where granted and mode = 'AccessExclusiveLock' and relation = 'level'::regclass";
    await eventually(async () => (await looker.query(replayed)).rowCount);
    const asked = board.call(`/api/facilities/${FACILITY}/inventory`);
    await eventually(async () => (await looker.query(waits)).rowCount);
    await holder.query("lock table product in access exclusive mode; checkpoint");
    await eventually(async () => (await holder.query(waits)).rowCount);
    await holder.query("rollback");
    const answer = await asked;
    expect([answer.status, answer.headers.get("x-read-from")]).toEqual([200, null]);
    expect(await answer.json()).toMatchObject({ items: [{ idValue: "X", onHand: 100 }] });
  } finally {
    await Promise.all([holder.end(), looker.end()]);
  }
});

it("reads from the replica, and says how old what it shows is", async () => {
  expect(await standing()).toMatchObject({ state: "current", isReadFrom: true, ageMs: expect.any(Number) });
  expect(await seen({ cookie: await board.signIn("vera") })).toMatchObject({ from: "replica", isAged: true });
  expect(await (await board.call("/metrics")).text()).toMatch(/^inventory_read_replica_in_use\{.*\} 1$/m);
});

it("shows who approved what they approved, at once, and others what the replica has", async () => {
  const [olga, vera] = [await board.signIn("olga"), await board.signIn("vera")];
  const approved = await fetch(`${board.url}/api/resets/${resetId}/facilities/${FACILITY}/approve`, {
    method: "POST",
    headers: { cookie: olga, "content-type": "application/json" },
    body: "{}",
  });
  expect(approved.status).toBe(200);
  const writtenUpTo = approved.headers.get("x-read-after") ?? "";
  const kept = (approved.headers.getSetCookie()[0] ?? "").split(";")[0];
  const [late, newest] = [
    { onHand: 100, from: "replica", isAged: true },
    { onHand: 10, from: "primary", isAged: false },
  ];
  expect(await seen({ cookie: `${olga}; ${kept}` })).toEqual(newest);
  expect(await seen({ cookie: vera })).toEqual(late);
  expect(await seen({ cookie: vera, "x-read-after": writtenUpTo })).toEqual(newest);
  expect(await seen({ cookie: vera, "x-read-after": "0/1" })).toEqual(late);
  // What somebody may decide on, and what was decided, is read from the primary by everybody.
  const { body } = await board.json("/api/audit");
  expect(body.items?.[0]).toMatchObject({ who: "olga", what: "approve a held facility" });
  expect((await board.json(`/api/resets/${resetId}`)).body).toMatchObject({ facilities: [{ state: "applied" }] });
});

it("counts as too old what the primary wrote longer ago than the limit allows", async () => {
  const primary = openDatabase({ url: servers.primary.url, name: "test" });
  const lines: string[] = [];
  const log = { info: () => undefined, warn: (_fields: object, message: string) => void lines.push(message) };
  const limits = { poolMax: 1, ageMsMax: 1_000, name: "test", log };
  const replica = openReplica({ primary, url: servers.replica.url, ...limits });
  try {
    await eventually(() => replica.standing().state === "behind");
    expect(replica.isUsable()).toBe(false);
    await eventually(() => lines.length === 1);
    expect(lines[0]).toMatch(/away or too old; the primary is read from/);
  } finally {
    await replica.close();
    await primary.close();
  }
});

it("reads from the primary when the replica is killed, and stays ready", async () => {
  const vera = await board.signIn("vera");
  await servers.replica.kill();
  expect(await seen({ cookie: vera })).toMatchObject({ onHand: 10, from: "primary" });
  await eventually(async () => (await standing()).state === "away");
  expect((await board.json("/readyz")).body).toMatchObject({ status: "ready" });
  expect(await (await board.call("/metrics")).text()).toMatch(/^inventory_read_replica_in_use\{.*\} 0$/m);
});

it("names only routes that there are as those that need the newest", () => {
  expect(NEWEST.filter((path) => !endpoints.some((each) => each.path === path))).toEqual([]);
});
