// The vectors of the ledger's rules, from outside: events over HTTP, snapshot files over SFTP, on hand as the board tells it. On Redis
// those in which something comes twice, fails or is tried again; what the ledger alone decides is looked at on one queue.
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { openQueues } from "@inventory-sync/queue";
import { createLog } from "@inventory-sync/runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eachBackend, eventually, type System, startSystem } from "../support/index.ts";
import { databaseClient } from "./database-client.ts";
import { addProduct } from "./operator.ts";
import { eventOf, noGuards, type Outside, outsideOf } from "./outside.ts";
import { happen, quiet, vectors } from "./vectors.ts";

/** Has the queue forget the events that are done, as it does by itself after a day. */
async function forgetCompleted(system: System): Promise<void> {
  const log = createLog({ name: "test", settings: { level: "silent", format: "json" } });
  const queues = await openQueues({ url: system.queueUrl, role: "inspector", log });
  try {
    const events = queues.bullQueues().find(({ name }) => name === "events");
    await events?.clean(0, 0, "completed");
    expect(await events?.getCompletedCount()).toBe(0);
  } finally {
    await queues.close();
  }
}

eachBackend("the vectors from outside", ({ kind }) => {
  let system: System;
  let outside: Outside;
  beforeAll(async () => {
    system = await startSystem({ backend: kind, env: noGuards });
    outside = await outsideOf(system);
  });
  afterAll(async () => {
    outside?.end();
    await system?.stop();
  });

  test.each(vectors.filter(({ times }) => kind === "postgres" || times !== undefined))("$name: $what", (vector) =>
    happen(system, outside, vector),
  );

  test("V4: the second putting of a file is archived as a duplicate, and says so", async () => {
    const resets = (await (await system.board("/api/resets?limit=200")).json()) as {
      items: { file: string; facilityCounts: Record<string, number>; sha256: string }[];
    };
    const ofFile = resets.items.filter(({ file }) => file === "V4-20261101T130000Z.csv");
    expect(ofFile.map(({ facilityCounts }) => facilityCounts)).toEqual([{}, { applied: 1 }]);
    expect(new Set(ofFile.map(({ sha256 }) => sha256)).size).toBe(1);
    const { jobs } = await outside.jobs("resets", "completed");
    const outcomes = jobs.map(
      ({ returnValue }) => returnValue as { outcome: string; file: string; archivedTo: string },
    );
    const duplicates = outcomes.filter(
      ({ file, outcome }) => file?.startsWith("V4-") && outcome.startsWith("duplicate of V4-"),
    );
    expect(duplicates).toHaveLength(2);
    for (const { archivedTo } of outcomes) expect((await outside.files.read(archivedTo)).length).toBeGreaterThan(0);
    expect(await outside.files.list("incoming")).toEqual([]);
  });

  test("V8: an event id that comes again with other content changes nothing, and its job fails where people see it", async () => {
    await outside.send(eventOf("e1", { facilityId: "V8", quantity: 1, at: "10:00" }));
    await outside.applied("V8", "e1");
    expect(await outside.onHand("V8", "X")).toBe(-1);
    await outside.send(eventOf("e1", { facilityId: "V8", quantity: 2, at: "10:00" }));
    const cause = await eventually(async () =>
      (await outside.failedCauses()).find(({ error }) => error === "EVENT_ID_REUSED"),
    );
    expect(cause).toMatchObject({ queue: "events", count: 1, example: { name: "sale V8 e1" } });
    expect(await outside.onHand("V8", "X")).toBe(-1);
  });

  test("what was sent before changes nothing when it comes again after the queue has forgotten it (R2)", async () => {
    const event = eventOf("e1", { facilityId: "FORGOTTEN", quantity: 4, at: "10:00" });
    await outside.send(event);
    await outside.applied("FORGOTTEN", "e1");
    await quiet(outside);
    await forgetCompleted(system);
    await outside.send(event);
    await eventually(async () => (await outside.jobs("events", "completed")).counts.completed === 1);
    expect(await outside.onHand("FORGOTTEN", "X")).toBe(-4);
  });

  if (kind === "redis") return;

  test("V5: the facility's part of an older snapshot is stale", async () => {
    const page = (await (await system.board("/api/resets?limit=200")).json()) as {
      items: { id: string; file: string }[];
    };
    const older = page.items.find(({ file }) => file === "V5-20261101T110000Z.csv");
    const { facilities } = await outside.reset(older?.id ?? "");
    expect(facilities).toMatchObject([{ facilityId: "V5", state: "stale", corrected: 0 }]);
  });

  test("a sale from a clock that is ahead counts from the time of receipt, and is marked (R9)", async () => {
    const ahead = new Date(Date.now() + 3_600_000).toISOString();
    await outside.send(eventOf("e1", { facilityId: "AHEAD", at: ahead }));
    expect(await outside.applied("AHEAD", "e1")).toMatchObject([{ clockSkew: true, effect: -1 }]);
    const [movement] = await outside.applied("AHEAD", "e1");
    expect(Date.parse(movement?.occurredAt ?? ahead)).toBeLessThanOrEqual(Date.now());
  });
});

