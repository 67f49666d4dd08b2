// More than the system can take, ten times over: what is too much is refused at once and says when to come back, what was
// accepted counts once, and a till that sends little is heard all the while.
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eachBackend, eventually, type System, startSystem } from "../support/index.ts";
import { type Outside, outsideOf } from "./outside.ts";

/** Requests that may be worked on at once. */
const inFlightMax = 8;
const floodPerSecond = 2;
// Short with the other tests; OVERLOAD_SECONDS=30 npm test -- tests/flows/overload for the long form.
const floodMs = Number(process.env.OVERLOAD_SECONDS ?? "3") * 1_000;
const floodConnections = 12;
/** Requests at once of a client that brings as much in each as is allowed. */
const heavyAtOnce = 10 * inFlightMax;
const heavyEvents = 100;
const heavyBreathMs = 200;
const timesTooMuch = 10;
const tillEveryMs = 100;
/** What the till may wait, as against an idle system: so many times as long, and what a busy machine adds. */
const slowerTimesMax = 10;
const busyMachineMs = 1_000;
const memoryGrowthBytesMax = 300_000_000;
const drainMsMax = 120_000;
const stepMsMax = 120_000;

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly tookMs: number;
}

const keys = { till: "key-of-the-till", flood: "key-of-the-flood", heavy: "key-of-the-heavy" };
type Name = keyof typeof keys;

eachBackend("ten times too much", ({ kind }) => {
  let system: System;
  let outside: Outside;
  const agent = new Agent({ keepAlive: true, maxSockets: 2 * (floodConnections + heavyAtOnce) });

  beforeAll(async () => {
    system = await startSystem({ backend: kind, env: { INGEST_IN_FLIGHT_MAX: String(inFlightMax) } });
    outside = await outsideOf(system);
    const client = (name: Name) => ({
      ...{ name, keys: [createHash("sha256").update(keys[name]).digest("hex")], facilities: "*", types: "*" },
      ...(name === "flood" && { requestsPerSecondMax: floodPerSecond }),
    });
    const clients = Object.keys(keys).map((name) => client(name as Name));
    await writeFile(system.env.INGEST_CLIENTS_FILE ?? "", JSON.stringify({ clients }));
    await eventually(async () => (await post("till", sales("warm", 1))).status === 202);
  });
  afterAll(async () => {
    agent.destroy();
    outside?.end();
    await system?.stop();
  });

  /** POSTs over connections of our own, so that no client library holds anything back. */
  const post = (client: Name, events: object[]): Promise<Answer> => {
    const body = JSON.stringify(events);
    const headers = {
      ...{ authorization: `Bearer ${keys[client]}`, "content-type": "application/json" },
      "content-length": Buffer.byteLength(body),
    };
    const startedAt = performance.now();
    return new Promise((resolve, reject) => {
      const sent = request(`${system.ingestUrl}/v1/events`, { agent, method: "POST", headers }, (response) => {
        const { statusCode: status = 0, headers: got } = response;
        response.resume();
        response.once("end", () =>
          resolve({ status, retryAfter: got["retry-after"], tookMs: performance.now() - startedAt }),
        );
      });
      sent.once("error", reject);
      sent.end(body);
    });
  };
  const memoryBytes = async (): Promise<number> => {
    const text = await (await fetch(`${system.ingestUrl}/metrics`)).text();
    return Number(/^process_resident_memory_bytes\S* (\S+)$/m.exec(text)?.[1]);
  };
  /** Sends one sale every so often, as a till does, until told otherwise. */
  const till = async (facilityId: string, until: () => boolean): Promise<Answer[]> => {
    const answers: Answer[] = [];
    while (!until()) {
      answers.push(await post("till", sales(facilityId, 1)));
      await new Promise((resolve) => setTimeout(resolve, tillEveryMs));
    }
    return answers;
  };

  test("is refused, but for what fits; a till is heard all the while, and everything accepted counts once", {
    timeout: stepMsMax,
  }, async () => {
    const idleUntil = Date.now() + 1_000;
    const idle = await till("IDLE", () => Date.now() > idleUntil);
    const memoryBefore = await memoryBytes();

    const until = Date.now() + floodMs;
    const over = () => Date.now() > until;
    const repeat = async (client: Name, events: () => object[]): Promise<Answer[]> => {
      const answers: Answer[] = [];
      while (!over()) {
        const answer = await post(client, events());
        answers.push(answer);
        // The flood comes back at once, whatever it was told; the heavy one takes a breath, or it would be a flood too.
        if (client === "heavy") await new Promise((resolve) => setTimeout(resolve, heavyBreathMs));
      }
      return answers;
    };
    const [heard, floods, heavies] = await Promise.all([
      till("TILL", over),
      Promise.all(Array.from({ length: floodConnections }, () => repeat("flood", () => sales("FLOOD", 1)))),
      Promise.all(Array.from({ length: heavyAtOnce }, () => repeat("heavy", () => sales("HEAVY", heavyEvents)))),
    ]);
    const [flood, heavy] = [floods.flat(), heavies.flat()];
    const memoryAfter = await memoryBytes();

    const counted = { heard: tally(heard), flood: tally(flood), heavy: tally(heavy) };
    const said = JSON.stringify(counted);
    const floodAllowed = floodPerSecond * (1 + (Date.now() - until + floodMs) / 1_000);
    expect(flood.length, said).toBeGreaterThan(timesTooMuch * floodPerSecond * (floodMs / 1_000));
    expect(counted.flood[202], said).toBeLessThanOrEqual(floodAllowed);
    expect(counted.flood[429], said).toBeGreaterThan(flood.length / 2);
    expect(counted.heavy[503], said).toBeGreaterThan(0);
    for (const { status, retryAfter } of [...heard, ...flood, ...heavy]) {
      expect([202, 429, 503]).toContain(status);
      if (status !== 202) expect(retryAfter).toMatch(/^[1-9]\d*$/);
    }

    expect(heard.length, said).toBeGreaterThanOrEqual(3);
    expect(counted.heard[202], said).toBeGreaterThan(heard.length * 0.9);
    expect(median(heard)).toBeLessThan(slowerTimesMax * median(idle) + busyMachineMs);

    expect(memoryAfter - memoryBefore).toBeLessThan(memoryGrowthBytesMax);
    expect(system.processes.ingest.isRunning()).toBe(true);
    expect((await fetch(`${system.ingestUrl}/readyz`)).status).toBe(200);

    const accepted = {
      IDLE: tally(idle)[202],
      TILL: counted.heard[202],
      FLOOD: counted.flood[202],
      HEAVY: (counted.heavy[202] ?? 0) * heavyEvents,
    };
    for (const [facilityId, count = 0] of Object.entries(accepted)) {
      await eventually(async () => (await outside.onHand(facilityId, "X")) === -count, { withinMs: drainMsMax });
    }
  });
});

let serial = 0;
function sales(facilityId: string, count: number): object[] {
  return Array.from({ length: count }, () => {
    serial += 1;
    const lines = [{ sku: "X", quantity: 1 }];
    return { eventId: `o-${serial}`, facilityId, type: "sale", occurredAt: "2026-11-01T10:00:00Z", lines };
  });
}

function tally(answers: readonly Answer[]): Partial<Record<number, number>> {
  const counts: Partial<Record<number, number>> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

function median(answers: readonly Answer[]): number {
  return answers.map(({ tookMs }) => tookMs).sort((a, b) => a - b)[Math.floor(answers.length / 2)] ?? Number.NaN;
}
