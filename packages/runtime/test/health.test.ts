/** The health server over real HTTP. */
import { afterEach, expect, test } from "vitest";
import { type Check, Counter, createMetrics, type HealthServer, serveHealth } from "../src/index.ts";

let server: HealthServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function ask(path: string, checks: Record<string, Check>, registry = createMetrics("test")): Promise<Response> {
  server ??= await serveHealth({ port: 0, host: "127.0.0.1", checks, checkDeadlineMs: 50, registry });
  return fetch(`http://127.0.0.1:${server.port}${path}`);
}

test("is alive even while nothing it needs is there", async () => {
  const response = await ask("/healthz", { queue: () => Promise.reject(new Error("gone")) });
  expect(response.status).toBe(200);
});

test("is ready when every check passes, and shows what the checks found", async () => {
  const response = await ask("/readyz", {
    queue: async () => ({ durability: "aof always" }),
    database: async () => undefined,
  });
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({
    status: "ready",
    missing: [],
    checks: { queue: { ok: true, detail: { durability: "aof always" } }, database: { ok: true } },
  });
});

test("answers 503 and names what is missing: what fails, and what does not answer in time", async () => {
  const response = await ask("/readyz", {
    sftp: async () => undefined,
    queue: async () => {
      throw new Error("refused by redis://:hunter2@h");
    },
    database: () => new Promise(() => undefined),
  });
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({
    status: "not ready",
    missing: ["queue", "database"],
    checks: {
      sftp: { ok: true },
      queue: { error: "refused by redis://:***@h" },
      database: { error: "no answer within 50 ms" },
    },
  });
});

test("a check that throws at once counts as missing too", async () => {
  const response = await ask("/readyz", {
    queue: () => {
      throw new Error("broken");
    },
  });
  expect(response.status).toBe(503);
});

test("serves the metrics in Prometheus' form, labelled with the process", async () => {
  const registry = createMetrics("worker");
  new Counter({ name: "rows_total", help: "rows", registers: [registry] }).inc(3);
  const response = await ask("/metrics", {}, registry);
  expect(response.headers.get("content-type")).toContain("text/plain");
  const text = await response.text();
  expect(text).toContain('rows_total{app="worker"} 3');
  expect(text).toContain("process_cpu_seconds_total");
});

test("answers 404 for other paths and 405 for other methods", async () => {
  expect((await ask("/secret", {})).status).toBe(404);
  expect((await fetch(`http://127.0.0.1:${server?.port}/healthz`, { method: "POST" })).status).toBe(405);
});

test("a port that is taken is an error of the start", async () => {
  await ask("/healthz", {});
  const again = serveHealth({ port: server?.port ?? 0, host: "127.0.0.1", checks: {}, registry: createMetrics("x") });
  await expect(again).rejects.toThrow("EADDRINUSE");
});
