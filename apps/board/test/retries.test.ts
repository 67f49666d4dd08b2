// Trying many jobs again: through our own paged retry, also from Bull Board, and what Bull Board must not do.
import { createLog } from "@inventory-sync/runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRetries } from "../src/retries.ts";
import { failMany } from "./many-failed.ts";
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
      expect(text).toMatch(/no accepted work is lost|was accepted and is not done/);
    }
    expect((await act("events/retry/completed")).status).toBe(409);
    expect((await board.queues.counts()).events.waiting).toBe(2);
  });

  it("promote all runs no reset: no queue holds a scheduled job, the schedule is the database's", async () => {
    for (const queue of board.queues.bullQueues()) expect(await queue.getJobSchedulersCount()).toBe(0);
    for (const [queue, status] of [
      ["events", 200],
      ["resets", 409],
      ["facility-resets", 200],
    ] as const)
      expect([queue, (await act(`${queue}/promote`)).status]).toEqual([queue, status]);
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
      expect(Object.keys(data).sort()).toEqual(["client", "events", "v"]);
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

  const asked = { who: "olga", role: "operator", by: "session" } as const;
  const endsNoted = async () =>
    (await board.json("/api/audit?limit=9")).body.items.filter(({ what }) => what === "retry failed jobs: the end");

  it("stops after its page with its board, which the audit log has; asked for again, it retries the rest and nothing twice", async () => {
    await failMany(board.queues, board.queueUrl, 2_999, 5);
    const stopping = createRetries(board.database, board.queues, log);
    const first = await stopping.start({ filter: { cause: "UNKNOWN_PRODUCT" }, ...asked }, 0);
    expect(first.state).toBe("running");
    await expect.poll(() => first.retried, { timeout: 60_000, interval: 1 }).toBeGreaterThan(0);
    await stopping.stop();
    const { retried } = first;
    expect(first).toMatchObject({ state: "stopped", total: 3_000, finishedAt: expect.any(String) });
    const left = (await board.queues.counts()).events.failed;
    expect([left > 0, left + retried]).toEqual([true, 3_000]);
    const outcome = `${retried.toLocaleString("en-US")} jobs are tried again, then the board stopped`;
    expect(await endsNoted()).toMatchObject([{ who: "olga", target: "cause UNKNOWN_PRODUCT", outcome }]);
    const next = createRetries(board.database, board.queues, log);
    expect(next.latest()).toEqual([]);
    const again = await next.start({ filter: { cause: "UNKNOWN_PRODUCT" }, ...asked }, 60_000);
    expect(again).toMatchObject({ state: "done", total: left, looked: left, retried: left, error: null });
    expect((await board.queues.counts()).events).toMatchObject({ failed: 0, waiting: 3_000 });
    // Its caller heard of the end.
    expect(await endsNoted()).toHaveLength(1);
  });

  it("looks at listed jobs, and leaves alone what is not failed", async () => {
    await failSales(board.queues, "UNKNOWN_PRODUCT", [sale("later", "S001", "A", 1)]);
    const [job] = (await board.queues.failedJobs()).jobs;
    const retries = createRetries(board.database, board.queues, log);
    const run = await retries.start({ filter: { ids: ["gone", job?.id ?? ""] }, ...asked });
    expect(run).toMatchObject({ state: "done", total: 2, looked: 1, retried: 1 });
    expect(retries.latest()).toEqual([run]);
  });

  it("runs beside three others at most; few that ended are remembered", async () => {
    const retries = createRetries(board.database, board.queues, log);
    const begin = () => retries.start({ filter: { ids: ["gone"] }, ...asked });
    const begun = await Promise.allSettled([begin(), begin(), begin(), begin(), begin()]);
    expect(begun.map(({ status }) => status)).toEqual([...Array(4).fill("fulfilled"), "rejected"]);
    const four = begun.flatMap((each) => (each.status === "fulfilled" ? [each.value.retryId] : []));
    for (let count = 0; count < 20; count += 1) await begin();
    const ids = retries.latest().map(({ retryId }) => retryId);
    expect([ids.length, ids.some((id) => four.includes(id))]).toEqual([20, false]);
  });

  it("is told by its id; an unknown one is not known, in words", async () => {
    for (const id of [crypto.randomUUID(), "x"]) {
      const { status, body } = await board.json(`/api/jobs/retries/${id}`);
      expect([status, body.detail]).toEqual([404, expect.stringContaining("retry it again")]);
    }
  });
});
