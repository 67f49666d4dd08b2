// The board in a real browser over the whole system: signing in, watching, deciding, finding. What everybody must be able to
// read and reach is judged first, while there is something to see in every place.
import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { snapshotCsv, stepMsMax } from "../flows/outside.ts";
import { eventually, whyNoChromium } from "../support/index.ts";
import { openBoardBehindLinks } from "./board-behind-links.ts";
import type { Visit } from "./browser.ts";
import { rejectChosen, retryChosen } from "./choose-rows.ts";
import { lookAtEveryPage, rareSettings } from "./every-page.ts";
import { isBelowHeader, phone, smallTargets } from "./phone.ts";
import { addMissingProduct, heldFacility, missingSku, upcOf } from "./retailer.ts";
import { password, type Stage, startStage } from "./stage.ts";

const reason = whyNoChromium();

describe.skipIf(reason !== undefined)(`the board in a browser${reason === undefined ? "" : ` (${reason})`}`, () => {
  let stage: Stage;
  const visits: Visit[] = [];
  beforeAll(async () => {
    // A file of a few products is not to be taken for half a file; the guard that holds a facility is another one.
    stage = await startStage({ facilities: 6, sales: 6 }, { GUARD_MISSING_PCT: "100", ...rareSettings });
  });
  afterAll(() => stage?.stop());
  afterEach(async () => {
    const faults = visits.flatMap((each) => each.faults);
    await Promise.all(visits.splice(0).map((each) => each.close()));
    expect(faults).toEqual([]);
  });

  const open = async (...asked: Parameters<Stage["open"]>): Promise<Page> => {
    const opened = await stage.open(...asked);
    visits.push(opened);
    return opened.page;
  };
  const facilityPart = async () => {
    const { facilities } = await stage.outside.reset(stage.retailer.second.id);
    return facilities.find(({ facilityId }) => facilityId === heldFacility);
  };

  it("lets somebody in with their password, and nobody with another", async () => {
    const page = await open(undefined, "/resets");
    const signIn = async (word: string) => {
      await page.getByLabel("Name").fill("olga");
      await page.getByLabel("Password").fill(word);
      await page.getByRole("button", { name: "Sign in" }).click();
    };
    await signIn("wrong");
    expect(await page.getByRole("alert").textContent()).toContain("Name or password is wrong");
    await signIn(password);
    await page.getByRole("heading", { level: 1, name: "Resets" }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/resets");
  });

  // These two share nothing: one keeps the machine busy, the other waits.
  it.concurrent("is readable and reachable on every page, in both themes and both widths", {
    timeout: 600_000,
  }, async () => {
    expect(await lookAtEveryPage(stage)).toEqual([]);
  });

  it.concurrent("says what is away, beside the menu and in words, and is itself again when that is over", async () => {
    const { page, database, queue, close } = await openBoardBehindLinks(stage, "/resets");
    const dot = page.locator("#live");
    await page.getByText("Live", { exact: true }).waitFor();
    database.refuse();
    database.cut();
    await page.getByText("Database not reachable").waitFor();
    await page.goto("/audit");
    await page.getByRole("heading", { level: 1, name: "The database is not reachable" }).waitFor();
    expect(await page.locator("main").textContent()).toContain("This page reloads when it is back. Runbook");
    expect(await dot.textContent()).toBe("Database not reachable");
    database.heal();
    await page.getByRole("heading", { level: 1, name: "What operators did" }).waitFor();
    await page.goto("/queues");
    await page.getByText(/^2 Jobs$/).waitFor();
    queue.refuse();
    queue.cut();
    await page.getByRole("link", { name: "events" }).first().click();
    await page.getByRole("heading", { level: 1, name: "The queue is not reachable" }).waitFor();
    queue.heal();
    await page.getByRole("link", { name: "events" }).first().waitFor();
    await page.locator("#menu > summary").click();
    await page.getByRole("radio", { name: "Dark" }).check();
    await page.getByRole("button", { name: "Apply" }).click();
    await page.locator("body.dark-mode").waitFor();
    await page.locator("#menu > summary").click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("button", { name: "Sign in" }).waitFor();
    await close();
  });

  it("shows rows as lines that unfold where the screen is narrow, which stay a table for those who hear them", async () => {
    const page = await open("vera", "/resets", phone);
    const table = page.getByRole("region", { name: "Resets, newest first" }).getByRole("table");
    expect(await table.getByRole("columnheader").allTextContents()).toContain("Outcome");
    const row = table
      .getByRole("row")
      .filter({ has: page.getByRole("rowheader", { name: stage.retailer.second.file }) });
    const outcome = row.getByRole("cell", { name: /completed with holds/ });
    const box = await outcome.boundingBox();
    expect(box?.x).toBeGreaterThan(0);
    expect((box?.x ?? 0) + (box?.width ?? 390)).toBeLessThan(390);
    expect((await row.boundingBox())?.height).toBeLessThan(75);
    const head = table.getByRole("columnheader", { name: "Outcome" });
    expect(await outcome.getAttribute("aria-colindex")).toBe(await head.getAttribute("aria-colindex"));
    const rejected = row.getByRole("cell", { name: /^3$/ });
    expect(await rejected.isVisible()).toBe(false);
    await row.getByRole("rowheader").locator("summary").tap();
    await rejected.waitFor();
    await outcome.tap();
    await rejected.waitFor({ state: "hidden" });
  });

  it("has on a phone a bar at the bottom, a header of one line, and nothing that a finger would miss", async () => {
    const page = await open("olga", "/alarms", phone);
    const links = page.getByRole("navigation", { name: "Pages" }).getByRole("link").filter({ visible: true });
    expect((await links.allInnerTexts()).map((text) => text.replace(/\W*\d+$/, ""))).toEqual([
      "Overview",
      "Alarms",
      "Resets",
      "Find",
    ]);
    const bar = await links.first().boundingBox();
    expect((bar?.y ?? 0) + (bar?.height ?? 0)).toBe(phone.viewport.height);
    await page.locator("#menu > summary").filter({ hasText: "More" }).tap();
    for (const name of ["Stores", "Failed jobs", "Queues", "Audit", "Runbook"])
      expect(await page.locator("#menu").getByRole("link", { name }).isVisible()).toBe(true);
    expect(await page.getByRole("button", { name: "Sign out" }).isVisible()).toBe(true);
    const { second } = stage.retailer;
    for (const width of [360, 390]) {
      await page.setViewportSize({ width, height: 844 });
      for (const place of ["/", "/alarms", "/facilities", `/resets/${second.id}`, "/jobs", "/runbook"]) {
        await page.goto(place);
        expect((await page.locator("#top").boundingBox())?.height).toBeLessThan(50);
        expect(await smallTargets(page)).toEqual([]);
      }
    }
  });

  it("leads from an alarm's link to its decision in two taps, and hides nothing that a link names below the header", async () => {
    const key = `facility-held:${heldFacility}:${stage.retailer.second.id}`;
    const isRaised = async () => (await (await stage.system.board("/api/alarms")).text()).includes(key);
    await eventually(isRaised, { withinMs: 90_000 });
    const page = await open("olga", "/", phone);
    for (const viewport of [{ width: 1280, height: 600 }, { width: 800, height: 600 }, phone.viewport])
      for (const place of ["/runbook#jobs-failed", `/alarms#${encodeURIComponent(key)}`]) {
        await page.setViewportSize(viewport);
        await page.goto(place);
        await eventually(() => isBelowHeader(page));
      }
    await page.locator(`[id="${key}"]`).getByRole("link", { name: "Approve or reject" }).tap();
    const approve = page.getByRole("button", { name: /^Approve/ });
    expect((await approve.boundingBox())?.y).toBeLessThan(phone.viewport.height - 100);
    await approve.tap();
    await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).tap();
  });

  it("goes where the keyboard says, unless it is told not to", async () => {
    const page = await open("vera", "/");
    const list = page.getByRole("dialog", { name: "Keyboard shortcuts" });
    await page.keyboard.press("?");
    expect(await list.textContent()).toMatch(/g\s*a\s*Alarms/);
    await page.keyboard.press("Escape");
    await list.waitFor({ state: "hidden" });
    await eventually(async () => {
      await page.keyboard.press("/");
      return page.evaluate("document.activeElement.name === 'q'");
    });
    await page.keyboard.type("ga?");
    expect(await page.getByRole("searchbox").first().inputValue()).toBe("ga?");
    await page.evaluate("document.activeElement.blur()");
    await page.keyboard.type("ga");
    await page.waitForURL("**/alarms");
    await page.keyboard.press("?");
    await list.getByRole("checkbox").uncheck();
    await list.getByRole("button", { name: "Close" }).click();
    await page.keyboard.type("go?");
    expect([await list.isVisible(), new URL(page.url()).pathname]).toEqual([false, "/alarms"]);
  });

  it("lets a viewer read, and do nothing", async () => {
    const page = await open("vera", `/resets/${stage.retailer.second.id}`);
    await page.getByText("An operator approves or rejects it.").waitFor();
    expect(await page.locator("button:not(.sort)", { hasText: /approve|reject|revert|run|retry/i }).count()).toBe(0);
    const path = `/api/resets/${stage.retailer.second.id}/facilities/${heldFacility}/approve`;
    expect(await page.evaluate<number>(`fetch("${path}", ${postRequest}).then(({ status }) => status)`)).toBe(403);
    expect((await facilityPart())?.state).toBe("held");
    const revert = await page.request.get(`/resets/${stage.retailer.first.id}/revert`);
    expect(revert.status()).toBe(403);
    visits[0]?.faults.splice(0);
  });

  it("says what approving a held facility will change, and then changes it", async () => {
    const page = await open("olga", "/");
    await page.getByRole("link", { name: "Resets", exact: true }).click();
    await page.getByRole("link", { name: stage.retailer.second.file }).click();
    const card = page.locator(`#card-${heldFacility}`);
    await card.getByRole("button", { name: /^Approve/ }).click();
    const dialog = page.getByRole("dialog");
    const part = await facilityPart();
    expect(await dialog.textContent()).toContain(`will correct ${part?.corrected} products`);
    expect(await dialog.textContent()).toMatch(/ products are listed: [\d,]+ → [\d,]+ units\./);
    await dialog.getByRole("button", { name: /Cancel/ }).click();
    expect((await facilityPart())?.state).toBe("held");
    await card.getByRole("button", { name: /^Approve/ }).click();
    await dialog.getByRole("button", { name: /^Approve/ }).click();
    await page.getByText(`${heldFacility} was approved and is applied.`).waitFor();
    await card.waitFor({ state: "detached" });
    expect(await facilityPart()).toMatchObject({ state: "applied", decidedBy: "olga" });
  });

  it("makes a new store known with a button, an id and a second button, and then shows it", async () => {
    const page = await open("olga", "/facilities");
    await page.getByRole("button", { name: "Add a store" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Id, as its POS sends it").fill("S950");
    await dialog.getByLabel("Name, for people (optional)").fill("Main Street");
    // The page renews itself whenever something changes: what is filled in stays.
    await page.evaluate("renew()");
    expect(await dialog.getByLabel("Id, as its POS sends it").inputValue()).toBe("S950");
    await dialog.getByRole("button", { name: "Add" }).click();
    await page.getByText("The store is known.").waitFor();
    await page.getByRole("link", { name: "S950" }).click();
    await page.getByRole("heading", { level: 1, name: "S950 Main Street" }).waitFor();
    await page.getByRole("button", { name: "Retire" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Retire" }).click();
    await page.getByRole("button", { name: "Bring back" }).waitFor();
  });

  it("gives the rejected rows as a file, with what is wrong and what to do", async () => {
    const page = await open("vera", `/resets/${stage.retailer.second.id}`);
    const waiting = page.waitForEvent("download");
    await page.getByRole("link", { name: /rejects\.csv/ }).click();
    const download = await waiting;
    expect(download.suggestedFilename()).toBe(`rejects-${stage.retailer.second.id}.csv`);
    const csv = await readFile(await download.path(), "utf8");
    expect(csv.trimEnd().split("\n")).toHaveLength(4);
    for (const code of ["BAD_QUANTITY", "MANGLED_ID", "UNKNOWN_PRODUCT"]) expect(csv).toContain(code);
  });

  it("corrects rejected rows where they are shown, in four clicks, and shows again what is still wrong", async () => {
    const page = await open("olga", "/resets");
    await page.getByRole("link", { name: stage.retailer.second.file }).click();
    const table = page.getByRole("region", { name: "Rejected rows to be corrected" });
    const rowOf = (sku: string) => table.getByRole("row").filter({ has: page.locator(`input[value="${sku}"]`) });
    const quantityOf = (sku: string) => rowOf(sku).getByRole("textbox", { name: /^quantityOnHand of line/ });
    await quantityOf("JEANS-BLUE-L").click();
    await page.keyboard.press("ControlOrMeta+A");
    await page.keyboard.type("21");
    await page.getByRole("button", { name: "Apply 1 row" }).click();
    await page.getByText("The rows are being applied.").waitFor();
    await eventually(async () => ((await stage.outside.onHand("S001", "JEANS-BLUE-L")) ?? 99) <= 21);
    await quantityOf("HOODIE-BLAK-M").waitFor();
    expect(await rowOf("JEANS-BLUE-L").count()).toBe(0);
    await rowOf("HOODIE-BLAK-M")
      .getByRole("textbox", { name: /^sku of line/ })
      .fill("HOODIE-BLACK-M");
    await rowOf("1.2E+12")
      .getByRole("textbox", { name: /^sku of line/ })
      .fill("CAP-NONE");
    await page.getByRole("button", { name: "Apply 2 rows" }).click();
    await table.getByRole("rowheader").nth(1).waitFor({ state: "detached", timeout: stepMsMax });
    await rowOf("CAP-NONE").getByText("As it was tried last.").waitFor();
    expect(await rowOf("CAP-NONE").textContent()).toContain("UNKNOWN_PRODUCT");
    const repair = page
      .getByRole("list")
      .filter({ hasText: "1 still wrong" })
      .getByRole("link", { name: "Repair" })
      .first();
    await repair.click();
    await page.getByText("This is a repair: it corrects rejected rows of reset").waitFor();
  });

  it("finds a product by its bar code, and shows its history and why it is what it is", async () => {
    const page = await open("vera", "/");
    const box = page.getByRole("searchbox", { name: "Find a product, store, receipt, file or job by its id" });
    await box.fill(upcOf("TEE-RED-M"));
    await box.press("Enter");
    await page.getByText(`found as UPCA ${upcOf("TEE-RED-M")}`).waitFor();
    await page.getByRole("link", { name: /^History of .* at S001$/ }).click();
    await page.getByRole("heading", { level: 1, name: /TEE-RED-M/ }).waitFor();
    await page.locator("#history canvas").first().waitFor();
    const ledger = page.locator("#ledger tbody tr");
    const late = ledger.filter({ hasText: "late-1" });
    expect(await late.textContent()).toContain("absorbed");
    expect(await ledger.filter({ hasText: "back-1" }).textContent()).toMatch(/return.*\+1/s);
    const level = await stage.outside.onHand("S001", "TEE-RED-M");
    expect(await ledger.first().locator("td").nth(2).textContent()).toBe(String(level));
    // A receipt is found from any page in one step.
    await box.fill("late-1");
    await box.press("Enter");
    await page.getByRole("heading", { level: 1, name: /^late-1/ }).waitFor();
    expect(await page.locator("main").textContent()).toContain("It changed nothing on hand");
  });

  it("shows a file that has come and how far its reset is, without being asked again", async () => {
    const page = await open("olga", "/resets");
    await page.getByText("No file is waiting.").waitFor();
    const rows = ["S001", "S002", "S004"].map((facilityId) => [facilityId, "TEE-RED-M", 20] as const);
    await stage.system.putSnapshot("recount.csv", snapshotCsv(rows));
    await page
      .locator("#waiting")
      .getByRole("button", { name: /^Preview/ })
      .click();
    const ended = page.locator("#notice", { hasText: "The preview of recount.csv has ended." });
    expect(await ended.getByRole("link").getAttribute("href")).toMatch(/^\/resets\/[\da-f-]{36}$/);
    await stage.locks.lockFacility("S002");
    await page
      .locator("#waiting")
      .getByRole("button", { name: /^Run now/ })
      .click();
    await page.getByRole("dialog").getByRole("button", { name: "Run it now" }).click();
    await page.getByRole("row").filter({ hasNotText: "preview" }).getByRole("link", { name: "recount.csv" }).click();
    await page.evaluate("globalThis.wasHere = true");
    await page.getByText("2 of 3 stores done").waitFor();
    const progress = page.locator("#running").getByRole("progressbar");
    expect(await progress.getAttribute("value")).toBe("2");
    await stage.locks.release();
    await page.getByText("3 stores applied.").waitFor();
    expect(await progress.count()).toBe(0);
    expect(await page.evaluate("globalThis.wasHere")).toBe(true);
  });

  it("decides about chosen facilities that a reset holds, and about all at once, and says before what that changes", async () => {
    const rows = ["S005", "S006"].flatMap((facilityId) =>
      stage.retailer.skus.map((sku) => [facilityId, sku, 0] as const),
    );
    const first = await stage.outside.runFile("emptied.csv", snapshotCsv(rows));
    await rejectChosen(await open("olga", `/resets/${first.id}`), ["S005", "S006"]);
    const { id, state } = await stage.outside.runFile("emptied again.csv", snapshotCsv(rows.toReversed()));
    expect(state).toBe("completed-with-holds");
    const page = await open("olga", `/resets/${id}`);
    await page.getByRole("button", { name: "Approve both …" }).click();
    const dialog = page.getByRole("dialog");
    expect(await dialog.textContent()).toMatch(/→ 0 units.*S005, S006\./s);
    await dialog.getByRole("button", { name: /^Approve 2: correct/ }).click();
    await page.getByText("2 stores applied.").waitFor();
    expect(await stage.outside.onHand("S006", "TEE-RED-M")).toBe(0);
  });

  it("tries chosen failed jobs again, which fail again, and a group of them once their cause is mended", async () => {
    await retryChosen(await open("olga", "/jobs?error=UNKNOWN_PRODUCT"), 2);
    await eventually(async () => (await stage.outside.failedCauses()).some(({ count }) => count === 4));
    await addMissingProduct(stage.system);
    const page = await open("olga", "/jobs");
    const group = page.locator("#group-events-UNKNOWN_PRODUCT");
    await group.getByRole("button", { name: /^Retry 4/ }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Retry", exact: true }).click();
    await group.waitFor({ state: "detached" });
    await page.locator("#notice", { hasText: "4 done." }).waitFor();
    await page.locator("#retries", { hasText: "4 done" }).waitFor();
    await eventually(async () => (await stage.outside.onHand("S001", missingSku)) === -2);
    expect((await stage.outside.failedCauses()).map(({ error }) => error)).toEqual(["EVENT_ID_REUSED"]);
  });

  it("dismisses a group that no retry can help in two clicks and a reason, and shows what it carried", async () => {
    const page = await open("olga", "/jobs");
    const group = page.locator("#group-events-EVENT_ID_REUSED");
    await group.getByRole("button", { name: /^Dismiss \d/ }).click();
    const dialog = page.getByRole("dialog");
    expect(await dialog.textContent()).toContain("No sale is lost");
    const yes = dialog.getByRole("button", { name: /^Dismiss/ });
    await yes.click();
    expect(await dialog.isVisible(), "without a reason").toBe(true);
    await dialog.getByLabel("Reason").fill("the till was set back");
    await yes.click();
    await group.waitFor({ state: "detached" });
    expect(await stage.outside.failedCauses()).toEqual([]);
    await page.getByRole("link", { name: "What they carried" }).click();
    await page.getByRole("heading", { level: 1, name: "Dismissed jobs" }).waitFor();
    const row = page.getByRole("row", { name: /the till was set back/ });
    await row.getByText("Show").click();
    expect(await row.textContent()).toContain('"eventId"');
  });
});

const postRequest = `{ method: "POST", headers: { "content-type": "application/json" }, body: "{}" }`;
