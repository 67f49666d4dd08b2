// The console as people see it, with nothing to show and with hostile names.

import type { Morning } from "@inventory-sync/operator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { standing } from "../src/pages/overview/sentence.ts";
import type { OverviewView } from "../src/pages/overview/view.ts";
import { apply, failSales, sale, startTestBoard, type TestBoard } from "./support.ts";

const hostile = `"><script>alert('x')</script><img src=x onerror=alert(1)>`;

describe("the console", () => {
  let board: TestBoard;
  beforeAll(async () => {
    board = await startTestBoard({ RESET_TIME_ZONE: "America/New_York" });
  });
  afterAll(() => board.stop());

  const show = async (name: string, path = "/") => {
    const answer = await fetch(`${board.url}${path}`, {
      headers: { cookie: await board.signIn(name), accept: "text/html" },
    });
    return { answer, page: await answer.text() };
  };

  it("explains itself while there is nothing to show", async () => {
    const { page } = await show("vera");
    expect(page).toContain("Everything is up; nothing has been sold or counted yet.");
    for (const text of [
      "What to do first",
      "curl -X POST $INGEST_URL/v1/events",
      "incoming/",
      "No reset has run yet",
      "No event was received",
    ])
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
      return page.includes("1 job has failed") && page.includes("is being applied") ? page : undefined;
    };
    const page = await expect.poll(find, { timeout: 60_000 }).toBeDefined().then(find);
    expect(page).not.toContain("<script>alert");
    expect(page).not.toContain("<img");
    expect(page).toContain("&#60;script&#62;alert(&#39;x&#39;)");
    expect(page).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    expect(page).not.toMatch(/<script(?![^>]+src="\/static\/)/);
    expect(page).toMatch(/<time datetime="[^"]+Z" title="20\d\d-\d\d-\d\d \d\d:\d\d:\d\d E[SD]T">[\w ]*\d\d:\d\d</);
  });

  it("draws as much of what was done as is asked for", async () => {
    for (const [range, text] of [
      ["", "24 hours"],
      ["6h", "6 hours"],
      ["7d", "7 days"],
      ["odd", "24 hours"],
    ]) {
      const { page } = await show("olga", `/?range=${range}`);
      expect(page).toContain(`The last ${text}</h2>`);
      expect(page).toMatch(new RegExp(`\\d+ events? in ${text}, `));
    }
  });

  it("answers a browser that asks for a page that is not there with a page", async () => {
    const answer = await fetch(`${board.url}/nothing`, {
      headers: { cookie: await board.signIn("vera"), accept: "text/html" },
    });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([404, "text/html; charset=utf-8"]);
    expect(await answer.text()).toContain("<h1>Page not found</h1><p>There is no page at /nothing.</p>");
  });
});

describe("the overview's sentence", () => {
  const counts = {
    ...{ waiting: 0, active: 0, delayed: 0, failed: 0, completed: 0, "waiting-children": 0, oldestWaitingMs: null },
  };
  const today: Morning = {
    ...{ opens: "2026-11-22T23:00:00.000Z", deadline: "2026-11-23T11:00:00.000Z", state: "applied" },
    ...{ stores: { applied: 120 }, appliedAt: "2026-11-23T09:17:00.000Z", resetId: "r" },
    ...{ running: null, refused: [], inUse: true },
  };
  const daily = (time: string) => ({ times: [time], timeZone: "America/New_York" });
  const source = { name: "default", schedule: daily("04:00"), deadlines: daily("06:00") };
  const view: OverviewView = {
    ...{
      facilities: 120,
      counts: [{ source, mornings: [today] }],
      resets: [],
      lastReset: null,
      attention: { parts: [], total: 0 },
      alarms: [],
    },
    queues: { events: counts, resets: counts, "facility-resets": counts, channels: counts },
    ...{ current: undefined, history: undefined },
  };
  const say = (shown: OverviewView, now = "2026-11-23T12:00:00Z") => standing(shown, "America/New_York", new Date(now));
  const sayOf = (changed: Partial<Morning>, now?: string) =>
    say({ ...view, counts: [{ source, mornings: [{ ...today, ...changed }] }] }, now);
  const nothing = { stores: {}, appliedAt: null, resetId: null, state: "none" } as const;

  it("says it of each source where there are several, and is as bad as the worst", () => {
    const late = { ...today, ...nothing };
    const north = { source: { ...source, name: "north" }, mornings: [today] };
    const south = { source: { ...source, name: "south" }, mornings: [late] };
    expect(say({ ...view, counts: [north, south] })).toMatchObject({
      text: "Today's count of north: applied 04:17 (120 stores). Today's count of south is late: the deadline was 06:00.",
      mood: "bad",
    });
  });

  it("says what became of today's count, and that nothing needs attention", () => {
    expect(say(view)).toEqual({
      text: "Today's count: applied 04:17 (120 stores).",
      ...{ refused: [], notes: ["Nothing needs attention"], mood: "good" },
    });
    expect(sayOf({ stores: { applied: 117, rejected: 2, reverted: 1 } }).text).toBe(
      "Today's count: applied 04:17 (117 applied, 2 rejected, 1 reverted).",
    );
    expect(sayOf({ ...nothing, stores: { held: 3 }, state: "held" }).text).toBe("Today's count is held: 3 held.");
    const running = { running: { file: "a.csv", state: "reconciling" }, stores: { applied: 40, pending: 80 } } as const;
    expect(sayOf(running)).toMatchObject({
      text: "Today's count is being applied: 40 of 120 stores done.",
      mood: "wait",
    });
  });

  it("says that it is late once the deadline has passed, before that when it is due, and nothing of it on a new system", () => {
    expect(sayOf(nothing)).toMatchObject({ text: "Today's count is late: the deadline was 06:00.", mood: "bad" });
    expect(sayOf(nothing, "2026-11-23T10:00:00Z")).toMatchObject({
      text: "Today's count has not come yet; the deadline is 06:00.",
      mood: "good",
    });
    expect(sayOf({ ...nothing, inUse: false }).text).toBe("No count has come yet.");
  });

  it("names a refused file beside it in a few words, whatever its reason says at length", () => {
    const outcome = `MISSING_COLUMN: ${"there is no column for the facility. ".repeat(20)}`;
    expect(sayOf({ refused: [{ resetId: "x", file: "lagerbestand.csv", outcome }] })).toMatchObject({
      text: "Today's count: applied 04:17 (120 stores).",
      refused: [{ resetId: "x", file: "lagerbestand.csv", why: "columns missing" }],
      mood: "bad",
    });
  });

  it("names what cannot be reached before all else, and what needs somebody", () => {
    expect(say({ ...view, resets: undefined })).toMatchObject({
      mood: "bad",
      text: expect.stringContaining("database"),
    });
    expect(say({ ...view, queues: undefined }).text).toContain("The queue cannot be reached");
    const queues = {
      ...{ events: { ...counts, failed: 3 }, resets: counts, "facility-resets": counts, channels: counts },
    };
    expect(say({ ...view, queues })).toMatchObject({ mood: "bad", notes: ["3 jobs have failed"] });
  });
});
