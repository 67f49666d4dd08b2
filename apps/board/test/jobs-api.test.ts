// Failed jobs over HTTP: grouped, listed, retried.
import { settleAlarms } from "@inventory-sync/db";
import { alarmKinds } from "@inventory-sync/domain";
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

  const show = async (path: string, name: string) => {
    const headers = { cookie: await board.signIn(name), accept: "text/html" };
    return (await fetch(`${board.url}${path}`, { headers })).text();
  };

  it("has a page: by cause, by facility, one by one, with a way to each job, and buttons for operators only", async () => {
    // What is in the ledger has changed since the jobs were counted, which is noticed by and by.
    const counted = "1 in the ledger whole, 2 not in the ledger";
    await expect.poll(() => show("/jobs", "olga"), { timeout: 30_000, interval: 200 }).toContain(counted);
    const page = await show("/jobs", "olga");
    const [job] = (await board.queues.failedJobs({ facility: "S002" })).jobs;
    expect(page).toContain(`href="/queues/queue/events/${job?.id}"`);
    for (const text of ["5 failed jobs", "Retry 3</button>", "All of them counted"]) expect(page).toContain(text);
    expect(page).toContain("whose event is there with other content");
    expect(page).not.toContain("<b>");
    const one = await show("/jobs?error=UNKNOWN_PRODUCT&facilityId=S002", "vera");
    expect([one.includes("sale S002 u2"), one.includes("sale S001 u1"), one.includes("data-post")]).toEqual([
      ...[true, false, false],
    ]);
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

describe("the alarms page", () => {
  let board: TestBoard;
  beforeAll(async () => {
    board = await startTestBoard();
    const about = { since: new Date("2026-11-23T06:00:00Z"), facilityId: "<b>" };
    const causes = [
      { key: "facility-silent:<b>", kind: "facility-silent", message: "<b> is silent", ...about },
      { key: "facility-held:a/b", kind: "facility-held", message: "it is held", ...about },
    ] as const;
    await settleAlarms(board.database, { judged: ["facility-silent"], causes }, new Date());
  });
  afterAll(() => board.stop());

  const show = async (path: string, name: string) => {
    const headers = { cookie: await board.signIn(name), accept: "text/html" };
    return (await fetch(`${board.url}${path}`, { headers })).text();
  };
  const acknowledge = (key: string, body: object) =>
    board.json(`/api/alarms/${encodeURIComponent(key)}/acknowledge`, body);

  it("shows what rings and who has it; an alarm is taken on with a note, which the audit log has too", async () => {
    const before = await show("/alarms", "olga");
    expect(before).toContain("2 alarms ringing");
    expect(before).toContain('href="/runbook#facility-silent"');
    expect(before).not.toContain("<b>");
    expect(await show("/alarms", "vera")).not.toContain("data-post");
    expect((await acknowledge("facility-held:a/b", { note: "x".repeat(501) })).status).toBe(422);
    expect((await acknowledge("facility-held:a/b", { since: "2026-11-23T07:00:00Z" })).status).toBe(409);
    expect((await acknowledge("facility-held:c", {})).status).toBe(404);
    const taken = await acknowledge("facility-held:a/b", { note: " I have it ", since: "2026-11-23T06:00:00.000Z" });
    expect([taken.status, taken.body]).toMatchObject([200, { by: "board token", note: "I have it" }]);
    expect((await board.json("/api/alarms")).body.items).toMatchObject([
      { key: "facility-held:a/b", acknowledged: { by: "board token", note: "I have it" } },
      { key: "facility-silent:<b>", acknowledged: null },
    ]);
    expect(await show("/alarms", "olga")).toContain("“I have it”");
    const noted = (await board.json("/api/audit?limit=5")).body.items;
    expect(noted.find(({ outcome }) => outcome === "acknowledged: I have it")).toMatchObject({
      ...{ what: "acknowledge an alarm", target: "alarm facility-held:a/b", who: "board token" },
    });
  });

  it("shows what is over, and the API does", async () => {
    await settleAlarms(board.database, { judged: ["facility-held"], causes: [] }, new Date());
    expect((await board.json("/api/alarms?state=cleared")).body.items).toMatchObject([{ key: "facility-held:a/b" }]);
    expect(await show("/alarms", "vera")).toContain("1 alarm ringing");
    expect((await acknowledge("facility-held:a/b", {})).status).toBe(409);
    expect((await board.json("/api/alarms?state=loud")).status).toBe(400);
  });

  it("has the runbook beside it, with a place for every alarm and for every link", async () => {
    const page = await show("/runbook", "vera");
    for (const kind of alarmKinds) expect(page).toContain(`<h2 id="${kind}">`);
    const links = [...page.matchAll(/href="#([^"]+)"/g)].map((link) => link[1] ?? "");
    expect(links.length).toBeGreaterThan(15);
    for (const link of links) expect(page, link).toContain(`id="${link}"`);
  });
});