eachBackend("a catalogue that decides what is known", ({ kind }) => {
  let system: System;
  let outside: Outside;
  beforeAll(async () => {
    system = await startSystem({ backend: kind, env: { UNKNOWN_PRODUCT: "reject" } });
    outside = await outsideOf(system);
  });
  afterAll(async () => {
    outside?.end();
    await system?.stop();
  });

  test("V7: a sale of an unknown product fails; the product is added, the job is tried again, the sale counts", async () => {
    await outside.send(eventOf("e1", { facilityId: "V7", sku: "NEW-1", at: "10:00" }));
    const failed = () => outside.failedCauses();
    const [cause] = await eventually(async () => ((await failed()).length > 0 ? failed() : undefined));
    expect(cause).toMatchObject({ error: "UNKNOWN_PRODUCT", queue: "events", count: 1 });
    expect(cause?.example.message).toContain("NEW-1");
    expect(await outside.onHand("V7", "NEW-1")).toBeUndefined();

    expect(await addProduct(system, "NEW-1")).toMatchObject({
      exitCode: 0,
      output: expect.stringContaining("1 products"),
    });
    const retry = await system.board("/api/jobs/retry", { error: "UNKNOWN_PRODUCT" });
    expect(await retry.json()).toMatchObject({ retried: 1 });
    expect(await outside.applied("V7", "e1")).toMatchObject([{ quantity: -1, effect: -1, absorbed: false }]);
    expect(await outside.onHand("V7", "NEW-1")).toBe(-1);
    expect(await failed()).toEqual([]);
  });

  test("cleaning failed events in Bull Board is refused; after the product is added the till sends all again, and each counts once", async () => {
    const sales = Array.from({ length: 20 }, (_, at) =>
      eventOf(`c${at}`, { facilityId: "CLEAN", sku: "NEW-9", at: "10:00" }),
    );
    const sendAll = async () => {
      for (const sale of sales) await outside.send(sale);
    };
    await sendAll();
    await eventually(async () => (await outside.failedCauses())[0]?.count === 20);
    const { items } = (await (await system.board("/api/jobs/failed")).json()) as {
      items: readonly { jobId: string }[];
    };
    const headers = { authorization: `Bearer ${system.boardToken}` };
    for (const path of ["clean/failed", `${items[0]?.jobId}/clean`]) {
      const answer = await fetch(`${system.boardUrl}/queues/api/queues/events/${path}`, { method: "PUT", headers });
      expect([path, answer.status]).toEqual([path, 409]);
    }
    await addProduct(system, "NEW-9");
    await sendAll();
    await eventually(async () => (await outside.onHand("CLEAN", "NEW-9")) === -20);
    await eventually(async () => (await outside.failedCauses()).length === 0);
    const again = await system.board("/api/jobs/retry", { error: "UNKNOWN_PRODUCT" });
    expect(await again.json()).toMatchObject({ retried: 0 });
    await sendAll();
    expect(await outside.applied("CLEAN", "c19")).toMatchObject([{ quantity: -1, effect: -1 }]);
    expect(await outside.onHand("CLEAN", "NEW-9")).toBe(-20);
  });

  test("an event with one unknown line applies the others; the retry applies just that one (R13)", async () => {
    const lines = [
      { sku: "NEW-1", quantity: 2 },
      { sku: "NEW-2", quantity: 3 },
    ];
    await outside.send({ ...eventOf("e2", { facilityId: "R13", at: "10:00" }), lines });
    await eventually(async () => (await outside.failedCauses()).length === 1);
    expect([await outside.onHand("R13", "NEW-1"), await outside.onHand("R13", "NEW-2")]).toEqual([-2, undefined]);
    await addProduct(system, "NEW-2");
    await system.board("/api/jobs/retry", { facilityId: "R13" });
    await eventually(async () => (await outside.applied("R13", "e2")).length === 2);
    expect([await outside.onHand("R13", "NEW-1"), await outside.onHand("R13", "NEW-2")]).toEqual([-2, -3]);
  });

  // Neither depends on the queue: packages/queue/test/request-notes.test.ts has both.
  if (kind === "redis") return;

  const tillKey = "isk_till_of_one_store";

  test("a client is told what became of its event: queued, applied, or failed and why; of no other store, and nothing of what nobody sent", async () => {
    const key = (text: string) => createHash("sha256").update(text).digest("hex");
    const clients = [
      { name: "pos", keys: [key(system.ingestKey)], facilities: "*", types: "*" },
      { name: "till", keys: [key(tillKey)], facilities: ["TOLD"], types: "*" },
    ];
    await writeFile(system.env.INGEST_CLIENTS_FILE ?? "", JSON.stringify({ clients }));
    const ask = async (facilityId: string, eventId: string, by = tillKey) => {
      const url = `${system.boardUrl}/v1/events/${facilityId}/${eventId}`;
      const answer = await fetch(url, { headers: { authorization: `Bearer ${by}` } });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    };
    const told = (eventId: string, status: string) =>
      eventually(async () => {
        const { body } = await ask("TOLD", eventId);
        return body.status === status ? body : undefined;
      });
    const sale = (eventId: string, given: Partial<Parameters<typeof eventOf>[1]> = {}) =>
      eventOf(eventId, { facilityId: "TOLD", sku: "NEW-1", at: "10:00", ...given });

    await outside.send(sale("t1"));
    expect(await told("t1", "applied")).toMatchObject({
      ...{ facilityId: "TOLD", eventId: "t1", type: "sale", error: null },
      lines: [{ line: 1, idType: "SKU", idValue: "NEW-1", quantity: -1, effect: -1, absorbed: false }],
    });
    const database = await databaseClient(system);
    try {
      await database.lockFacility("TOLD");
      await outside.send(sale("t2"));
      expect((await ask("TOLD", "t2")).body).toMatchObject({ status: "queued", lines: [], error: null });
      await database.release();
      await told("t2", "applied");
    } finally {
      await database.end();
    }
    await outside.send(sale("t3", { sku: "NEVER-HEARD-OF" }));
    expect(await told("t3", "failed")).toMatchObject({ lines: [], error: { code: "UNKNOWN_PRODUCT" } });
    await outside.send(sale("t1", { quantity: 5 }));
    await eventually(async () => (await ask("TOLD", "t1")).body.error);
    expect((await ask("TOLD", "t1")).body).toMatchObject({ status: "applied", error: { code: "EVENT_ID_REUSED" } });
    expect(await ask("TOLD", "never")).toMatchObject({
      status: 404,
      body: { detail: expect.stringContaining("it was not accepted") },
    });
    expect((await ask("R13", "e2")).status).toBe(403);
    expect((await ask("R13", "e2", system.ingestKey)).body).toMatchObject({ status: "applied" });
    expect((await ask("TOLD", "t1", "isk_wrong")).status).toBe(401);
    expect((await ask("TOLD", "t1", system.boardToken)).status).toBe(401);
  });

  test("what a client sent that was refused is on the board within moments, and counted beside what was accepted", async () => {
    const post = (id: string, body: unknown) =>
      fetch(`${system.ingestUrl}/v1/events`, {
        ...{ method: "POST", body: JSON.stringify(body) },
        headers: { authorization: `Bearer ${tillKey}`, "content-type": "application/json", "x-request-id": id },
      });
    const bad = { ...eventOf("bad", { facilityId: "TOLD", at: "10:00" }), lines: [] };
    await eventually(async () => (await post("r-422", bad)).status === 422);
    const batch = ["b1", "b2", "b3"].map((id) => eventOf(id, { facilityId: "TOLD", at: "10:00" }));
    expect((await post("r-422b", [...batch, { ...bad, eventId: "b4" }])).status).toBe(422);
    expect((await post("r-403", eventOf("foreign", { facilityId: "R13", at: "10:00" }))).status).toBe(403);
    expect((await post("r-202", eventOf("good", { facilityId: "TOLD", sku: "NEW-1", at: "10:00" }))).status).toBe(202);
    type Page = { items: readonly Record<string, unknown>[] };
    const read = async (path: string) => (await (await system.board(path)).json()) as Page;
    const { items } = await eventually(async () => {
      const page = await read("/api/requests?client=till");
      return page.items.length === 3 ? page : undefined;
    });
    expect(items).toMatchObject([
      { requestId: "r-403", status: 403, code: "forbidden", pointer: "/facilityId", eventId: "foreign" },
      {
        requestId: "r-422b",
        pointer: "/3/lines",
        advice: expect.stringMatching(/^Event 4 of the 4 is .*other 3 events/),
      },
      { requestId: "r-422", status: 422, code: "invalid", pointer: "/lines", eventId: "bad" },
    ]);
    // A minute is told when it is over, or with the end of the process.
    await system.restart("ingest");
    const counted = await eventually(async () =>
      (await read("/api/requests/clients")).items.find(({ client }) => client === "till"),
    );
    expect(counted).toMatchObject({ accepted: 1, refused: 3, unavailable: 0, leftOut: 0 });
  });
});
