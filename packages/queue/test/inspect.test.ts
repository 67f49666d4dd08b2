// What people see of failed jobs, and trying them again.

import type { StockEvent } from "@inventory-sync/domain";
import { expect, it } from "vitest";
import { eachBackend, eventually } from "../../../tests/support/index.ts";
import { type BatchFate, consume, consumeEvents } from "../src/index.ts";
import { closing, done, numbered, openFresh, sale } from "./support.ts";

const count = 620;

eachBackend("failed jobs", (backend) => {
  it("are grouped by cause, paged without a gap or a double, and retried by cause, facility or id", async () => {
    const queues = await openFresh(backend, { role: "consumer" });
    let mended = false;
    const apply = async (events: StockEvent[]): Promise<BatchFate[]> =>
      events.map(({ eventId, facilityId }) => {
        if (mended) return done;
        const code = facilityId === "S001" ? "UNKNOWN_PRODUCT" : "EVENT_ID_REUSED";
        return { fate: "rejected", code, message: `${eventId}: it does not go` };
      });
    closing(consumeEvents(queues, apply));
    const events = Array.from({ length: count }, (_, index) =>
      sale(`e-${index}`, { facilityId: index < 20 ? "S001" : `F${index}` }),
    );
    for (const event of events.slice(0, 20)) await queues.addEvents([event], "pos");
    await queues.addEvents(events.slice(20), "pos");
    await eventually(async () => (await queues.counts()).events.failed === count);

    const { causes, total } = await queues.failedCauses();
    expect(total).toBe(count);
    expect(causes.map(({ queue, cause, count: jobs }) => [queue, cause, jobs])).toEqual([
      ["events", "EVENT_ID_REUSED", 600],
      ["events", "UNKNOWN_PRODUCT", 20],
    ]);
    expect(causes[1]?.exampleMessage).toContain("it does not go");
    expect((causes[0]?.firstAt ?? "") <= (causes[0]?.lastAt ?? "")).toBe(true);

    const names: string[] = [];
    for (let cursor: string | null = "", first = true; cursor !== null; first = false) {
      const page = await queues.failedJobs(first ? { limit: 100 } : { limit: 100, cursor });
      names.push(...page.jobs.map((job) => job.name));
      cursor = page.nextCursor;
    }
    expect(names).toHaveLength(count);
    expect(new Set(names).size).toBe(count);
    expect((await queues.failedJobs({ facility: "S001" })).jobs).toHaveLength(20);

    mended = true;
    const [one] = (await queues.failedJobs({ facility: "F100" })).jobs;
    expect(await queues.retryFailed({ ids: [one?.id ?? "", "no such job"] })).toEqual({ looked: 1, retried: 1 });
    expect((await queues.retryFailed({ facility: "S001" })).retried).toBe(20);
    const seen: number[] = [];
    const all = await queues.retryFailed({ cause: "EVENT_ID_REUSED", onProgress: ({ retried }) => seen.push(retried) });
    expect(all.retried).toBe(599);
    expect(seen.at(-1)).toBe(599);
    await eventually(async () => (await queues.counts()).events.failed === 0);
  });

  it("that are retried and taken away at once are either done or taken, with what they carried, and none is both or neither", async () => {
    const queues = await openFresh(backend, { role: "consumer" });
    let mended = false;
    const apply = async (events: StockEvent[]): Promise<BatchFate[]> =>
      events.map(() => (mended ? done : { fate: "rejected", code: "UNKNOWN_PRODUCT", message: "there is none" }));
    closing(consumeEvents(queues, apply));
    for (let n = 0; n < 60; n += 1) await queues.addEvents([sale(`e-${n}`)], "pos");
    await eventually(async () => (await queues.counts()).events.failed === 60);
    const kept: string[] = [];
    for await (const { queue, jobs } of queues.failedWithPayload({ queue: "events", cause: "UNKNOWN_PRODUCT" })) {
      expect([queue, jobs.length]).toEqual(["events", 60]);
      expect(JSON.parse(jobs[0]?.payload ?? "")).toMatchObject({ client: "pos", events: [{ facilityId: "S001" }] });
      kept.push(...jobs.map(({ id }) => id));
    }
    mended = true;
    const [taken, { retried }] = await Promise.all([
      queues.removeFailed("events", kept),
      queues.retryFailed({ ids: kept.toReversed() }),
    ]);
    expect(taken.length + retried).toBe(60);
    await eventually(async () => (await queues.counts()).events.completed === retried);
    expect((await queues.counts()).events).toMatchObject({ failed: 0, waiting: 0, delayed: 0 });
    expect(await queues.removeFailed("events", kept)).toEqual([]);
  });

  it("name the code of an error that has none, and use up their attempts", async () => {
    const queues = await openFresh(backend, { role: "consumer" });
    closing(
      consume(
        queues,
        "facility-resets",
        async () => {
          throw Object.assign(new Error("deadlock detected"), { code: "40P01" });
        },
        { concurrency: 1 },
      ),
    );
    const data = { resetId: "r-1", facilityId: "S001", generation: 1 };
    await queues.bullQueues()[2]?.add("facility reset S001", data, { attempts: 2, backoff: { type: "growing" } });
    await eventually(async () => (await queues.counts())["facility-resets"].failed === 1);
    expect((await queues.failedJobs()).jobs[0]).toMatchObject({ cause: "SQL_40P01", attempts: 2, facility: "S001" });
  });

  it("are not what an assertion of ours becomes after twelve tries: it fails at once", async () => {
    const queues = await openFresh(backend, { role: "consumer" });
    const { AssertionError } = await import("node:assert");
    closing(
      consumeEvents(queues, async () => {
        throw new AssertionError({ message: "a line without a level" });
      }),
    );
    await queues.addEvents([sale("e-1")], "pos");
    await eventually(async () => (await queues.counts()).events.failed === 1);
    expect((await queues.failedJobs()).jobs[0]).toMatchObject({ cause: "ASSERTION", attempts: 1 });
  });

  it("cannot be listed by a cursor that nobody gave out", async () => {
    const queues = await openFresh(backend, { role: "inspector" });
    await expect(queues.failedJobs({ cursor: "nonsense" })).rejects.toThrow("cursor");
  });
});

