// Flow 1 through the queue: what is added, and how each job of events ends.
import type { StockEvent } from "@inventory-sync/domain";
import { expect, it } from "vitest";
import { eachBackend, eventually } from "../../../tests/support/index.ts";
import { type BatchFate, consumeEvents, eventJobId, eventsPerJobMax, type JobEnded } from "../src/index.ts";
import { closing, done, numbered, openFresh, type rememberingLog, sale } from "./support.ts";

eachBackend("events", (backend) => {
  it("adds twenty events of twenty facilities twice and has twenty jobs", async () => {
    const queues = await openFresh(backend);
    const events = Array.from({ length: 20 }, (_, index) => sale(`e-${index}`, { facilityId: `S${index}` }));
    await queues.addEvents(events, "pos");
    await queues.addEvents(events, "pos");
    expect((await queues.counts()).events.waiting).toBe(20);
  });

  it("takes a hundred requests at once, some of them the same, and has each event once", async () => {
    const queues = await openFresh(backend);
    const requests = Array.from({ length: 100 }, (_, index) => queues.addEvents([sale(`e-${index % 60}`)], "pos"));
    await Promise.all(requests);
    expect((await queues.counts()).events.waiting).toBe(60);
  });

  it("puts the events of one facility into few jobs, each event once, whatever the order of a resend", async () => {
    const queues = await openFresh(backend);
    const events = numbered(eventsPerJobMax + 5);
    await queues.addEvents([...events, sale("e-1"), sale("other", { facilityId: "S002" })], "pos");
    const jobs = await queues.bullQueues()[0]?.getJobs(["waiting", "prioritized"]);
    expect(jobs?.map((job) => job.name).sort()).toEqual(["5 events S001", "50 events S001", "sale S002 other"]);
    await queues.addEvents(events.slice(0, eventsPerJobMax).reverse(), "pos");
    expect((await queues.counts()).events.waiting).toBe(3);
  });

  it("puts what a store sends too fast, one event at a time, behind the sales of the others", async () => {
    const queues = await openFresh(backend);
    const [sent, wave] = [3_000, 500];
    for (let from = 0; from < sent; from += wave) {
      const some = Array.from({ length: wave }, (_, index) =>
        queues.addEvents([sale(`flood-${from + index}`)], "till"),
      );
      await Promise.all(some);
    }
    await queues.addEvents([sale("other", { facilityId: "S002" })], "pos");
    expect((await queues.counts()).events).toMatchObject({ waiting: sent + 1 });
    const order: string[] = [];
    closing(
      consumeEvents(queues, async (events) => {
        order.push(...events.map(({ eventId }) => eventId));
        return events.map(() => done);
      }),
    );
    await eventually(() => order.includes("other"), { withinMs: 90_000 });
    // The first thousand of a store are live whatever its pace; what takes longer than that is what this test took.
    expect(order.indexOf("other")).toBeLessThan(sent - wave);
  });

  it("applies every event in common and shows the counts on its job", async () => {
    const queues = await openFresh(backend, { role: "consumer" });
    const applied: StockEvent[] = [];
    const batches: number[] = [];
    closing(
      consumeEvents(
        queues,
        async (events) => {
          applied.push(...events);
          return events.map(() => done);
        },
        { onBatch: (batch) => batches.push(batch.events) },
      ),
    );
    await queues.addEvents(numbered(120), "pos");
    await eventually(async () => (await queues.counts()).events.completed === 3);
    expect(new Set(applied.map((event) => event.eventId)).size).toBe(120);
    expect(batches.reduce((sum, size) => sum + size, 0)).toBe(120);
    const jobs = await queues.bullQueues()[0]?.getJobs(["completed"]);
    expect(jobs?.map((job) => job.returnvalue.applied).sort()).toEqual([20, 50, 50]);
  });

  it("fails a rejected event at once with its code, and the others of its batch do not notice", async () => {
    const queues = await openFresh(backend, { role: "consumer" });
    const ends: JobEnded[] = [];
    const apply = async (events: StockEvent[]): Promise<BatchFate[]> =>
      events.map(({ eventId }) =>
        eventId === "bad" ? { fate: "rejected", code: "UNKNOWN_PRODUCT", message: "no product has SKU TEE" } : done,
      );
    closing(consumeEvents(queues, apply, { onEnded: (end) => ends.push(end) }));
    const events = ["good", "bad", "fine"].map((eventId) => sale(eventId, { facilityId: `F-${eventId}` }));
    await queues.addEvents(events, "pos");
    await eventually(() => ends.length === 3);
    await eventually(async () => (await queues.counts()).events.failed === 1);
    const { jobs } = await queues.failedJobs();
    expect(jobs).toMatchObject([
      { cause: "UNKNOWN_PRODUCT", message: "UNKNOWN_PRODUCT: no product has SKU TEE", facility: "F-bad", attempts: 1 },
    ]);
    expect(ends.map((end) => end.fate).sort()).toEqual(["done", "done", "rejected"]);
  });

  it("lets one bad event of a job of several fail alone and in sight", async () => {
    const queues = await openFresh(backend, { role: "consumer" });
    const seen: string[] = [];
    let refused = "e-3";
    const apply = async (events: StockEvent[]): Promise<BatchFate[]> => {
      seen.push(...events.map((event) => event.eventId));
      return events.map(({ eventId }) =>
        eventId === refused
          ? { fate: "rejected", code: "EVENT_ID_REUSED", message: "e-3 was sent with other content" }
          : done,
      );
    };
    closing(consumeEvents(queues, apply));
    await queues.addEvents(numbered(6), "pos");
    await eventually(async () => (await queues.counts()).events.failed === 1);
    const [queue] = queues.bullQueues();
    expect((await queues.failedJobs()).jobs.map((job) => job.name)).toEqual(["sale S001 e-3"]);
    const without3 = () => seen.filter((eventId) => eventId !== "e-3");
    expect([without3().length, seen.length]).toEqual([5, 7]);

    // Its cause is mended, the job dismissed, and the whole sent again.
    refused = "";
    await queue?.clean(0, 0, "failed");
    await queues.addEvents(numbered(6), "pos");
    await eventually(async () => (await queues.counts()).events.completed === 1);
    expect([without3().length, seen.length]).toEqual([10, 13]);
  });

  it("looks again at an event sent again whose product was not known at first", async () => {
    const queues = await openFresh(backend, { role: "consumer" });
    let skipped = 1;
    const apply = async (events: StockEvent[]): Promise<BatchFate[]> =>
      events.map(() => ({ ...done, skipped }) as BatchFate);
    const ends: JobEnded[] = [];
    closing(consumeEvents(queues, apply, { onEnded: (end) => void ends.push(end) }));
    await queues.addEvents([sale("e-1")], "pos");
    await eventually(() => ends.length === 1);
    await eventually(async () => (await queues.counts()).events.active === 0);
    skipped = 0;
    await queues.addEvents([sale("e-1")], "pos");
    await eventually(async () => (await queues.counts()).events.completed === 1);
    expect(ends).toHaveLength(2);
  });

  it("defers while the facility is locked without using an attempt, says so in the job's log, and goes on after it", async () => {
    const queues = await openFresh(backend, { role: "consumer" });
    let locked = true;
    let tries = 0;
    const apply = async (events: StockEvent[]): Promise<BatchFate[]> => {
      tries += 1;
      return events.map(() =>
        locked ? { fate: "deferred", retryAfterMs: 50, reason: "facility S001 is being reset; waiting" } : done,
      );
    };
    closing(consumeEvents(queues, apply));
    await queues.addEvents([sale("e-1")], "pos");
    await eventually(async () => (await queues.counts()).events.delayed === 1 && tries > 2, { everyMs: 5 });
    locked = false;
    await eventually(async () => (await queues.counts()).events.completed === 1, { everyMs: 10 });
    const [queue] = queues.bullQueues();
    const job = await queue?.getJob(eventJobId(sale("e-1")));
    expect(job?.attemptsMade).toBe(1);
    expect(job?.attemptsStarted).toBe(tries);
    expect((await queue?.getJobLogs(job?.id ?? ""))?.logs).toEqual(["facility S001 is being reset; waiting"]);
  });

  it("retries an event whose statement failed, and a poison event fails alone", async () => {
    const queues = await openFresh(backend, { role: "consumer" });
    const failures = new Map<string, number>();
    const apply = async (events: StockEvent[]): Promise<BatchFate[]> => {
      if (events.some((event) => event.eventId === "once" && !failures.has("once"))) {
        if (events.length === 1) failures.set("once", 1);
        throw new Error("this statement does not go");
      }
      return events.map(() => done);
    };
    closing(consumeEvents(queues, apply));
    const events = ["a", "once", "b"].map((eventId) => sale(eventId, { facilityId: `F-${eventId}` }));
    await queues.addEvents(events, "pos");
    await eventually(async () => (await queues.counts()).events.completed === 3);
    const attempts = await Promise.all(events.map((event) => queues.bullQueues()[0]?.getJob(eventJobId(event))));
    expect(attempts.map((job) => job?.attemptsMade)).toEqual([1, 2, 1]);
  });

  it("tries a failed job again when its event is sent again, and only then", async () => {
    const queues = await openFresh(backend);
    let known = false;
    const apply = async (events: StockEvent[]): Promise<BatchFate[]> =>
      events.map(() =>
        known ? done : { fate: "rejected", code: "UNKNOWN_PRODUCT", message: "no product has SKU TEE" },
      );
    const ends: string[] = [];
    closing(consumeEvents(queues, apply, { onEnded: (end) => ends.push(end.fate) }));
    await queues.addEvents([sale("e-1")], "pos");
    await eventually(async () => (await queues.counts()).events.failed === 1);
    known = true;
    await queues.addEvents([sale("e-1")], "pos");
    await eventually(async () => (await queues.counts()).events.completed === 1);
    expect(ends).toEqual(["rejected", "done"]);
    const log = queues.log as ReturnType<typeof rememberingLog>;
    expect(log.said.filter((said) => said.message.includes("retried"))).toHaveLength(1);
  });

  it("fails a job that claims to be of ours and is not, alone and without harm to its neighbours", async () => {
    const queues = await openFresh(backend, { role: "consumer" });
    const [queue] = queues.bullQueues();
    for (const [index, data] of [
      { v: 1 },
      { v: 1, events: "x", client: 1 },
      { v: 1, events: [null], client: "" },
    ].entries())
      await queue?.add("forged", data, { jobId: `forged-${index}`, attempts: 1 });
    await queues.addEvents([sale("e-1")], "pos");
    closing(consumeEvents(queues, async (events) => events.map(() => done)));
    await eventually(async () => {
      const { completed, failed } = (await queues.counts()).events;
      return completed === 1 && failed === 3;
    });
  });

  it("fails a job that was added by hand and carries nothing", async () => {
    const queues = await openFresh(backend, { role: "consumer" });
    closing(consumeEvents(queues, async (events) => events.map(() => done)));
    await queues.bullQueues()[0]?.add("", {});
    await eventually(async () => (await queues.counts()).events.failed === 1);
    expect((await queues.failedJobs()).jobs[0]).toMatchObject({ cause: "BAD_PAYLOAD", attempts: 1 });
  });
});
