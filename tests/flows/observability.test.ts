// What the three processes tell of themselves while they run: every metric of docs/metrics.md and no other, the history of
// minutes, and traces from a POST to its commit.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startShop } from "../shops/start-shop.ts";
import { eventually, type System, startSystem, whyNoRedis } from "../support/index.ts";
import { metricRows } from "../support/monitoring.ts";
import { databaseClient } from "./database-client.ts";
import { type Outside, outsideOf } from "./outside.ts";
import { type Collector, type SpanSeen, startCollector } from "./trace-collector.ts";

let system: System;
let outside: Outside;
let collector: Collector;

beforeAll(async () => {
  collector = await startCollector();
  system = await startSystem({
    backend: whyNoRedis() === undefined ? "redis" : "postgres",
    env: { WORKER_PORT: "0", OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: "200" },
  });
  outside = await outsideOf(system);
});
afterAll(async () => {
  outside?.end();
  await system?.stop();
  await collector?.stop();
});

const occurredAt = new Date(Date.now() - 5_000).toISOString();
const sale = (eventId: string, quantity = 1) => ({
  ...{ eventId, facilityId: "M1", type: "sale", occurredAt },
  lines: [{ sku: "X", quantity }],
});

type App = "ingest" | "worker" | "board";

/** What a process tells at /metrics: the board of the facilities, too, for it is asked with its token. */
async function told(app: App, authorization = `Bearer ${system.boardToken}`): Promise<string> {
  const port = system.processes[app].port;
  return (await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { authorization } })).text();
}

test("metrics: each of the page is told by its process, with its kind and its labels, and none is missing there", async () => {
  await system.postEvents([sale("m-1"), sale("m-2")]);
  await outside.applied("M1", "m-2");
  // With a third one, or the queue would know the job by its events.
  await system.postEvents([sale("m-1", 2), sale("m-2"), sale("m-3")]);
  await eventually(async () => (await told("worker")).includes('code="EVENT_ID_REUSED"'));
  const rows = metricRows();
  for (const app of ["ingest", "worker", "board"] as const) {
    const text = await told(app);
    const types = new Map([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = "", kind = ""]) => [name, kind]));
    for (const name of [
      "process_cpu_seconds_total",
      "process_resident_memory_bytes",
      "nodejs_eventloop_lag_p99_seconds",
    ])
      expect(types.has(name)).toBe(true);
    const own = [...types].filter(([name]) => !/^(nodejs|process)_/.test(name));
    const expected = rows.filter((row) => row.app === app);
    expect(Object.fromEntries(own)).toEqual(Object.fromEntries(expected.map(({ name, kind }) => [name, kind])));
    for (const { name, labels } of expected) {
      const series = [...text.matchAll(new RegExp(`^${name}(?:_bucket|_sum|_count)?\\{(.*)\\} `, "gm"))];
      const found = series.flatMap(([, list = ""]) => [...list.matchAll(/(\w+)="/g)].map(([, label]) => label ?? ""));
      expect({ name, more: found.filter((label) => !["app", "le", ...labels].includes(label)) }).toEqual({
        name,
        more: [],
      });
    }
  }
  expect(await told("worker")).toMatch(/inventory_receipt_to_commit_seconds_count\{app="worker"\} 3\n/);
  expect(await told("worker")).toMatch(/inventory_receipt_to_commit_seconds_bucket\{le="\+Inf",app="worker"\} 3\n/);
  expect(await told("board")).toMatch(/inventory_facilities_needing_attention\{state="held",app="board"\} 0\n/);
});

test("what needs no key names no facility, whoever asks", async () => {
  for (const app of ["ingest", "worker", "board"] as const) {
    const port = system.processes[app].port;
    for (const path of ["/metrics", "/healthz", "/readyz"]) {
      const text = await (await fetch(`http://127.0.0.1:${port}${path}`)).text();
      expect([app, path, text.includes("M1")]).toEqual([app, path, false]);
    }
  }
  expect(await told("board", "Bearer wrong")).not.toContain("facility=");
});

test("the history of minutes has what was sold", async () => {
  const database = await databaseClient(system);
  const sums = "select sum(sales)::int as sales, sum(duplicates)::int as duplicates from activity_minute";
  try {
    await eventually(async () => {
      const [recorded] = await database.rows<{ sales: number; duplicates: number }>(sums);
      expect(recorded?.sales).toBe(3);
      // A job that a busy worker loses runs again, which makes duplicates of its own.
      expect(recorded?.duplicates).toBeGreaterThanOrEqual(1);
      return true;
    });
  } finally {
    await database.end();
  }
});

test("a trace leads from the POST that the client traces to the commit, which is linked with it, and on to what a channel is told", async () => {
  const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
  const shop = await startShop("webhook-receiver", { secret });
  await writeFile(join(system.dataDir, "shop-secret"), secret);
  const channel = {
    ...{ name: "shop", kind: "webhook", url: shop.url, secret: { file: join(system.dataDir, "shop-secret") } },
    ...{ allowPrivateAddresses: true, facilities: "*", products: { idType: "SKU" } },
  };
  await writeFile(join(system.dataDir, "channels.json"), JSON.stringify({ channels: [channel] }));
  // Told all levels once: what comes then is told for itself.
  await eventually(async () => {
    const response = await system.board("/api/channels/shop");
    return response.status === 200 && ((await response.json()) as { published: number }).published > 0;
  });
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  const send = () =>
    fetch(`${system.ingestUrl}/v1/events`, {
      method: "POST",
      headers: {
        ...{ authorization: `Bearer ${system.ingestKey}`, "content-type": "application/json" },
        traceparent: `00-${traceId}-b7ad6b7169203331-01`,
      },
      body: JSON.stringify(sale("t-1")),
    });
  // On a busy machine the queue may be late to answer; the till sends the same again then.
  await eventually(async () => (await send()).status === 202);
  const inTrace = (name: string): SpanSeen | undefined =>
    collector.spans().find((span) => span.traceId === traceId && span.name === name);
  const links = (span: SpanSeen) => (span.links ?? []).map((link) => link.traceId);
  const commit = await eventually(() =>
    collector.spans().find((span) => span.name === "commit events" && links(span).includes(traceId)),
  );
  const post = await eventually(() => inTrace("POST /v1/events"));
  expect(post.parentSpanId).toBe("b7ad6b7169203331");
  const run = await eventually(() => collector.spans().find((span) => span.spanId === commit.links?.[0]?.spanId));
  expect(run).toMatchObject({ traceId, parentSpanId: post.spanId, service: "inventory-sync-worker" });
  expect(post.service).toBe("inventory-sync-ingest");
  expect(links(run)).toContain(commit.traceId);
  expect(BigInt(commit.endTimeUnixNano)).toBeGreaterThan(BigInt(post.startTimeUnixNano));
  expect(BigInt(run.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(commit.endTimeUnixNano) - 1_000_000n);
  const told = await eventually(() =>
    collector.spans().find(({ name, parentSpanId }) => name === "tell shop" && parentSpanId === commit.spanId),
  );
  expect(told).toMatchObject({ traceId: commit.traceId, service: "inventory-sync-worker" });
  expect(BigInt(told.startTimeUnixNano)).toBeGreaterThan(BigInt(commit.startTimeUnixNano));
  const levels = await shop.control<{ idValue: string; facilityId: string }[]>("levels");
  expect(levels).toMatchObject([{ facilityId: "M1", idValue: "X" }]);
  await shop.kill();
});
