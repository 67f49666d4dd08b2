// Trying many jobs again: through our own paged retry, also from Bull Board, and what Bull Board must not do.
import { createLog } from "@inventory-sync/runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRetries } from "../src/retries.ts";
import { failSales, sale, startTestBoard, type TestBoard } from "./support.ts";

describe("Bull Board's great levers", () => {
  let board: TestBoard;
  beforeAll(async () => {
    board = await startTestBoard();
  });
  afterAll(() => board.stop());

  const act = async (path: string) => {
    const cookie = await board.signIn("olga");
    const answer = await fetch(`${board.url}/queues/api/queues/${path}`, {
      method: "PUT",
      headers: { cookie, origin: board.url },
    });
    return { status: answer.status, text: await answer.text() };
  };

  it("retry all goes through the paged retry, with fresh attempts", async () => {
    await failSales(board.queues, "UNKNOWN_PRODUCT", [sale("r1", "S001", "A", 1), sale("r2", "S001", "B", 1)]);
    const { status, text } = await act("events/retry/failed");
    expect([status, JSON.parse(text)]).toEqual([200, { retried: 2, skipped: 0 }]);
    expect((await board.queues.counts()).events).toMatchObject({ failed: 0, waiting: 2 });
    const [noted] = (await board.json("/api/audit?limit=1")).body.items;
    expect(noted).toMatchObject({
      what: "Bull Board: retry failed",
      target: "queue events",
      outcome: "2 jobs are tried again",
    });
  });

  it("nothing drops work that was accepted and is still to be done", async () => {
    for (const path of ["events/empty", "events/obliterate", "events/clean/delayed", "events/clean/wait"]) {
      const { status, text } = await act(path);
      expect([path, status]).toEqual([path, 409]);
      expect(text).toContain("would drop work that was accepted");
    }
    expect((await act("events/retry/completed")).status).toBe(409);
    expect((await board.queues.counts()).events.waiting).toBe(2);
  });

  it("promote all runs no reset: no queue holds a scheduled job, the schedule is the database's", async () => {
    for (const queue of board.queues.bullQueues()) expect(await queue.getJobSchedulersCount()).toBe(0);
    for (const queue of ["events", "resets", "facility-resets"])
      expect((await act(`${queue}/promote`)).status).toBe(200);
    expect((await board.queues.counts()).resets).toMatchObject({ waiting: 0, active: 0, delayed: 0 });
    expect(await board.database.prisma.reset.count()).toBe(0);
    expect(await board.database.prisma.scheduledRun.count()).toBe(0);
  });

  it("jobs are named so that people can read them, and hold what bears on stock and nothing secret", async () => {
    const query = "activeQueue=events&status=waiting&page=1&jobsPerPage=10";
    const { body } = await board.json(`/queues/api/queues?${query}`);
    const events = body.queues.find(({ name }) => name === "events") as unknown as {
      jobs: { name: string; data: { events: object[] } }[];
    };
    expect(events.jobs.map(({ name }) => name).sort()).toEqual(["sale S001 r1", "sale S001 r2"]);
    for (const { data } of events.jobs) {
      expect(Object.keys(data).sort()).toEqual(["client", "events"]);
      for (const event of data.events) {
        const fields = ["eventId", "facilityId", "lines", "occurredAt", "receivedAt", "type"];
        expect(Object.keys(event).sort()).toEqual(fields);
      }
    }
  });
});

describe("a retry of very many jobs", () => {
  const log = createLog({ name: "test", settings: { level: "silent", format: "json" } });
  let board: TestBoard;
  beforeAll(async () => {
    board = await startTestBoard();
  });
  afterAll(() => board.stop());

  it("can be stopped between two pages, and asking again goes on with what is left", async () => {
    const sales = Array.from({ length: 1_200 }, (_, each) => sale(`m${each}`, "S001", "A", 1));
    await failSales(board.queues, "UNKNOWN_PRODUCT", sales);
    const retries = createRetries(board.queues, log);
    const first = retries.start({ cause: "UNKNOWN_PRODUCT" });
    await expect.poll(() => first.now().retried, { timeout: 20_000, interval: 5 }).toBeGreaterThan(0);
    await retries.stop();
    const stopped = first.now();
    expect(stopped).toMatchObject({ state: expect.stringMatching(/stopped|done/) });
    const { body, status } = await board.json("/api/jobs/retry", { error: "UNKNOWN_PRODUCT" });
    expect(status).toBe(200);
    expect((body as unknown as { retried: number }).retried + stopped.retried).toBe(1_200);
    expect((await board.queues.counts()).events.failed).toBe(0);
  });

  it("says how far it is, and that an unknown one is not known", async () => {
    const retries = createRetries(board.queues, log);
    const run = retries.start({ facility: "S001" });
    expect(retries.find(run.now().retryId)).toMatchObject({ state: "running" });
    await run.ended;
    expect(run.now()).toMatchObject({ state: "done", retried: 0, error: null });
    for (const id of [crypto.randomUUID(), "x"]) expect((await board.json(`/api/jobs/retries/${id}`)).status).toBe(404);
  });
});
