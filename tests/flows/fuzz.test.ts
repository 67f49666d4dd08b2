// Whatever comes in by whichever door: never a 500, never an event loop that is kept busy out of proportion, and the same
// processes at the end. What chance does depends on a seed: FUZZ_SEED=<seed> repeats a run, and findings are shrunk.
import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chosenSeed } from "../support/config.ts";
import { eventually, type System, startSystem, whyNoRedis } from "../support/index.ts";
import { busyDuring } from "./busy-time.ts";
import { bodiesFor, costly, doors } from "./fuzz-bodies.ts";
import { hostileCalls, type Operations } from "./fuzz-calls.ts";
import { hostileSnapshots } from "./fuzz-files.ts";
import { type SftpClient, sftpClient } from "./sftp-client.ts";

const seed = chosenSeed();
const bodiesPerDoor = 250;
const boardCalls = 500;
/** What the event loop may be kept busy for each 100 KB, begun ones counted. */
const busyMsPer100Kb = 50;
const costlyBytes = 100_000;
/** A hundred faults, each with its place. */
const answerLengthMax = 200_000;
/** Something else may cost now and then: a collection of garbage, code that is compiled. */
const triesMax = 4;
/** A file passes a database, so there is more to it than reading. */
const fileMsUsual = 1_500;
/** More than it takes on a busy machine; what is cut short has not been tried, and fails. */
const chanceMsMax = 120_000;
const byChance = { seed, interruptAfterTimeLimit: chanceMsMax, markInterruptAsFailure: true };

const allowedMs = (bytes: number): number => busyMsPer100Kb * Math.max(1, Math.ceil(bytes / 100_000));

interface Sent {
  readonly status: number;
  readonly text: string;
}

let system: System;
let files: SftpClient;
let pids: readonly number[];
const pidsOf = (): number[] => Object.values(system.processes).map(({ pid }) => pid);

beforeAll(async () => {
  system = await startSystem({ backend: whyNoRedis() === undefined ? "redis" : "postgres" });
  files = await sftpClient(system.sftp.url);
  pids = pidsOf();
  await system.putSnapshot("first-20261101T080000Z.csv", "store,sku,qty\nS1,X,5\nS1,Y,5\nS2,X,5\n");
  await system.board("/api/resets", {});
  await eventually(async () => (await system.board("/api/facilities/S2/inventory/SKU/X")).status === 200);
});
afterAll(async () => {
  files?.end();
  await system?.stop();
});

async function send(url: string, init: RequestInit): Promise<Sent & { retryAfterMs: number }> {
  const response = await fetch(url, init);
  const retryAfterMs = Number(response.headers.get("retry-after") ?? 1) * 1_000;
  return { status: response.status, text: await response.text(), retryAfterMs };
}

/** Sends it until it was as quick as it may be, or has been slow each time. */
async function sendBusy(pid: number, bytes: number, sending: () => Promise<Sent>): Promise<Sent & { busyMs: number }> {
  let least = Number.POSITIVE_INFINITY;
  for (let turn = 1; ; turn += 1) {
    const { ms, result } = await busyDuring(pid, sending);
    least = Math.min(least, ms);
    if (least <= allowedMs(bytes) || turn === triesMax || ms > 20 * allowedMs(bytes))
      return { ...result, busyMs: least };
  }
}

function expectGood({ status, text, busyMs }: Sent & { busyMs: number }, bytes: number): void {
  expect(status, text.slice(0, 500)).toBeLessThan(500);
  expect(busyMs, `ms for ${bytes} bytes, answered with ${status}`).toBeLessThanOrEqual(allowedMs(bytes));
}

/** POSTs to ingest; a client that was too quick waits as long as it is told to. */
async function post(path: string, contentType: string, body: string | Buffer): Promise<Sent> {
  const headers = { authorization: `Bearer ${system.ingestKey}`, "content-type": contentType };
  const init = { method: "POST", headers, body: new Uint8Array(Buffer.from(body)) };
  for (;;) {
    const sent = await send(`${system.ingestUrl}${path}`, init);
    if (sent.status !== 429) return sent;
    await delay(sent.retryAfterMs);
  }
}

