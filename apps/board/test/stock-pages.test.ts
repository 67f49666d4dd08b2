// The pages of resets and of stock as people read them, over one real board: what is said before anybody acts, what is found,
// what a number is made of. Hostile names are on every page.
import { reconcileFacility } from "@inventory-sync/db";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { event, reconcileOptions, send, snapshot, stage } from "../../../packages/db/test/ledger-driver.ts";
import { startTestBoard, type TestBoard } from "./support.ts";

const hostile = `"><script>alert('x')</script><img src=x onerror=alert(1)>`;
const id = encodeURIComponent(hostile);
/** The same as it stands in an attribute. */
const escapedId = id.replaceAll("'", "&#39;");
const guards = { rejectedPct: 5, zeroedPct: 20, missingPct: 20, unitsPct: 50 };

let board: TestBoard;
let cookies: Readonly<Record<string, string>>;
let applied: { resetId: string; facility: number };
let held: { resetId: string; facility: number };

beforeAll(async () => {
  board = await startTestBoard({ RESET_TIME_ZONE: "America/New_York" });
  const { database } = board;
  cookies = { vera: await board.signIn("vera"), olga: await board.signIn("olga") };
  await snapshot(database, { at: "08:00", counts: { TEE: 100, [hostile]: 5 } });
  await send(database, [event("s1", "sale", { at: "09:00", lines: { TEE: 2 } })]);
  applied = await stage(database, { at: "12:00", counts: { TEE: 91, [hostile]: 5 } });
  await reconcileFacility(database, applied, reconcileOptions);
  await send(database, [
    event("late", "sale", { at: "11:00", lines: { TEE: 4 } }),
    event("s2", "sale", { at: "13:00", lines: { TEE: 5, NEGATIVE: 3 } }),
  ]);
  await snapshot(database, { at: "08:00", counts: { TEE: 7 }, facilityId: hostile });
  held = await stage(database, { at: "12:00", counts: { TEE: 900 }, facilityId: hostile });
  await reconcileFacility(database, held, { ...reconcileOptions, guards });
  await database.pool.query("update reset set finished_at = now(), state = 'completed', file = $1, timings = $2", [
    hostile,
    { fetchMs: 340, stageMs: 2_500, totalMs: 9_000 },
  ]);
  await database.pool.query(
    `insert into rejected_row (reset_id, line, facility_id, code, reason, fields) values ($1, 7, $2, 'BAD_QUANTITY', $2, array[$2, 'n/a'])`,
    [applied.resetId, hostile],
  );
});
afterAll(() => board.stop());

async function show(path: string, name = "olga") {
  const headers = { cookie: cookies[name] ?? "", accept: "text/html" };
  const answer = await fetch(`${board.url}${path}`, { headers, redirect: "manual" });
  const page = await answer.text();
  return { status: answer.status, page, text: page.replace(/<[^>]+>/g, "").replace(/\s+/g, " ") };
}

describe("the pages of resets", () => {
  it("say what waits in incoming/ and let operators preview or run it, once they have been told what that does", async () => {
    expect((await show("/resets")).text).toContain("No snapshot file waits.");
    await board.sftp.putSnapshot("night.csv", "facilityId,sku,quantity\nS001,A,5\n");
    await expect
      .poll(async () => (await show("/resets")).text, { timeout: 20_000, interval: 500 })
      .toContain("night.csv");
    const { page } = await show("/resets");
    expect(page).toContain('data-body="{&#34;file&#34;:&#34;night.csv&#34;,&#34;preview&#34;:true}"');
    expect(page.slice(page.indexOf("<dialog"))).toContain("Run a reset over night.csv now?");
    const viewer = await show("/resets", "vera");
    expect([viewer.page.includes("data-post"), viewer.text.includes("night.csv")]).toEqual([false, true]);
  });

  it("put what is held first, and say in units and products what approving and rejecting does", async () => {
    const { page, text } = await show(`/resets/${held.resetId}`);
    expect(text).toContain("total units would go from 7 to 900");
    expect(text).toContain("1 product will be corrected, 7 to 900 units (+893)");
    expect(text).toContain("Most affected: TEE (7 to 900)");
    expect(text).toContain("Nothing changes: 7 units stay");
    expect(page).toContain(`data-post="/api/resets/${held.resetId}/facilities/${escapedId}/approve"`);
    expect((await show(`/resets/${held.resetId}`, "vera")).page).not.toContain("data-post");
  });

  it("draw the corrections by size, list the largest, and say of rejected rows what to do", async () => {
    const { page, text } = await show(`/resets/${applied.resetId}`);
    expect(text).toContain("1 product had fewer than known (−7 units).");
    const plot = JSON.parse(
      (/data-plot="([^"]+)"/.exec(page)?.[1] ?? "").replace(/&#34;/g, '"').replace(/&#39;/g, "'"),
    );
    expect([plot.x, plot.series[0].values]).toEqual([
      ["−5–9", "−2–4", "−1"],
      [1, 0, 0],
    ]);
    expect(page).toContain('href="/facilities/S001/products/SKU/TEE"');
    expect(text).toContain("Write it like 12, -3 or 2.5");
    expect(page).toContain(`/api/resets/${applied.resetId}/rejects.csv`);
    expect(text).toMatch(/Reading and checking its rows ?2\.5 s/);
    expect((await show(`/resets/${applied.resetId}?facility=nobody`)).status).toBe(404);
  });

  it("say before a revert what changes, and refuse where a later reset stands", async () => {
    const { page, text } = await show(`/resets/${applied.resetId}/revert?facility=S001`);
    expect(text).toContain(
      "1 product at 1 facility will change back, by +7 units (the reset took them from 103 to 96 units)",
    );
    expect(text).toContain("Up to 1 movement that came late and that this count had already (−4 units)");
    expect(page).toContain(`data-post="/api/resets/${applied.resetId}/facilities/S001/revert"`);
    expect((await show(`/resets/${applied.resetId}/revert`, "vera")).status).toBe(403);
    const first = await board.database.pool.query<{ reset_id: string }>(
      "select reset_id from facility_reset where facility_id = $1 and reset_id <> $2",
      [applied.facility, applied.resetId],
    );
    expect((await show(`/resets/${first.rows[0]?.reset_id}/revert`)).text).toContain("has had a later reset");
  });
});

