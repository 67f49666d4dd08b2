// The pages of resets and of stock as people read them, over one real board: what is said before anybody acts, what is found,
// what a number is made of. Hostile names are on every page.
import { applyEvents, reconcileFacility } from "@inventory-sync/db";
import { fromWire } from "@inventory-sync/domain";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { event, reconcileOptions, send, snapshot, stage } from "../../../packages/db/test/ledger-driver.ts";
import { eventually } from "../../../tests/support/index.ts";
import { failSales, sale, startTestBoard, type TestBoard } from "./support.ts";

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
    expect((await show("/resets")).text).toContain("No file is waiting.");
    await board.sftp.putSnapshot("night.csv", "facilityId,sku,quantity\nS001,A,5\n");
    await expect
      .poll(async () => (await show("/resets")).text, { timeout: 60_000, interval: 500 })
      .toContain("night.csv");
    const { page } = await show("/resets");
    expect(page).toContain('data-body="{&#34;file&#34;:&#34;night.csv&#34;,&#34;preview&#34;:true}"');
    expect(page.slice(page.indexOf("<dialog"))).toContain("Run a reset over night.csv now?");
    const viewer = await show("/resets", "vera");
    expect([viewer.page.includes("data-post"), viewer.text.includes("night.csv")]).toEqual([false, true]);
  });

  it("put what is held first, and say in units and products what approving and rejecting does", async () => {
    const { page, text } = await show(`/resets/${held.resetId}`);
    expect(text).toContain("stock would rise by 12757.1 %: 7 → 900 units");
    expect(text).toContain("Approving will correct 1 product at ");
    expect(text).toContain("Its one product is listed: 7 → 900 units.");
    expect(text).toContain("Most affected: TEE (7 → 900)");
    expect(text).toContain(": all 7 units stay, and 1 correction will not be made.");
    expect(page).toContain(`data-post="/api/resets/${held.resetId}/facilities/${escapedId}/approve"`);
    expect((await show(`/resets/${held.resetId}`, "vera")).page).not.toContain("data-post");
  });

  it("say the same of one hold on the overview, on the reset's page and on the store's own, where it can be decided as well", async () => {
    const asked = async (path: string, verdict: string) => {
      const { page } = await show(path);
      const begin = page.indexOf(`<dialog id="ask-${verdict}-${held.resetId}-`);
      return page.slice(begin, page.indexOf("</dialog>", begin));
    };
    for (const verdict of ["approve", "reject"]) {
      const onReset = await asked(`/resets/${held.resetId}`, verdict);
      expect(onReset).toContain('name="reason"');
      expect(onReset).toContain(verdict === "approve" ? "can be reverted" : "cannot be approved afterwards");
      expect(await asked("/", verdict)).toBe(onReset);
      expect(await asked(`/facilities/${id}`, verdict)).toBe(onReset);
    }
    expect((await show(`/facilities/${id}`, "vera")).page).not.toContain("data-post");
  });

  it("draw the corrections by size, list the largest, and say of rejected rows what to do", async () => {
    const { page, text } = await show(`/resets/${applied.resetId}`);
    expect(text).toContain("1 product counted less (−7 units).");
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
    expect(text).toMatch(/Reading and checking its rows, beyond that ?2\.5 s/);
    expect((await show(`/resets/${applied.resetId}?facility=nobody`)).status).toBe(404);
  });

  it("let operators correct rejected rows where they stand, and viewers read them", async () => {
    const { database } = board;
    const columns = { columns: ["store", "qty"], ignoredColumns: [], delimiter: "," };
    await database.pool.query("update reset set rejected = 1, rows = 3, report = $2 where id = $1", [
      applied.resetId,
      columns,
    ]);
    const { page, text } = await show(`/resets/${applied.resetId}`);
    expect(page).toContain('<input type="text" data-column="qty" value="n/a" aria-label="qty of line 7"');
    expect(page).toContain(`data-post="/api/resets/${applied.resetId}/repair"`);
    expect(page).not.toContain("<script>alert");
    expect(text).toContain("Apply 0 rows");
    const viewer = await show(`/resets/${applied.resetId}`, "vera");
    expect(viewer.page).not.toMatch(/data-column|data-post/);
    expect(viewer.text).toContain("n/a");
    const second = await show(`/resets/${applied.resetId}?rejects=2`);
    expect(second.text).not.toContain("Apply 0 rows");
    expect((await show(`/resets/${applied.resetId}?rejects=none`)).status).toBe(400);
  });

  it("say of a file that was never read why, and nothing that would be true of one that was", async () => {
    const refused = crypto.randomUUID();
    await board.database.pool.query(
      `insert into reset (id, file, size, modified_at, observed_at, requested_by, state, outcome, finished_at)
       values ($1, 'refused.csv', 1, now(), now(), 'test', 'failed', 'MISSING_COLUMN: there is no column for the quantity', now())`,
      [refused],
    );
    const { text } = await show(`/resets/${refused}`);
    expect(text).toContain("MISSING_COLUMN: there is no column for the quantity");
    for (const claim of ["Nothing had to be corrected", "No row was rejected", "Rejected rows", "0 of 0", "Of 0"])
      expect(text).not.toContain(claim);
    // The overview is as of the last three seconds.
    const says = "One file was refused: refused.csv (columns missing).";
    await expect.poll(async () => (await show("/")).text, { timeout: 60_000 }).toContain(says);
    const overview = (await show("/")).text;
    expect(overview.slice(0, overview.indexOf("The last seven mornings"))).not.toContain("no column for the quantity");
  });

  it("say before a revert what changes, and refuse where a later reset stands", async () => {
    const { page, text } = await show(`/resets/${applied.resetId}/revert?facility=S001`);
    expect(text).toContain("Reverting will take back 1 correction at S001, 96 → 103 units as they were then.");
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
    expect((await show("/facilities?q=nothing")).text).toContain("None has “nothing” in its id or name.");
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
    expect(text).toContain("on hand was 98. It became 91: 91 counted");
    expect(text).toContain("7 are missing without an explanation.");
    expect(text).toContain("−4 sold: 1 movement");
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

  it("name the stores that failed jobs name and nobody knows, make them known, and then retry what failed for them", async () => {
    await failSales(board.queues, "UNKNOWN_FACILITY", [sale("u1", "S070", "TEE", 1), sale("u2", "S071", "TEE", 1)]);
    // The page is drawn without them where counting the failed jobs takes long, as on a busy machine.
    await eventually(async () => (await show("/facilities")).text.includes("Named, but not known"));
    const named = await show("/facilities");
    expect(named.text).toMatch(/Named, but not known .*S07010Add .*S07110Add /);
    expect(named.page).toContain('data-post="/api/facilities" data-body="{&#34;facilityId&#34;:&#34;S070&#34;}"');
    expect((await show("/facilities", "vera")).page).not.toContain("data-post");
    expect((await board.json("/api/unknown-facilities")).body.items).toMatchObject([
      { facilityId: "S070", failedJobs: 1 },
      { facilityId: "S071", failedJobs: 1 },
    ]);
    expect((await board.json("/api/facilities", { facilityId: "S070", name: "Main Street" })).body.items).toEqual([
      { facilityId: "S070", outcome: "added", failedJobs: 1 },
    ]);
    const half = await show("/facilities");
    expect(half.text).toContain("1 job failed because S070 was not known; it is now. Retry 1 of S070");
    const bulk = await board.json("/api/facilities/import", {
      facilities: [{ facilityId: "S070" }, { facilityId: "S071" }],
    });
    expect(bulk.body.items).toMatchObject([{ outcome: "unchanged" }, { outcome: "added", failedJobs: 1 }]);
    const all = await show("/facilities");
    expect(all.page).toContain('data-post="/api/jobs/retry" data-body="{&#34;error&#34;:&#34;UNKNOWN_FACILITY&#34;}"');
    expect(all.text).toContain("2 jobs failed because 2 stores were not known; they are now. Retry 2 jobs");
    expect((await show("/facilities?q=main")).text).toContain("S070Main Street");
    expect((await show("/find?q=main+street")).status).toBe(302);
  });

  it("name and retire a store, and bring it back, each on the audit log", async () => {
    expect((await board.json("/api/facilities/S070/rename", { name: "Harbour" })).body).toEqual({
      facilityId: "S070",
      name: "Harbour",
    });
    const before = await show("/facilities/S070");
    expect(before.page).toContain('data-post="/api/facilities/S070/retire"');
    expect(before.text).toContain("No count is expected to list it any more");
    expect(await board.json("/api/facilities/S070/retire", {})).toMatchObject({
      status: 200,
      body: { facilityId: "S070", units: 0 },
    });
    const retired = await show("/facilities/S070");
    expect(retired.text).toMatch(/S070 Harbour retired ?since /);
    expect(retired.text).toContain("Bring back");
    expect((await show("/facilities?show=retired")).text).toContain("S070Harbour");
    await board.json("/api/facilities", { facilityId: "S070" });
    expect((await show("/facilities/S070")).text).not.toContain("Bring back");
    expect((await board.json("/api/facilities/nowhere/retire", {})).status).toBe(404);
    expect((await board.json("/api/facilities", { facilityId: "S\u00ad7" })).status).toBe(422);
    const refused = await fetch(`${board.url}/api/facilities/S070/retire`, {
      method: "POST",
      headers: { cookie: cookies.vera ?? "", "content-type": "application/json" },
      body: "{}",
    });
    expect(refused.status).toBe(403);
    const { items } = (await board.json("/api/audit?limit=50")).body;
    expect(items.map(({ what, target, outcome }) => `${what}: ${target}: ${outcome}`)).toEqual(
      expect.arrayContaining([
        "make facilities known: facility S070: 1 facility added",
        "name a facility: facility S070: named Harbour",
        "retire a facility: facility S070: retired",
        "make facilities known: facility S070: 1 facility brought back from retirement",
      ]),
    );
  });

  it("offer to add a product where none is found, under the id that was looked for", async () => {
    expect((await show("/find?q=NEW-1")).page).toContain('value="NEW-1"');
    expect((await show("/find?q=NEW-1", "vera")).page).not.toContain("data-post");
    expect((await board.json("/api/products", { idType: "SKU", idValue: "NEW-1" })).body).toEqual({
      idType: "SKU",
      idValue: "NEW-1",
      outcome: "added",
      added: 1,
    });
    expect((await show("/find?q=NEW-1")).text).toContain("No store has ever had it.");
    expect((await board.json("/api/products", { idValue: "TEE", otherIds: [{ idValue: "NEW-1" }] })).status).toBe(409);
  });

  it("find a product by a part of an id, and say where it stands", async () => {
    expect((await show("/find?q=tee")).text).toContain("93 on hand at 2 stores.");
    expect((await show("/find?q=never")).text).toContain("Nothing has “never” in one of its ids.");
  });

  it("lead from any id straight to what it is of, where that is one thing, and list it where it is several", async () => {
    const led = async (q: string) =>
      (
        await fetch(`${board.url}/find?q=${q}`, { headers: { cookie: cookies.olga ?? "" }, redirect: "manual" })
      ).headers.get("location");
    expect(await led("s2")).toBe("/facilities/S001/events/s2");
    expect(await led("s001")).toBe("/facilities/S001");
    expect(await led(held.resetId.slice(0, 13))).toBe(`/resets/${held.resetId}`);
    const { text } = await show(`/find?q=${id}`);
    expect(text).toMatch(/Stores.*Resets/);
  });

  it("draw a facility's days: what it sold, what counts corrected, and what of that nothing explains", async () => {
    const now = new Date();
    const sold = {
      ...event("today", "sale", { at: "00:00", lines: { TREND: 6 }, facilityId: "S007" }),
      occurredAt: now.toISOString(),
    };
    await applyEvents(board.database, [fromWire(sold, now)], { facility: "create", product: "create" });
    const { text } = await show("/facilities/S007?days=7");
    expect(text).toContain("6 units sold in 7 days; counts corrected 0, of which 0 unexplained.");
    expect((await show("/facilities/S007")).text).toContain("6 units sold in 30 days");
  });

  it("show of an event its lines, what each did, and the count that had it already", async () => {
    const booked = await show("/facilities/S001/events/s2");
    expect(booked.status).toBe(200);
    expect(booked.text).toContain("each line changed what is on hand");
    expect(booked.text).toMatch(/TEE SKU−5−5booked/);
    const late = await show("/facilities/S001/events/late");
    expect(late.text).toContain("It changed nothing on hand: it arrived late");
    expect(late.page).toMatch(new RegExp(`absorbed.*href="/resets/${applied.resetId}"`));
    const none = await show("/facilities/S001/events/never");
    expect([none.status, none.text]).toEqual([
      404,
      expect.stringContaining("It never came, or an operator dismissed it"),
    ]);
    await board.queues.addEvents(
      [fromWire(event("soon", "sale", { at: "09:00", lines: { TEE: 1 } }), new Date())],
      "pos",
    );
    const waits = await show("/facilities/S001/events/soon");
    expect([waits.status, waits.text]).toEqual([404, expect.stringContaining("It waits in the queue")]);
  });

  it("lead to events from a product's ledger, and list the API's calls", async () => {
    expect((await show("/facilities/S001/products/SKU/TEE")).page).toContain('href="/facilities/S001/events/s2"');
    expect((await show("/docs")).text).toContain("GET /api/findProducts, facilities, events");
  });
});