describe(`by chance (FUZZ_SEED=${seed})`, () => {
  test.each(doors)(
    "what is nearly right at $path as $contentType is answered in time and never with a 500",
    async (door) => {
      const right = await post(door.path, door.contentType, JSON.stringify(door.document));
      expect(right.status, right.text).toBeLessThan(300);
      const property = fc.asyncProperty(bodiesFor(door), async (body) => {
        const sent = await sendBusy(system.processes.ingest.pid, body.length, () =>
          post(door.path, door.contentType, body),
        );
        expectGood(sent, body.length);
      });
      await fc.assert(property, { ...byChance, numRuns: bodiesPerDoor });
    },
  );

  test("the board's calls with odd names, parameters, cursors and bodies are never answered with a 500", async () => {
    const document = (await (await system.board("/openapi.json")).json()) as { paths: Operations };
    const cursors: string[] = [];
    for (const path of ["/api/facilities", "/api/audit", "/api/facilities/S1/inventory", "/api/resets"]) {
      const page = (await (await system.board(`${path}?limit=1`)).json()) as { nextCursor?: string | null };
      if (typeof page.nextCursor === "string") cursors.push(page.nextCursor);
    }
    expect(cursors.length).toBeGreaterThan(0);
    const headers = { authorization: `Bearer ${system.boardToken}`, "content-type": "application/json" };
    const property = fc.asyncProperty(hostileCalls(document.paths, cursors), async ({ method, target, body }) => {
      const bytes = target.length + (body?.length ?? 0);
      const init: RequestInit = { method, headers, redirect: "manual", ...(body !== undefined && { body }) };
      const sent = await sendBusy(system.processes.board.pid, bytes, () => send(`${system.boardUrl}${target}`, init));
      expectGood(sent, bytes);
    });
    await fc.assert(property, { ...byChance, numRuns: boardCalls });
  });
});

describe("made to be costly", () => {
  test.each(Object.keys(costly))("%s, at every door, takes ingest no longer than its size allows", async (what) => {
    const body = costly[what]?.(costlyBytes) ?? "";
    expect(body.length).toBeGreaterThan(costlyBytes / 2);
    for (const { path, contentType } of doors) {
      const sent = await sendBusy(system.processes.ingest.pid, body.length, () => post(path, contentType, body));
      expectGood(sent, body.length);
      expect(sent.status).toBeGreaterThanOrEqual(400);
      expect(sent.text.length).toBeLessThan(answerLengthMax);
    }
  });

  test.each(hostileSnapshots)(
    "a file with $what leaves incoming/ as quickly as any other",
    async ({ name, content, beside = {} }) => {
      for (const [ending, text] of Object.entries(beside)) await files.write(`incoming/${name}${ending}`, text);
      await files.upload(name, content);
      const startedAt = performance.now();
      const { ms } = await busyDuring(system.processes.worker.pid, async () => {
        const begun = await system.board("/api/resets", {});
        expect(begun.status, await begun.text()).toBeLessThan(500);
        await eventually(async () => !(await files.list("incoming")).includes(name));
      });
      expect(ms).toBeLessThanOrEqual(fileMsUsual + allowedMs(content.length));
      expect(performance.now() - startedAt).toBeLessThan(30_000);
    },
  );
});

test("all processes are the same ones at the end, and well", async () => {
  expect(pidsOf()).toEqual(pids);
  for (const pid of pids) expect(() => process.kill(pid, 0)).not.toThrow();
  expect((await fetch(`${system.ingestUrl}/healthz`)).status).toBe(200);
  expect((await fetch(`${system.boardUrl}/healthz`)).status).toBe(200);
  const event = { eventId: "last", facilityId: "S2", type: "sale", occurredAt: "2026-11-02T10:00:00Z" };
  expect((await system.postEvents({ ...event, lines: [{ sku: "X", quantity: 1 }] })).status).toBe(202);
  await eventually(async () => (await system.board("/api/facilities/S2/events/last")).status === 200);
});