describe("the pages of stock", () => {
  it("list facilities, those that need somebody first, and find them by a part of their id", async () => {
    const { text } = await show("/facilities");
    expect(text.indexOf("held")).toBeLessThan(text.indexOf("S001"));
    expect((await show("/facilities?q=s00")).page).not.toContain(`/facilities/${escapedId}`);
    expect((await show("/facilities?q=nothing")).text).toContain("None has “nothing” in its id.");
    expect((await show("/facilities?page=0")).status).toBe(400);
  });

  it("show a facility's levels, also only those below zero or with a text in an id", async () => {
    const { text } = await show("/facilities/S001?show=negative");
    expect(text).toContain("NEGATIVE");
    expect(text).toContain("−3");
    const found = (await show("/facilities/S001?q=tee")).page;
    expect(found).toContain("/facilities/S001/products/SKU/TEE");
    expect(found).not.toContain("/facilities/S001/products/SKU/NEGATIVE");
    expect((await show("/facilities/nowhere")).status).toBe(404);
  });

  it("explain a number with a sum that adds up, and mark what was absorbed", async () => {
    const { page, text } = await show("/facilities/S001/products/sku/TEE");
    expect(text).toContain("Why it is 86");
    const sum = [...page.matchAll(/<th scope="row" class="number">([^<]+)<\/th>/g)].map((match) =>
      Number(match[1]?.replace("−", "-")),
    );
    expect(sum).toEqual([91, -5, 86]);
    expect(text).toContain("The ledger had 98, so −7 was corrected.");
    expect(text).toContain("1 sale (−4) came after that count was applied");
    expect(page).toContain("<s>−4</s>");
    expect(page).toMatch(/&#34;kind&#34;:&#34;absorbed&#34;/);
  });

  it("show a number as of a time, given in the zone of the page", async () => {
    await board.database.pool.query("update movement set recorded_at = occurred_at where event_id in ('s1', 's2')");
    await board.database.pool.query(
      "update movement set recorded_at = '2026-11-01T08:00:00Z' where type = 'correction' and effect = 100",
    );
    const { text } = await show("/facilities/S001/products/SKU/TEE?at=2026-11-01T03:30");
    expect(text).toContain("100 were on hand as the ledger knew it at 2026-11-01 03:30:00 EST");
    expect((await show("/facilities/S001/products/SKU/TEE?at=2026-11-01T04:30:00-05:00")).text).toContain(
      "98 were on hand",
    );
    expect((await show("/facilities/S001/products/SKU/TEE?at=yesterday")).status).toBe(400);
  });

  it("find a product by a part of an id, and say where it stands", async () => {
    expect((await show("/find?q=tee")).text).toContain("93 on hand at 2 facilities.");
    expect((await show("/find?q=never")).text).toContain("No product has “never” in one of its ids.");
  });
});

it("no page of these carries a script of anybody's", async () => {
  const paths = [
    ...["/resets", `/resets/${held.resetId}`, `/resets/${held.resetId}?facility=${id}`, `/resets/${applied.resetId}`],
    ...[`/resets/${applied.resetId}/revert`, `/resets/${applied.resetId}?q=${id}&state=${id}`, "/facilities"],
    ...[`/facilities?q=${id}`, `/facilities/${id}`, `/facilities/S001?q=${id}`, `/facilities/S001/products/SKU/${id}`],
    ...[`/find?q=${id}`, `/find?q=${encodeURIComponent("script")}`, `/find?q=${encodeURIComponent("\u0000%_")}`],
  ];
  for (const path of paths) {
    const { status, page } = await show(path);
    expect([path, status]).toEqual([path, 200]);
    expect(page).not.toContain("<script>alert");
    expect(page).not.toContain("<img src=x");
    expect(page).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    expect(page).not.toMatch(/\son[a-z]+="/);
  }
});
