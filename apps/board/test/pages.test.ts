// What needs somebody, on the console and on a reset's page: what is said before anybody acts, and hostile names on every
// page that the board sends.
import { readFile } from "node:fs/promises";
import { reconcileFacility, recordRequests } from "@inventory-sync/db";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { event, reconcileOptions, send, snapshot, stage } from "../../../packages/db/test/ledger-driver.ts";
import { failSales, sale, startTestBoard, type TestBoard } from "./support.ts";

const hostile = `"><script>alert('x')</script><img src=x onerror=alert(1)>`;
const guards = { rejectedPct: 5, zeroedPct: 20, missingPct: 20, unitsPct: 50 };

describe("pages for people", () => {
  let board: TestBoard;
  let held: { resetId: string; facility: number };
  beforeAll(async () => {
    board = await startTestBoard({ RESET_TIME_ZONE: "America/New_York" });
    const { database } = board;
    await snapshot(database, { at: "08:00", counts: { [hostile]: 1_234.5 }, facilityId: hostile });
    await send(database, [event(hostile, "sale", { at: "09:00", lines: { [hostile]: 1 }, facilityId: hostile })]);
    held = await stage(database, { at: "12:00", counts: { [hostile]: 10 }, facilityId: hostile });
    await reconcileFacility(database, held, { ...reconcileOptions, guards });
    await database.pool.query("update reset set file = $2, requested_by = $2, outcome = $2 where id = $1", [
      held.resetId,
      hostile,
    ]);
    await database.pool.query("update facility_reset set error = $2 where reset_id = $1", [held.resetId, hostile]);
    await database.pool.query(
      "insert into alarm (key, kind, message, facility_id) values ('facility-held:x', 'facility-held', $1, $2)",
      [`${hostile} waits for somebody`, hostile],
    );
    const refused = {
      ...{ id: "4dd0a1a4-7f34-4c6c-9b3a-3a1f7a4f0c11", at: new Date().toISOString(), client: hostile, keyId: null },
      ...{ address: hostile, call: hostile, status: 422, code: hostile, detail: hostile, pointer: hostile },
      ...{ eventId: hostile, requestId: hostile, bodyHead: hostile },
    };
    const counts = { accepted: 3, refused: 1, unavailable: 0, leftOut: 2 };
    await recordRequests(database, {
      refused: [refused],
      minutes: [{ client: hostile, minute: refused.at, process: refused.id, ...counts }],
    });
    await failSales(board.queues, "UNKNOWN_PRODUCT", [sale(hostile, hostile, hostile, 1)]);
  });
  afterAll(() => board.stop());

  const show = async (path: string, name?: string) => {
    const cookie = name === undefined ? "" : await board.signIn(name);
    const answer = await fetch(`${board.url}${path}`, { headers: { cookie, accept: "text/html" }, redirect: "manual" });
    return { status: answer.status, page: await answer.text(), policy: answer.headers.get("content-security-policy") };
  };

  it("say first what rings and what is held, why, and what each button will do", async () => {
    const { page } = await show("/", "olga");
    const order = ["Store held: ", "Needs attention", "is held", "Approve …", "Reject …", "Run a reset now …"].map(
      (text) => page.indexOf(text),
    );
    expect(order).not.toContain(-1);
    expect(order).toEqual([...order].sort((one, other) => one - other));
    expect(page).toContain("stock would fall by 99.2 %: 1,233.5 → 10 units");
    expect(page).toMatch(/Approve [^<]+: correct 1 product, 1,233\.5 → 10 units<\/button>/);
    expect(page).toMatch(/Reject [^<]+: change nothing, 1,233\.5 units stay<\/button>/);
    expect(page).toContain("/runbook#facility-held");
    expect(page).toContain("Preview: what would a reset do?");
    expect(page).toContain(`/api/resets/${held.resetId}/variances.csv`);
  });

  it("show viewers the same without a button", async () => {
    for (const path of ["/", `/resets/${held.resetId}`]) {
      const { page } = await show(path, "vera");
      expect(page).toContain("held");
      expect(page).not.toContain("data-post");
    }
  });

  it("carry no script of anybody's, whatever products, facilities, events and files are called", async () => {
    const id = encodeURIComponent(hostile);
    const pages = [
      ...[
        await show("/", "olga"),
        await show(`/resets/${held.resetId}`, "olga"),
        await show("/resets/nonsense", "olga"),
      ],
      await show(`/requests?client=${id}`, "vera"),
      ...[await show(`/${id}`, "olga"), await show(`/sign-in?next=${id}`), await show(`/queues/queue/${id}`, "olga")],
    ];
    for (const { page, policy } of pages) {
      expect(page).toContain("<html");
      expect(page).not.toContain("<script>alert");
      expect(page).not.toContain("<img src=x");
      expect(page).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
      expect(policy).toContain("script-src 'self'");
      expect(policy).not.toMatch(/script-src[^;]*unsafe/);
    }
    expect(pages[0]?.page).not.toMatch(/<script(?![^>]+src="\/static\/)/);
    expect(pages[0]?.page).not.toMatch(/\son[a-z]+="/);
  });

  it("say each state in words and need no width of their own", async () => {
    const css = await readFile(new URL("../static/console.css", import.meta.url), "utf8");
    expect(css).toContain("prefers-color-scheme: dark");
    expect(css).toContain(":focus-visible");
    expect(css).not.toMatch(/min-width:\s*\d{3,}px/);
    expect((await show("/", "olga")).page).toContain('name="viewport" content="width=device-width, initial-scale=1"');
  });

  it("show what was refused, filtered, with who sends how much, and the same as JSON", async () => {
    const { page } = await show("/requests?status=422", "vera");
    expect(page.indexOf("Refused requests")).toBeLessThan(page.indexOf("By client, the last 24 hours"));
    expect(page).toContain("25.0 %");
    expect(page).toContain("2 requests of the last 24 hours came too fast to be listed");
    expect(page).toMatch(/<summary>Body<\/summary><pre tabindex="0">[^<]+<\/pre>/);
    expect((await show("/requests?client=nobody", "vera")).page).toContain("No refused request.");
    const later = (await show("/requests?since=2027-02-01T10:00", "vera")).page;
    expect(later).toContain("No refused request.");
    expect(later).toContain(
      'Since (America/New_York)</span><input type="datetime-local" name="since" step="1" value="2027-02-01T10:00:00"',
    );
    expect((await board.json("/api/requests?code=other")).body.items).toEqual([]);
    expect((await board.json("/api/requests")).body.items).toMatchObject([{ client: hostile, bodyHead: hostile }]);
    expect((await board.json("/api/requests/clients")).body.items).toMatchObject([{ client: hostile, leftOut: 2 }]);
    expect((await board.json("/api/requests?status=200")).status).toBe(400);
  });

  it("have the alarms as JSON as well", async () => {
    expect((await board.json("/api/alarms")).body.items).toMatchObject([
      { kind: "facility-held", facilityId: hostile, runbook: "docs/runbook.md#facility-held" },
    ]);
  });

  it("explain a level over HTTP, hostile names included", async () => {
    const id = encodeURIComponent(hostile);
    const { status, body } = await board.json(`/api/facilities/${id}/inventory/sku/${id}/explain`);
    expect([status, body]).toMatchObject([
      200,
      {
        ...{ facilityId: hostile, idValue: hostile, onHand: 1_233.5, snapshot: { counted: 1_234.5 } },
        lines: [
          { what: "counted", quantity: 1_234.5 },
          { what: "sale", quantity: -1 },
        ],
        corrections: [{ state: "held", counted: 10 }, { state: "applied" }],
      },
    ]);
    expect((await board.json(`/api/facilities/${id}/inventory/SKU/never/explain`)).status).toBe(404);
  });
});