it("each list has a link to all of it as CSV", async () => {
  const pages = [
    "/facilities",
    "/facilities/S001",
    "/facilities/S001/products/SKU/TEE",
    "/resets",
    "/alarms",
    "/audit",
    "/requests",
  ];
  for (const path of pages) {
    const { page } = await show(path);
    const [, href = ""] = /href="([^"]+\.csv)" download>Export CSV/.exec(page) ?? [];
    const answer = await fetch(`${board.url}${href}`, { headers: { cookie: cookies.olga ?? "" } });
    expect([path, answer.status, answer.headers.get("content-type")]).toEqual([path, 200, "text/csv; charset=utf-8"]);
    expect((await answer.text()).split("\r\n")[0]).toMatch(/^\w+(?:[,.]\w+)+$/);
  }
});

it("no page of these carries a script of anybody's", async () => {
  const paths = [
    ...["/resets", `/resets/${held.resetId}`, `/resets/${held.resetId}?facility=${id}`, `/resets/${applied.resetId}`],
    ...[`/resets/${applied.resetId}/revert`, `/resets/${applied.resetId}?q=${id}&state=${id}`, "/facilities"],
    ...[
      `/facilities?q=${id}`,
      `/facilities/${id}`,
      `/facilities/S001?q=${id}`,
      `/facilities/S001/products/SKU/${id}`,
      "/docs",
    ],
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
