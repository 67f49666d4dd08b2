// Failed jobs over HTTP: grouped, listed, retried.
import { applyEvents, run, settleAlarms } from "@inventory-sync/db";
import { alarmKinds, contentDigest, fromWire } from "@inventory-sync/domain";
import { dismissJobs } from "@inventory-sync/operator";
import { consumeEvents, type QueueName } from "@inventory-sync/queue";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apply, failSales, sale, startTestBoard, type TestBoard } from "./support.ts";

interface RetryAnswer {
  readonly retried: number;
  readonly retryId: string;
  readonly ends: object | null;
}

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
        timeout: 60_000,
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
    const counted = "1 booked, 2 not booked";
    await expect.poll(() => show("/jobs", "olga"), { timeout: 60_000, interval: 200 }).toContain(counted);
    const page = await show("/jobs", "olga");
    const [job] = (await board.queues.failedJobs({ facility: "S002" })).jobs;
    expect(page).toContain(`href="/queues/queue/events/${job?.id}"`);
    for (const text of ["5 failed jobs", "Retry 3</button>", "Sales with unknown products (3)", "As of"])
      expect(page).toContain(text);
    expect(page).toContain("clash with another receipt of the same number");
    // No retry can help these.
    for (const text of ["Dismiss 2</button>", "Retrying cannot help. Show the jobs"]) expect(page).toContain(text);
    expect(page).not.toContain("Retry 2</button>");
    expect(page).not.toContain("<b>");
    const one = await show("/jobs?error=UNKNOWN_PRODUCT&facilityId=S002", "vera");
    expect([one.includes("sale S002 u2"), one.includes("sale S001 u1"), one.includes("data-post")]).toEqual([
      ...[true, false, false],
    ]);
  });

  it("shows both contents of a receipt number that was used twice, and books the second under a number of its own", async () => {
    await apply(board.database, sale("t1", "S010", "TEE", 1));
    await failSales(board.queues, "EVENT_ID_REUSED", [sale("t1", "S010", "CAP <b>", 2)]);
    const first = { type: "sale", lines: [{ idType: "SKU", idValue: "TEE", quantity: -1 }] };
    const second = { type: "sale", lines: [{ idValue: "CAP <b>", quantity: -2 }] };
    const { items } = (await board.json("/api/jobs/clashes?facilityId=S010")).body;
    expect(items).toMatchObject([{ eventId: "t1", first, second, kind: "stock", isBooked: false }]);
    for (const path of ["/jobs?facilityId=S010", "/facilities/S010/events/t1"]) {
      const page = await show(path, "olga");
      for (const text of [
        "The first, in the ledger",
        "−1 TEE",
        "−2 CAP &#60;b&#62;",
        "Book as a sale of its own</button>",
      ])
        expect([path, page]).toEqual([path, expect.stringContaining(text)]);
    }
    expect(await show("/facilities/S010/events/t1", "vera")).not.toContain("Book as a sale");

    const ask = { facilityId: "S010", reason: "two tills on one number" };
    expect((await board.json("/api/jobs/book", { ...ask, reason: "" })).status).toBe(422);
    expect((await board.json("/api/jobs/book", { ...ask, error: "UNKNOWN_PRODUCT" })).status).toBe(409);
    const { body } = await board.json("/api/jobs/book", ask);
    const bookedAs = items[0]?.bookedAs;
    expect(body).toMatchObject({
      booked: 1,
      again: 0,
      left: 0,
      events: [{ facilityId: "S010", eventId: "t1", bookedAs }],
    });
    const [noted] = (await board.json("/api/audit?limit=1")).body.items;
    expect(noted?.outcome).toBe(`1 sale is booked under a number of its own (t1 as ${bookedAs}): ${ask.reason}`);
    const unknown = { facility: "create", product: "create" } as const;
    const consumer = consumeEvents(board.queues, (events) => applyEvents(board.database, events, unknown));
    await expect
      .poll(() => show(`/facilities/S010/events/${bookedAs}`, "vera"), { timeout: 60_000 })
      .toContain("It is booked");
    await consumer.close({ graceMs: 2_000 });
    expect(await show("/jobs/dismissed?facilityId=S010", "vera")).toContain(
      `events/${encodeURIComponent(bookedAs ?? "")}`,
    );
  });

  it("refuses to retry what was not said", async () => {
    for (const body of [{}, { error: "A", jobIds: ["x"] }, { jobIds: [] }, { everything: true }, { error: 7 }]) {
      const answer = await board.json("/api/jobs/retry", body);
      expect([body, answer.status]).toEqual([body, 422]);
      expect(answer.body.errors.length).toBeGreaterThan(0);
    }
  });

  it("dismisses nothing without a reason, nor what would lose a sale that the caller does not know of", async () => {
    const all = { error: "UNKNOWN_PRODUCT", reason: "a test" };
    for (const body of [{ error: "UNKNOWN_PRODUCT" }, { ...all, reason: " " }, { ...all, losing: -1 }, { reason: "x" }])
      expect([body, (await board.json("/api/jobs/dismiss", body)).status]).toEqual([body, 422]);
    for (const body of [all, { ...all, losing: 1 }]) {
      const { status, body: answer } = await board.json("/api/jobs/dismiss", body);
      expect([status, answer.detail]).toEqual([409, expect.stringMatching(/2 sales of 3 jobs.*"losing": 2/)]);
    }
    expect((await board.queues.counts()).events.failed).toBe(5);
    expect((await board.json("/api/jobs/dismissed?error=UNKNOWN_PRODUCT")).body.items).toEqual([]);
  });

  it("dismisses what the ledger has, and what is known to be lost, and keeps what each carried", async () => {
    const events = [sale("d1", "S009", "A", 1), sale("d2", "S009", "A", 1)];
    await failSales(board.queues, "UNKNOWN_PRODUCT", events);
    await apply(board.database, sale("d1", "S009", "A", 1));
    const accepted = `insert into accepted_event (facility_id, event_id, content, payload, client, sweep_at)
                      values ($1, $2, decode(left($3, 32), 'hex'), '{}', 'test', now())`;
    for (const event of events.map((each) => fromWire(each, new Date())))
      await board.database.pool.query(accepted, [event.facilityId, event.eventId, contentDigest(event)]);
    const { body } = await board.json("/api/jobs/failed?facilityId=S009");
    const known = (body.items as unknown as { losing: number; jobId: string }[]).find(({ losing }) => losing === 0);
    const booked = { jobIds: [known?.jobId], reason: "it is booked" };
    expect((await board.json("/api/jobs/dismiss", booked)).body).toEqual({ dismissed: 1, lost: 0, more: false });
    const rest = { facilityId: "S009", reason: "made-up <b>", losing: 1 };
    expect((await board.json("/api/jobs/dismiss", rest)).body).toEqual({ dismissed: 1, lost: 1, more: false });
    const [noted] = (await board.json("/api/audit?limit=1")).body.items;
    expect(noted).toMatchObject({
      ...{ what: "dismiss failed jobs", target: "facility S009" },
      outcome: "1 job is dismissed, 1 sale is lost: made-up <b>",
    });
    expect((await board.json("/api/jobs/failed?facilityId=S009")).body.items).toEqual([]);
    // The inbox would have queued them again.
    expect(await board.database.prisma.acceptedEvent.count()).toBe(0);

    const { items } = (await board.json("/api/jobs/dismissed?error=UNKNOWN_PRODUCT")).body;
    expect(items).toMatchObject([
      { who: "board token", reason: "made-up <b>", facilityId: "S009", lost: 1, confirmed: true, queue: "events" },
      { who: "board token", reason: "it is booked", lost: 0, payload: { client: "test", events: [{ eventId: "d1" }] } },
    ]);
    const file = await board.call("/api/jobs/dismissed.ndjson?facilityId=S009");
    expect(file.headers.get("content-disposition")).toContain("dismissed-jobs.ndjson");
    const lines = (await file.text()).trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual(items);
    const page = await show("/jobs/dismissed?error=UNKNOWN_PRODUCT", "vera");
    for (const text of ["1 sale", "made-up &#60;b&#62;", "&#34;eventId&#34;: &#34;d2&#34;"])
      expect(page).toContain(text);
    expect(await show("/jobs/dismissed?error=POISON", "vera")).toContain("No job was dismissed");
  });

  it("shows what was kept by a board that died before the job left its queue as not confirmed; it can be dismissed again", async () => {
    await failSales(board.queues, "BAD_PAYLOAD", [sale("b1", "S008", "A", 1)]);
    await apply(board.database, sale("b1", "S008", "A", 1));
    const [job] = (await board.queues.failedJobs({ facility: "S008" })).jobs;
    const kept = { jobId: job?.id, name: "sale", cause: "BAD_PAYLOAD", message: "x", facilityId: "S008", lost: 0 };
    const jobs = JSON.stringify([{ ...kept, failedAt: job?.failedAt, payload: "{}" }]);
    await run(board.database.pool, "keep_jobs_to_dismiss", ["ada", "why", "events", jobs]);
    const listed = async () => (await board.json("/api/jobs/dismissed?facilityId=S008")).body.items;
    expect(await listed()).toMatchObject([{ who: "ada", confirmed: false, payload: {} }]);
    expect(await show("/jobs/dismissed", "vera")).toContain("not confirmed");
    const again = await board.json("/api/jobs/dismiss", { facilityId: "S008", reason: "again" });
    expect(again.body).toEqual({ dismissed: 1, lost: 0, more: false });
    expect(await listed()).toMatchObject([
      { who: "board token", confirmed: true },
      { who: "ada", confirmed: false },
    ]);
  });

  it("keeps a job in sight whose removal was carried out and never answered", async () => {
    await failSales(board.queues, "UNKNOWN_PRODUCT", [sale("c1", "S007", "A", 1), sale("c2", "S007", "A", 1)]);
    const { database, queues } = board;
    const [first, second] = (await queues.failedJobs({ facility: "S007" })).jobs;
    const cut = async (queue: QueueName, ids: readonly string[]) => {
      await queues.removeFailed(queue, [first?.id ?? ""]);
      await queues.retryFailed({ ids: [second?.id ?? ""] });
      return queues.removeFailed(queue, ids);
    };
    const by = { who: "ada", reason: "cut off", losing: 2 };
    const parts = { database, queues: { ...queues, removeFailed: cut } };
    expect(await dismissJobs(parts, { facility: "S007" }, by)).toMatchObject({ dismissed: 0, lost: 0 });
    const { items } = (await board.json("/api/jobs/dismissed?facilityId=S007")).body;
    expect(items).toMatchObject([{ jobId: first?.id, confirmed: false, lost: 1 }]);
  });

  it("retries one facility, a list, and all of one cause, and says how many", async () => {
    const hopeless = await board.json("/api/jobs/retry", { error: "EVENT_ID_REUSED" });
    expect([hopeless.status, hopeless.body.detail]).toEqual([409, expect.stringContaining('"anyway": true')]);
    const retry = async (body: object) => (await board.json("/api/jobs/retry", body)).body as unknown as RetryAnswer;
    expect(await retry({ facilityId: "S001" })).toMatchObject({ retried: 2 });
    const [reused] = (await board.json("/api/jobs/failed?error=EVENT_ID_REUSED")).body.items;
    expect(await retry({ jobIds: [reused?.jobId, "no-such-job"] })).toMatchObject({ retried: 1 });
    const { retryId, retried } = await retry({ error: "UNKNOWN_PRODUCT" });
    expect([retried, (await retry({ error: "UNKNOWN_PRODUCT" })).retried]).toEqual([2, 0]);
    expect((await board.queues.counts()).events).toMatchObject({ failed: 0, waiting: 6 });

    const ends = async () => ((await board.json(`/api/jobs/retries/${retryId}`)).body as unknown as RetryAnswer).ends;
    expect(await ends()).toEqual({ done: 0, failedAgain: 0, underWay: 2 });
    const consumer = consumeEvents(board.queues, async (events) =>
      events.map(({ eventId }) =>
        eventId === "u2"
          ? ({ fate: "done", applied: 1, duplicate: 0, absorbed: 0, skipped: 0 } as const)
          : ({ fate: "rejected", code: "UNKNOWN_PRODUCT", message: "still none" } as const),
      ),
    );
    await expect.poll(ends, { timeout: 60_000 }).toEqual({ done: 1, failedAgain: 1, underWay: 0 });
    await consumer.close({ graceMs: 2_000 });
    expect(await show("/jobs", "vera")).toMatch(/cause UNKNOWN_PRODUCT<.strong> <span>1 done, 1 failed again</);
  });
});

