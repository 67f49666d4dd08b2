// EVENT_SHARDS on the whole system: the number is changed while sales come, and people see one queue.
import { expect, it, onTestFinished } from "vitest";
import { eventually, startProcess, startSystem, whyNoRedis } from "../support/index.ts";
import { databaseClient } from "./database-client.ts";
import { ops } from "./operator.ts";

const EVENTS = 240;
const FACILITIES = 24;
const AT_ONCE = 8;

const sale = (index: number, quantity = 1) => ({
  ...{ eventId: `E-${index}`, facilityId: `S${index % FACILITIES}`, type: "sale" },
  ...{ occurredAt: "2026-11-01T10:00:00Z", lines: [{ sku: "X", quantity }] },
});

it.runIf(whyNoRedis() === undefined)(
  "from 1 shard to 4 and back to 2 while sales come, each sent thrice: each counts once, no shard keeps any, and people see one queue",
  async () => {
    const system = await startSystem({ backend: "redis" });
    onTestFinished(() => system.stop());
    const database = await databaseClient(system);
    onTestFinished(() => database.end());
    const post = async (port: number, body: unknown) => {
      const response = await fetch(`http://127.0.0.1:${port}/v1/events`, {
        method: "POST",
        headers: { authorization: `Bearer ${system.ingestKey}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      expect([response.status, await response.text()]).toEqual([202, expect.stringContaining("accepted")]);
    };
    const ingestOf = async (shards: number) => {
      const env = { ...system.env, DATABASE_URL: "", INGEST_PORT: "0", EVENT_SHARDS: String(shards) };
      const ingest = await startProcess("ingest", env);
      onTestFinished(async () => void (await ingest.stop()));
      return ingest;
    };
    const [four, two] = await Promise.all([ingestOf(4), ingestOf(2)]);
    const ports = [system.processes.ingest.port, four.port, two.port];
    // Each sale comes once by each of the three, the worker runs with one shard, and is started again in the middle.
    for (let from = 0; from < EVENTS; from += AT_ONCE) {
      const some = Array.from({ length: AT_ONCE }, (_, index) => sale(from + index));
      await Promise.all(some.flatMap((each) => ports.map((port) => post(port, each))));
      if (from === EVENTS / 2) await system.restart("worker");
    }
    const counted = "select count(*)::int as rows, count(distinct event_id)::int as events from movement";
    const movements = async () => (await database.rows<{ rows: number; events: number }>(counted))[0];
    await eventually(async () => (await movements())?.events === EVENTS);
    const shardsNow = async () =>
      JSON.parse((await ops(system, "shards", "--json")).output).shards as {
        readonly name: string;
        readonly workers: number;
        readonly counts: { readonly waiting: number; readonly active: number; readonly delayed: number };
      }[];
    const shards = await eventually(async () => {
      const now = await shardsNow();
      return now.every(({ counts: { waiting, active, delayed } }) => waiting + active + delayed === 0)
        ? now
        : undefined;
    });
    expect(shards.map(({ name }) => name)).toEqual(["events", "events-1", "events-2", "events-3"]);
    expect(shards.filter(({ workers }) => workers === 0)).toEqual([]);
    expect(await movements()).toEqual({ rows: EVENTS, events: EVENTS });

    const ready = (await (await fetch(`http://127.0.0.1:${four.port}/readyz`)).json()) as {
      readonly checks: { readonly queue: { readonly detail: { durability: string; shards: { name: string }[] } } };
    };
    expect(ready).toMatchObject({ status: "ready", checks: { queue: { detail: { ok: true } } } });
    expect(ready.checks.queue.detail.durability).toMatch(/, in 4 shards$/);
    expect(ready.checks.queue.detail.shards.map(({ name }) => name)).toEqual(shards.map(({ name }) => name));

    // The same receipts with other contents fail, in all shards.
    for (let index = 0; index < FACILITIES; index += 1) await post(four.port, sale(index, 7));
    const failed = async () => {
      const { items } = (await (await system.board("/api/jobs/failed?limit=100")).json()) as {
        readonly items: { readonly queue: string; readonly shard?: number }[];
      };
      return items.length === FACILITIES ? items : undefined;
    };
    const items = await eventually(failed);
    expect(new Set(items.map(({ queue }) => queue))).toEqual(new Set(["events"]));
    expect(new Set(items.map(({ shard = 0 }) => shard))).toEqual(new Set([0, 1, 2, 3]));
    const listed = (await (await system.board("/queues/api/queues")).json()) as {
      readonly queues: { readonly name: string }[];
    };
    expect(listed.queues.map(({ name }) => name)).toEqual(expect.arrayContaining(["events", "events-3", "resets"]));
    const put = (path: string) =>
      fetch(`${system.boardUrl}/queues/api/queues/${path}`, {
        method: "PUT",
        headers: { authorization: `Bearer ${system.boardToken}` },
      });
    const inThree = items.filter(({ shard }) => shard === 3).length;
    expect(await (await put("events-3/retry/failed")).json()).toEqual({ retried: inThree, skipped: 0 });
    expect((await put("events-3/clean/failed")).status).toBe(409);
  },
);
