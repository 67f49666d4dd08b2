// How much a client may send: its own limit or that of all, over all of its connections and over all processes of ingest.
import { createLog } from "@inventory-sync/runtime";
import { describe, expect, it, onTestFinished } from "vitest";
import { eachBackend, eventually, freshRedis, whyNoRedis } from "../../../tests/support/index.ts";
import { createRateLimit } from "../src/rate-limit.ts";
import { type Answer, type IngestProcess, startIngestProcess, writeClients } from "./ingest-process.ts";

const sale = {
  ...{ eventId: "e-1", facilityId: "S001", type: "sale", occurredAt: "2026-11-23T10:15:00Z" },
  lines: [{ sku: "A", quantity: 1 }],
};

describe("a bucket of one process", () => {
  const at = (requestsPerSecondMax: number) => {
    const clock = { nowMs: 0 };
    const log = createLog({ name: "test", settings: { level: "silent", format: "json" } });
    const limit = createRateLimit({
      requestsPerSecondMax,
      bytesPerSecondMax: 1_000,
      shared: undefined,
      log,
      now: () => clock.nowMs,
    });
    const letIn = (requests: number, client: { name: string; requestsPerSecondMax?: number } = { name: "pos" }) =>
      Array.from({ length: requests }, () => {
        try {
          limit.take(client);
          return 1;
        } catch {
          return 0;
        }
      }).reduce<number>((sum, each) => sum + each, 0);
    /** After how many milliseconds a body may be read; undefined when it is refused. */
    const waitMs = (bytes: number, name = "pos"): number | undefined => {
      try {
        return limit.takeBytes({ name }, bytes);
      } catch {
        return undefined;
      }
    };
    return { clock, letIn, waitMs, noteBytes: limit.noteBytes };
  };

  it("lets an eighth of a second's bytes in at once, slows what comes then to their rate, and refuses what would wait long", () => {
    const { clock, waitMs, noteBytes } = at(10);
    expect(waitMs(125)).toBe(0);
    expect(waitMs(500)).toBe(500);
    expect(waitMs(1_500)).toBe(2_000);
    expect(waitMs(1)).toBeUndefined();
    expect(waitMs(125, "another")).toBe(0);
    clock.nowMs = 3_000;
    expect(waitMs(1_000)).toBe(875);
    clock.nowMs = 4_000;
    // Of a body in chunks the size is known at its end only.
    noteBytes({ name: "pos" }, 4_000);
    expect(waitMs(0)).toBeUndefined();
    clock.nowMs = 8_000;
    expect(waitMs(0)).toBe(0);
  });

  it("lets a second's worth in at once, and then its rate", () => {
    const { clock, letIn } = at(10);
    expect(letIn(25)).toBe(10);
    clock.nowMs = 100;
    expect(letIn(25)).toBe(1);
    clock.nowMs = 1_100;
    expect(letIn(25)).toBe(10);
    clock.nowMs = 1_000_000;
    expect(letIn(25)).toBe(10);
  });

  it("is another for each client, and as large as the client's own limit", () => {
    const { letIn } = at(10);
    expect(letIn(25, { name: "a" })).toBe(10);
    expect(letIn(25, { name: "b" })).toBe(10);
    expect(letIn(25, { name: "c", requestsPerSecondMax: 3 })).toBe(3);
    expect(letIn(25, { name: "d", requestsPerSecondMax: 20 })).toBe(20);
  });
});

async function refusedOf(ingest: IngestProcess, key: string): Promise<{ accepted: number; refused: Answer[] }> {
  const headers = { authorization: `Bearer ${key}` };
  const answers = await Promise.all(Array.from({ length: 12 }, () => ingest.post("/v1/events", sale, headers)));
  const refused = answers.filter(({ status }) => status === 429);
  return { accepted: answers.filter(({ status }) => status === 202).length, refused };
}

eachBackend("a client with a limit of its own", (backend) => {
  it("is held to it, is told when to come back, and gets another one without a restart", async () => {
    const server = await backend.freshQueueServer();
    const own = { name: "small", keys: ["isk_small"], requestsPerSecondMax: 2 };
    const ingest = await startIngestProcess({ queueUrl: server.url, clients: [own] });
    onTestFinished(async () => {
      await ingest.stop();
      await server.drop();
    });
    const { accepted, refused } = await refusedOf(ingest, "isk_small");
    expect(accepted).toBeGreaterThanOrEqual(2);
    expect(refused.length).toBeGreaterThan(5);
    expect(refused[0]?.body).toMatchObject({ type: "/docs#too-many-requests", status: 429 });
    expect(refused[0]?.body.detail).toContain("Client small may send 2 requests a second");
    expect(refused[0]?.headers.get("retry-after")).toMatch(/^[1-9]\d*$/);
    expect((await refusedOf(ingest, ingest.key)).refused).toEqual([]);

    const clients = [
      { name: "all", keys: [ingest.key] },
      { ...own, requestsPerSecondMax: 1_000 },
    ];
    await writeClients(ingest.clientsFile, clients);
    await eventually(async () => (await refusedOf(ingest, "isk_small")).refused.length === 0);
  });
});

describe.skipIf(whyNoRedis() !== undefined)("two processes of ingest on one Redis", () => {
  const perSecond = 20;
  const forMs = 4_000;

  it("hold a client to its limit together", async () => {
    const redis = await freshRedis();
    const env = { INGEST_REQUESTS_PER_SECOND_MAX: String(perSecond) };
    const clients = [{ name: "till", keys: ["isk_till"] }];
    const processes = await Promise.all([1, 2].map(() => startIngestProcess({ queueUrl: redis.url, clients, env })));
    onTestFinished(async () => {
      await Promise.all(processes.map((ingest) => ingest.stop()));
      await redis.drop();
    });
    const headers = { authorization: "Bearer isk_till" };
    const startedAt = Date.now();
    const counts = await Promise.all(
      processes.map(async (ingest) => {
        let accepted = 0;
        while (Date.now() - startedAt < forMs) {
          const answer = await ingest.post("/v1/events", sale, headers);
          if (answer.status === 202) accepted += 1;
          else expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, "1"]);
        }
        return accepted;
      }),
    );
    const accepted = counts.reduce((sum, each) => sum + each, 0);
    const allowed = perSecond + perSecond * ((Date.now() - startedAt) / 1_000);
    expect(accepted).toBeGreaterThan(allowed * 0.6);
    // Each for itself would have let in twice as many.
    expect(accepted).toBeLessThan(allowed * 1.4);
  });
});

it("while Redis is away each process holds to the limit by itself", async () => {
  const env = { INGEST_REQUESTS_PER_SECOND_MAX: "3" };
  const ingest = await startIngestProcess({ queueUrl: "redis://127.0.0.1:1", env });
  onTestFinished(() => ingest.stop());
  const answers = await Promise.all(Array.from({ length: 12 }, () => ingest.post("/v1/events", sale)));
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 503).length).toBeGreaterThanOrEqual(3);
  expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(5);
});
