// The console as people see it, with nothing to show and with hostile names.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stateSentence } from "../src/console/sentence.ts";
import type { ConsoleView } from "../src/console/view.ts";
import { apply, failSales, sale, startTestBoard, type TestBoard } from "./support.ts";

const hostile = `"><script>alert('x')</script><img src=x onerror=alert(1)>`;

describe("the console", () => {
  let board: TestBoard;
  beforeAll(async () => {
    board = await startTestBoard({ RESET_TIME_ZONE: "America/New_York" });
  });
  afterAll(() => board.stop());

  const show = async (name: string) => {
    const answer = await fetch(`${board.url}/`, { headers: { cookie: await board.signIn(name), accept: "text/html" } });
    return { answer, page: await answer.text() };
  };

  it("explains itself while there is nothing to show", async () => {
    const { page } = await show("vera");
    expect(page).toContain("Everything is up; nothing has been sold or counted yet.");
    for (const text of ["No reset has run yet", "No facility is known yet", "No job has failed"])
      expect(page).toContain(text);
  });

  it("shows buttons to those who may act, and none to those who may not", async () => {
    expect((await show("olga")).page).toContain("Run a reset now");
    expect((await show("vera")).page).not.toContain("Run a reset now");
  });

  it("shows hostile ids as text, times with their zone, and nothing from outside", async () => {
    await apply(board.database, sale("e1", hostile, "A", 1));
    await failSales(board.queues, "UNKNOWN_PRODUCT", [sale(hostile, hostile, "A", 1)]);
    await board.database.pool.query(
      `insert into reset (id, file, size, modified_at, observed_at, requested_by, state)
       values (gen_random_uuid(), $1, 1, now(), now(), $1, 'reconciling')`,
      [hostile],
    );
    const find = async () => {
      const { page } = await show("olga");
      return page.includes("1 job has failed") ? page : undefined;
    };
    const page = await expect.poll(find, { timeout: 10_000 }).toBeDefined().then(find);
    expect(page).not.toContain("<script>alert");
    expect(page).not.toContain("<img");
    expect(page).toContain("&#60;script&#62;alert(&#39;x&#39;)");
    expect(page).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    expect(page).not.toMatch(/<script(?![^>]+src="\/static\/)/);
    expect(page).toMatch(/<time datetime="2026-11-20T10:00:00.000Z">2026-11-20 05:00:00 (EST|GMT[-−]5)/);
    expect(page).toContain("1 reset is running");
  });

  it("answers a browser that asks for a page that is not there with a page", async () => {
    const answer = await fetch(`${board.url}/nothing`, {
      headers: { cookie: await board.signIn("vera"), accept: "text/html" },
    });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([404, "text/html; charset=utf-8"]);
  });
});

describe("the sentence of state", () => {
  const view: ConsoleView = {
    ...{
      now: new Date(0),
      timeZone: "UTC",
      facilities: [],
      moreFacilities: false,
      resets: [],
      queues: undefined,
      failed: [],
      attention: { parts: [], total: 0 },
      alarms: [],
    },
  };
  const counts = {
    waiting: 0,
    active: 0,
    delayed: 0,
    failed: 0,
    completed: 0,
    "waiting-children": 0,
    oldestWaitingMs: null,
  };
  const queues = { events: counts, resets: counts, "facility-resets": counts };
  const facility = { facilityId: "S001", state: "open", lastReset: null, lastEventAt: null } as const;

  it("names what cannot be reached first", () => {
    expect(stateSentence({ ...view, facilities: undefined })).toMatchObject({
      mood: "bad",
      text: expect.stringContaining("database"),
    });
    expect(stateSentence(view)).toMatchObject({ mood: "bad", text: expect.stringContaining("queue") });
  });

  it("says what needs somebody, else that all is well", () => {
    const well = { ...view, queues, facilities: [facility, facility] };
    expect(stateSentence(well)).toEqual({ mood: "good", text: "2 facilities are open and nothing needs attention." });
    const held = {
      ...well,
      facilities: [{ ...facility, state: "held" as const }],
      queues: { ...queues, events: { ...counts, failed: 3 } },
    };
    expect(stateSentence(held)).toEqual({
      mood: "bad",
      text: "1 facility waits for a decision and 3 jobs have failed.",
    });
  });
});