eachBackend("inspection", (backend) => {
  it("counts what waits and how long", async () => {
    const queues = await openFresh(backend);
    expect((await queues.counts()).events).toMatchObject({ waiting: 0, oldestWaitingMs: null });
    await queues.addEvents([sale("e-1")], "pos");
    await eventually(async () => ((await queues.counts()).events.oldestWaitingMs ?? 0) > 20, { everyMs: 5 });
    expect((await queues.counts()).events.waiting).toBe(1);
    // What waits behind live sales has an age, too, where nothing else waits.
    const behind = await openFresh(backend);
    await behind.addEvents(numbered(2), "pos");
    await eventually(async () => ((await behind.counts()).events.oldestWaitingMs ?? 0) > 20, { everyMs: 5 });
  });

  it("names how durable the queue is", async () => {
    const queues = await openFresh(backend);
    const expected = backend.kind === "redis" ? "redis aof always" : "postgresql (synchronous_commit on)";
    expect(await queues.ping()).toMatchObject({ ok: true, durability: expected });
    expect(await queues.assertDurable()).toMatchObject({ durability: expected });
  });

  it("stops accepting when too much waits, and says so", async () => {
    const queues = await openFresh(backend, { limits: { waitingMax: 2, sampleIntervalMs: 20, retryAfterS: 7 } });
    const events = [1, 2, 3].map((number) => sale(`e-${number}`, { facilityId: `S${number}` }));
    await queues.addEvents(events, "pos");
    await eventually(() => queues.acceptPaused !== undefined, { everyMs: 5 });
    await expect(queues.addEvents([sale("e-4")], "pos")).rejects.toMatchObject({
      name: "QueueUnavailable",
      retryAfterS: 7,
    });
    expect((await queues.ping()).ok).toBe(false);
    closing(consumeEvents(queues, async (batch) => batch.map(() => done)));
    await eventually(() => queues.acceptPaused === undefined, { everyMs: 5 });
    await queues.addEvents([sale("e-4")], "pos");
    await eventually(async () => (await queues.counts()).events.completed === 4);
  });
});
