// Failed jobs over HTTP: grouped, listed, retried.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apply, failSales, sale, startTestBoard, type TestBoard } from "./support.ts";

describe("the failed jobs API", () => {
  let board: TestBoard;
  beforeAll(async () => {
    board = await startTestBoard();
    await failSales(board.queues, "UNKNOWN_PRODUCT", [
      sale("u1", "S001", "A", 1),
      sale("u2", "S002", "A", 1),
      sale("u3", "<b>", "A", 1),
    ]);
    await failSales(board.queues, "EVENT_ID_REUSED", [sale("r1", "S001", "A", 1), sale("r2", "S003", "A", 1)]);
  });
  afterAll(() => board.stop());

  it("groups failures by cause, most frequent first", async () => {
    const ask = () => board.json("/api/jobs/failed?groupBy=error");
    await expect
      .poll(async () => ((await ask()).body as unknown as { countedAt: string | null }).countedAt !== null, {
        timeout: 20_000,
      })
      .toBe(true);
    const { status, body } = await ask();
    expect(status).toBe(200);
    expect(body).toMatchObject({
      total: 5,
      items: [
        {
          error: "UNKNOWN_PRODUCT",
          queue: "events",
          count: 3,
          example: { message: expect.stringContaining("UNKNOWN_PRODUCT: ") },
        },
        { error: "EVENT_ID_REUSED", queue: "events", count: 2 },
      ],
    });
    expect(body).toMatchObject({ looked: 5, countedAt: expect.any(String) });
  });

  it("says of each whether its effect is in the ledger already", async () => {
    await apply(board.database, sale("u1", "S001", "A", 1));
    await apply(board.database, sale("r1", "S001", "A", 7));
    const { body } = await board.json("/api/jobs/failed");
    const told = body.items.map(({ name, effect }) => [name, effect]).sort();
    expect(told).toEqual([
      ["sale <b> u3", "none"],
      ["sale S001 r1", "other"],
      ["sale S001 u1", "all"],
      ["sale S002 u2", "none"],
      ["sale S003 r2", "none"],
    ]);
  });

  it("lists them one by one, page by page, by cause and by facility", async () => {
    const first = await board.json("/api/jobs/failed?limit=3");
    const second = await board.json(`/api/jobs/failed?limit=3&cursor=${first.body.nextCursor}`);
    expect([first.body.items.length, second.body.items.length]).toEqual([3, 2]);
    expect((await board.json("/api/jobs/failed?error=EVENT_ID_REUSED")).body.items).toHaveLength(2);
    expect((await board.json("/api/jobs/failed?facilityId=%3Cb%3E")).body.items).toMatchObject([
      { facilityId: "<b>", error: "UNKNOWN_PRODUCT" },
    ]);
    expect((await board.json("/api/jobs/failed?cursor=x")).status).toBe(400);
    expect((await board.json("/api/jobs/failed?groupBy=colour")).status).toBe(400);
  });

  it("refuses to retry what was not said", async () => {
    for (const body of [{}, { error: "A", jobIds: ["x"] }, { jobIds: [] }, { everything: true }, { error: 7 }]) {
      const answer = await board.json("/api/jobs/retry", body);
      expect([body, answer.status]).toEqual([body, 422]);
      expect(answer.body.errors.length).toBeGreaterThan(0);
    }
  });

  it("retries one facility, a list, and all of one cause, and says how many", async () => {
    expect((await board.json("/api/jobs/retry", { facilityId: "S001" })).body).toEqual({ retried: 2 });
    const [reused] = (await board.json("/api/jobs/failed?error=EVENT_ID_REUSED")).body.items;
    expect((await board.json("/api/jobs/retry", { jobIds: [reused?.jobId, "no-such-job"] })).body).toEqual({
      retried: 1,
    });
    expect((await board.json("/api/jobs/retry", { error: "UNKNOWN_PRODUCT" })).body).toEqual({ retried: 2 });
    expect((await board.json("/api/jobs/retry", { error: "UNKNOWN_PRODUCT" })).body).toEqual({ retried: 0 });
    expect((await board.queues.counts()).events).toMatchObject({ failed: 0, waiting: 5 });
  });
});
