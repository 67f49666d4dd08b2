// The console as people see it, with nothing to show and with hostile names.
import type { ResetProgress } from "@inventory-sync/db";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { standing } from "../src/console/overview/sentence.ts";
import type { OverviewView } from "../src/console/overview/view.ts";
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
    for (const text of [
      "What to do first",
      "curl -X POST",
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
      return page.includes("1 job has failed") && page.includes("has been running since") ? page : undefined;
    };
    const page = await expect.poll(find, { timeout: 10_000 }).toBeDefined().then(find);
    expect(page).not.toContain("<script>alert");
    expect(page).not.toContain("<img");
    expect(page).toContain("&#60;script&#62;alert(&#39;x&#39;)");
    expect(page).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    expect(page).not.toMatch(/<script(?![^>]+src="\/static\/)/);
    expect(page).toMatch(/<time datetime="[^"]+Z"><span>20\d\d-\d\d-\d\d<\/span> <span>\d\d:\d\d E[SD]T</);
  });

  it("answers a browser that asks for a page that is not there with a page", async () => {
    const answer = await fetch(`${board.url}/nothing`, {
      headers: { cookie: await board.signIn("vera"), accept: "text/html" },
    });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([404, "text/html; charset=utf-8"]);
  });
});

describe("the overview's sentence", () => {
  const counts = {
    ...{ waiting: 0, active: 0, delayed: 0, failed: 0, completed: 0, "waiting-children": 0, oldestWaitingMs: null },
  };
  const reset: ResetProgress = {
    ...{ id: "r", file: "stock.csv", state: "completed-with-holds", generation: 0, asOf: new Date(0), preview: false },
    ...{ requestedBy: "schedule", rows: 9, rejected: 0, corrected: 4, outcome: null },
    ...{ facilities: 120, facilitiesDone: 120, facilitiesFailed: 0, facilitiesHeld: 2 },
    ...{ correctedApplied: 4, unitsChanged: 4 },
    ...{ createdAt: new Date("2026-11-23T09:00:00Z"), finishedAt: new Date("2026-11-23T09:01:00Z") },
  };
  const view: OverviewView = {
    ...{ facilities: 120, resets: [reset], lastReset: null, attention: { parts: [], total: 0 }, alarms: [] },
    queues: { events: counts, resets: counts, "facility-resets": counts },
    ...{ current: undefined, history: undefined },
  };
  const say = (shown: OverviewView, now = "2026-11-23T10:00:00Z") => standing(shown, "America/New_York", new Date(now));

  it("says how the last reset went, and that nothing needs attention", () => {
    expect(say(view)).toEqual({
      text: "Last reset 04:00 EST: 118 of 120 facilities applied, 2 held.",
      ...{ notes: ["Nothing needs attention"], mood: "good" },
    });
    expect(say(view, "2026-11-24T10:00:00Z").text).toContain("Last reset 2026-11-23 04:00 EST: 118 of 120");
    const running = { ...reset, state: "reconciling", finishedAt: null, facilitiesDone: 40 };
    expect(say({ ...view, resets: [running] })).toMatchObject({
      text: "A reset has been running since 04:00 EST: 40 of 120 facilities done.",
      mood: "wait",
    });
    const failed = { ...reset, state: "failed", outcome: "stock.csv has no header" };
    expect(say({ ...view, resets: [failed] })).toMatchObject({
      text: "Last reset 04:00 EST failed: stock.csv has no header.",
      mood: "bad",
    });
  });

  it("names what cannot be reached before all else, and what needs somebody", () => {
    expect(say({ ...view, resets: undefined })).toMatchObject({
      mood: "bad",
      text: expect.stringContaining("database"),
    });
    expect(say({ ...view, queues: undefined }).text).toContain("The queue cannot be reached");
    const queues = { events: { ...counts, failed: 3 }, resets: counts, "facility-resets": counts };
    expect(say({ ...view, queues })).toMatchObject({ mood: "bad", notes: ["3 jobs have failed"] });
  });
});
