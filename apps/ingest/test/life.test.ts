// Ingest as a process: its settings, a queue that is away or forgetful, requests that never end, and its stop.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findRedisServer, freePort, type PrivateServer, startRedis } from "@inventory-sync/local";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eachBackend, emptyDatabase, eventually, startProcess } from "../../../tests/support/index.ts";
import { readIngestConfig } from "../src/config.ts";
import { type IngestProcess, startIngestProcess } from "./ingest-process.ts";
import { openConnection, openRequest } from "./raw-connection.ts";

const sale = {
  ...{ eventId: "e-1", facilityId: "S001", type: "sale", occurredAt: "2026-11-23T10:15:00Z" },
  lines: [{ sku: "A", quantity: 1 }],
};

it("listens where only this machine reaches it, unless told otherwise", () => {
  const env = { QUEUE_URL: "redis://127.0.0.1:1" };
  expect(readIngestConfig(env).host).toBe("127.0.0.1");
  expect(readIngestConfig({ ...env, INGEST_HOST: "0.0.0.0" }).host).toBe("0.0.0.0");
});

describe("wrong settings", () => {
  it("are all named at once, with exit code 78", async () => {
    const env = {
      INGEST_PORT: "many",
      PRISM_STORE_FIELD: "name",
      PRISM_ITEM_FIELDS: "alu,upc",
      ALLOW_VOLATILE_QUEUE: "maybe",
    };
    const failure = await startProcess("ingest", env).then(
      () => undefined,
      (error: { exit?: unknown; output?: string }) => error,
    );
    expect(failure?.exit).toBe(78);
    for (const name of ["INGEST_PORT", "QUEUE_URL", "PRISM_STORE_FIELD", "PRISM_ITEM_FIELDS", "ALLOW_VOLATILE_QUEUE"]) {
      expect(failure?.output).toContain(name);
    }
  });
});

const program = findRedisServer();

describe.skipIf(program === undefined)("a Redis", () => {
  let folder: string;
  let ingest: IngestProcess | undefined;
  let redis: PrivateServer | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "inventory-sync-redis-"));
  });
  afterEach(async () => {
    await ingest?.stop();
    await redis?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const start = async (settings: Record<string, string> = {}, port?: number): Promise<PrivateServer> => {
    redis = await startRedis({
      dataDir: folder,
      program: program ?? "",
      settings,
      ...(port !== undefined && { port }),
    });
    return redis;
  };

  it("that goes away and comes back is answered with 503 and nothing accepted, then with 202", async () => {
    const { url, port } = await start();
    ingest = await startIngestProcess({ queueUrl: url });
    expect((await ingest.post("/v1/events", sale)).status).toBe(202);

    await redis?.kill();
    // The very first one may still be on its way into the broken connection.
    expect((await ingest.post("/v1/events", { ...sale, eventId: "e-2" })).status).toBe(503);
    await eventually(async () => (await ingest?.get("/readyz"))?.status === 503);
    const refused = await ingest.post("/v1/events", { ...sale, eventId: "e-2" });
    expect(refused).toMatchObject({ status: 503, body: { type: "/docs#queue-unavailable" } });
    expect(refused.body.detail).toMatch(/^Nothing was accepted/);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await ingest.get("/healthz")).status).toBe(200);
    expect((await ingest.get("/readyz")).body).toMatchObject({ status: "not ready", missing: ["queue"] });
    const told = ingest.process.output().length;
    expect((await ingest.post("/v1/events", { ...sale, eventId: "e-2" })).status).toBe(503);
    expect(ingest.process.output().slice(told), "the outage is told already").not.toContain(
      "could not take the events",
    );

    await start({}, port);
    const again = { ...sale, eventId: "e-3" };
    await eventually(async () => (await ingest?.post("/v1/events", again))?.status === 202);
    await eventually(async () => (await ingest?.get("/readyz"))?.status === 200);
    // The test's own connection comes back at its own time.
    const queued = await eventually(async () => ingest?.queued());
    expect(queued.map(({ eventId }) => eventId)).toEqual(expect.arrayContaining(["e-1", "e-3"]));
    expect((await ingest.get("/metrics")).text).toMatch(/ingest_queue_refusals_total\{app="ingest"\} [1-9]/);
  });

  it("that takes a request and says nothing is no reason to say that nothing was accepted: it may be, and counts once", async () => {
    const { url, pid } = await start();
    ingest = await startIngestProcess({ queueUrl: url });
    expect((await ingest.post("/v1/events", sale)).status).toBe(202);
    process.kill(pid, "SIGSTOP");
    const event = { ...sale, eventId: "e-frozen" };
    const unanswered = await ingest.post("/v1/events", event);
    process.kill(pid, "SIGCONT");
    expect(unanswered).toMatchObject({ status: 503, body: { type: "/docs#queue-unavailable" } });
    expect(unanswered.body.detail).toMatch(
      /^It is not certain that anything was accepted: .* Sent again with the same event ids/,
    );
    await eventually(async () => (await ingest?.post("/v1/events", event))?.status === 202);
    const queued = await eventually(async () => ingest?.queued());
    expect(queued.filter(({ eventId }) => eventId === "e-frozen")).toHaveLength(1);
  });

  it("that is not there at the start is waited for, while ingest lives", async () => {
    const { url, port } = await start();
    await redis?.stop();
    ingest = await startIngestProcess({ queueUrl: url });
    expect((await ingest.get("/healthz")).status).toBe(200);
    expect((await ingest.post("/v1/events", sale)).status).toBe(503);
    await start({}, port);
    await eventually(async () => (await ingest?.post("/v1/events", sale))?.status === 202);
    expect(await ingest.queued()).toHaveLength(1);
  });

  it("that forgets at a restart is given no event, unless that is allowed", async () => {
    const { url } = await start({ appendonly: "no" });
    ingest = await startIngestProcess({ queueUrl: url });
    const refused = await ingest.post("/v1/events", sale);
    expect([refused.status, refused.body.detail]).toEqual([
      503,
      expect.stringMatching(/appendonly is off.*ALLOW_VOLATILE_QUEUE/),
    ]);
    expect((await ingest.get("/readyz")).status).toBe(503);
    expect(await ingest.queued()).toEqual([]);
    await ingest.stop();

    ingest = await startIngestProcess({ queueUrl: url, env: { ALLOW_VOLATILE_QUEUE: "true" } });
    expect((await ingest.post("/v1/events", sale)).status).toBe(202);
    expect((await ingest.get("/readyz")).body.checks.queue.detail.warnings).toEqual([
      expect.stringContaining("appendonly is off"),
    ]);
  });
});