describe("the alarms page", () => {
  let board: TestBoard;
  const since = new Date("2026-11-23T06:00:00Z");
  const resetId = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff";
  const silent = ["<b>", "S002", "S003"].map(
    (facilityId) =>
      ({
        key: `facility-silent:${facilityId}`,
        kind: "facility-silent",
        message: `${facilityId} is silent`,
        since,
        facilityId,
      }) as const,
  );
  const held = {
    key: "facility-held:a/b",
    kind: "facility-held",
    message: "it is held",
    since,
    facilityId: "a/b",
    resetId,
  } as const;
  const judged = ["facility-silent", "facility-held"] as const;
  beforeAll(async () => {
    board = await startTestBoard();
    await settleAlarms(board.database, { judged, causes: [...silent, held] }, new Date());
  });
  afterAll(() => board.stop());

  const show = async (path: string, name: string) => {
    const headers = { cookie: await board.signIn(name), accept: "text/html" };
    return (await fetch(`${board.url}${path}`, { headers })).text();
  };
  const acknowledge = (key: string, body: object) =>
    board.json(`/api/alarms/${encodeURIComponent(key)}/acknowledge`, body);
  const badge = (page: string) => /Alarms <span class="count">(\d+)</.exec(page)?.[1];

  it("says each kind in one line, the worst first, and leads to the decision", async () => {
    for (const path of ["/", "/alarms"]) {
      const page = await show(path, "olga");
      const list = page.slice(page.lastIndexOf("4 active alarms"));
      const places = ["Store held: a/b", "3 stores are silent", "Store silent: S002"].map((text) => list.indexOf(text));
      expect(places).not.toContain(-1);
      expect(places).toEqual([...places].sort((one, other) => one - other));
      expect(page).toContain(`href="/resets/${resetId}?facility=a%2Fb#card-a%252Fb">Approve or reject</a>`);
      expect(page).toContain('href="/runbook#facility-silent"');
      expect(page).not.toContain("<b>");
      expect(badge(page)).toBe("4");
    }
    expect(await show("/alarms", "vera")).not.toContain("data-post");
  });

  it("has who acknowledged one, with a note, which the audit log has too", async () => {
    expect((await acknowledge("facility-held:a/b", { note: "x".repeat(501) })).status).toBe(422);
    expect((await acknowledge("facility-held:a/b", { since: "2026-11-23T07:00:00Z" })).status).toBe(409);
    expect((await acknowledge("facility-held:c", {})).status).toBe(404);
    const taken = await acknowledge("facility-held:a/b", { note: " I have it ", since: "2026-11-23T06:00:00.000Z" });
    expect([taken.status, taken.body]).toMatchObject([200, { by: "board token", note: "I have it" }]);
    const { items } = (await board.json("/api/alarms")).body;
    expect(items.map(({ key }) => key)).toEqual([...silent.map(({ key }) => key).sort(), "facility-held:a/b"]);
    expect(items[3]).toMatchObject({ acknowledged: { by: "board token", note: "I have it" } });
    const keys: string[] = [];
    for (let cursor = ""; cursor !== "end"; ) {
      const page = (await board.json(`/api/alarms?limit=3${cursor && `&cursor=${cursor}`}`)).body;
      keys.push(...page.items.map(({ key }) => String(key)));
      cursor = (page.nextCursor as string | null) ?? "end";
    }
    expect(keys).toEqual(items.map(({ key }) => key));
    expect((await board.json("/api/alarms?cursor=x")).status).toBe(400);
    expect(await show("/alarms", "olga")).toContain("“I have it”");
    const noted = (await board.json("/api/audit?limit=5")).body.items;
    expect(noted.find(({ outcome }) => outcome === "acknowledged: I have it")).toMatchObject({
      ...{ what: "acknowledge an alarm", target: "alarm facility-held:a/b", who: "board token" },
    });
  });

  it("shows what is acknowledged below the rest, and counts it nowhere as waiting", async () => {
    const page = await expect
      .poll(() => show("/", "olga"), { timeout: 60_000 })
      .toContain("board token has it — I have it")
      .then(() => show("/", "olga"));
    expect(page).toMatch(
      /class="alarms open"[\s\S]+3 active alarms[\s\S]+class="alarms taken"[\s\S]+1 acknowledged alarm/,
    );
    expect(page).toContain("3 stores are silent");
    expect(page).not.toContain("1 active alarm");
    expect(badge(page)).toBe("3");
  });

  it("shows what is resolved, and the API does", async () => {
    await settleAlarms(board.database, { judged: ["facility-held"], causes: [] }, new Date());
    expect((await board.json("/api/alarms?state=cleared")).body.items).toMatchObject([{ key: "facility-held:a/b" }]);
    expect(await show("/alarms", "vera")).toContain("3 active alarms");
    expect((await acknowledge("facility-held:a/b", {})).status).toBe(409);
    expect((await board.json("/api/alarms?state=loud")).status).toBe(400);
  });

  it("has the runbook beside it, with a place for every alarm and for every link", async () => {
    const page = await show("/runbook", "vera");
    for (const kind of alarmKinds) expect(page).toContain(`<h2 id="${kind}">`);
    const links = [...page.matchAll(/href="#([^"]+)"/g)].map((link) => link[1] ?? "");
    expect(links.length).toBeGreaterThan(15);
    for (const link of links) expect(page, link).toContain(`id="${link}"`);
    expect(page, "documents that are not served").not.toMatch(/href="[^"]*\.md/);
  });
});
