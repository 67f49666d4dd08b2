// Trying many jobs again: through our own paged retry, also from Bull Board, and what Bull Board must not do.
import { createLog } from "@inventory-sync/runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRetries, type RetryRun } from "../src/retries.ts";
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

  const asked = { target: "cause UNKNOWN_PRODUCT", who: "olga", role: "operator", by: "session" } as const;
  const find = async (id: string) => (await board.json(`/api/jobs/retries/${id}`)).body as unknown as RetryRun;

  it("that a board had under way when it stopped is gone on with by the next, and its end is in the audit log", async () => {
    await failMany(board.queues, board.queueUrl, 2_999, 5);
    const first = createRetries(board.database, board.queues, log);
    const { retryId } = await first.start({ filter: { cause: "UNKNOWN_PRODUCT" }, ...asked });
    await expect
      .poll(() => find(retryId).then(({ retried }) => retried), { timeout: 20_000, interval: 5 })
      .toBeGreaterThan(0);
    await first.stop();
    const stopped = await find(retryId);
    expect(stopped).toMatchObject({ total: 3_000, who: "olga", target: asked.target });
    // The board of this test looks every few seconds for what was left, too.
    expect(["stopped", "running"]).toContain(stopped.state);
    const left = (await board.queues.counts()).events.failed;
    expect([left > 0, left + stopped.retried]).toEqual([true, 3_000]);
    // What fails after it was asked for is not its business.
    await failSales(board.queues, "UNKNOWN_PRODUCT", [sale("later", "S001", "A", 1)]);
    const waiting = (await board.queues.counts()).events.failed;
    const next = createRetries(board.database, board.queues, log);
    await next.resume();
    await expect.poll(() => find(retryId).then(({ state }) => state), { timeout: 20_000, interval: 20 }).toBe("done");
    expect(await find(retryId)).toMatchObject({ retried: 3_000, error: null, finishedAt: expect.any(String) });
    expect((await board.queues.counts()).events.failed).toBe(waiting - left);
    await next.stop();
    const end = async () =>
      (await board.json("/api/audit?limit=5")).body.items.find(({ what }) => what === "retry failed jobs: the end");
    await expect.poll(end).toMatchObject({ who: "olga", target: asked.target, outcome: "3000 jobs are tried again" });
  });

  it("is taken over from a board that died, by one only, and listed jobs go on where they were", async () => {
    const dead = createRetries(board.database, board.queues, log);
    const { retryId, ended } = await dead.start({ filter: { ids: ["gone-1", "gone-2"] }, ...asked });
    await ended;
    await board.database.pool.query(
      "update job_retry set state = 'running', place = '500', touched_at = now() - interval '2 minutes', finished_at = null where id = $1",
      [retryId],
    );
    const [one, other] = [1, 2].map(() => createRetries(board.database, board.queues, log));
    await Promise.all([one?.resume(), other?.resume()]);
    await expect.poll(() => find(retryId).then(({ state }) => state), { timeout: 20_000, interval: 20 }).toBe("done");
    await Promise.all([one?.stop(), other?.stop()]);
    expect(await find(retryId)).toMatchObject({ looked: 0, retried: 0, total: 2 });
  });

  it("says that an unknown one is not known", async () => {
    for (const id of [crypto.randomUUID(), "x"]) expect((await board.json(`/api/jobs/retries/${id}`)).status).toBe(404);
  });
});