eachBackend("requests", (backend) => {
  it("past the number that may be worked on at once are answered with 503", async () => {
    const server = await backend.freshQueueServer();
    const ingest = await startIngestProcess({ queueUrl: server.url, env: { INGEST_IN_FLIGHT_MAX: "1" } });
    const slow = openRequest(ingest, '{"eventId":');
    const refused = await eventually(async () => {
      const answer = await ingest.post("/v1/events", sale);
      return answer.status === 503 ? answer : undefined;
    });
    expect(refused.body.type).toBe("/docs#busy");
    expect(refused.headers.get("retry-after")).toBe("1");
    slow.end();
    await eventually(async () => (await ingest.post("/v1/events", sale)).status === 202);
    await ingest.stop();
    await server.drop();
  });

  it("that run when the process is told to stop are finished, and no other begins", async () => {
    const server = await backend.freshQueueServer();
    const ingest = await startIngestProcess({ queueUrl: server.url });
    const body = JSON.stringify(sale);
    const slow = openRequest(ingest, body.slice(0, 20), body.length);
    await eventually(async () =>
      (await ingest.get("/metrics")).text.includes('ingest_requests_in_flight{app="ingest"} 1'),
    );
    const stopped = ingest.process.stop();
    await eventually(() =>
      ingest.get("/healthz").then(
        () => false,
        () => true,
      ),
    );
    slow.write(body.slice(20));
    expect(await slow.answer).toMatch(/^HTTP\/1\.1 202 /);
    await stopped;
    expect(await ingest.process.exited).toBe(0);
    expect(await ingest.queued()).toHaveLength(1);
    await ingest.stop();
    await server.drop();
  });
});

describe("what is not HTTP", () => {
  it("is refused as a problem too", async () => {
    const database = await emptyDatabase();
    const ingest = await startIngestProcess({ queueUrl: database.url });
    for (const [sent, status] of [
      ["NONSENSE\r\n\r\n", 400],
      [`GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(20_000)}\r\n\r\n`, 431],
    ] as const) {
      const connection = openConnection(ingest);
      connection.write(sent);
      const answer = await connection.answer;
      expect(answer).toContain(`HTTP/1.1 ${status} `);
      expect(answer).toContain("application/problem+json");
    }
    await ingest.stop();
    await database.drop();
  });
});

it("a port that is taken ends the process with a line that says so", async () => {
  const port = await freePort();
  const database = await emptyDatabase();
  const first = await startIngestProcess({ queueUrl: database.url, env: { INGEST_PORT: String(port) } });
  await expect(startIngestProcess({ queueUrl: database.url, env: { INGEST_PORT: String(port) } })).rejects.toThrow(
    "EADDRINUSE",
  );
  await first.stop();
  await database.drop();
});
