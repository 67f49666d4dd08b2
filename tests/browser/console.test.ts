// The board in a real browser over the whole system: signing in, watching, deciding, finding. What everybody must be able to
// read and reach is judged first, while there is something to see in every place.
import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { snapshotCsv } from "../flows/outside.ts";
import { eventually, whyNoChromium } from "../support/index.ts";
import type { Visit } from "./browser.ts";
import { lookAtPage } from "./look-at-page.ts";
import { addMissingProduct, heldFacility, missingSku, upcOf } from "./retailer.ts";
import { password, type Stage, startStage } from "./stage.ts";

const reason = whyNoChromium();

describe.skipIf(reason !== undefined)(`the board in a browser${reason === undefined ? "" : ` (${reason})`}`, () => {
  let stage: Stage;
  const visits: Visit[] = [];
  beforeAll(async () => {
    // A file of a few products is not to be taken for half a file; the guard that holds a facility is another one.
    stage = await startStage({ facilities: 6, sales: 6 }, { GUARD_MISSING_PCT: "100" });
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

  it("is readable and reachable on every page, in both themes and both widths", { timeout: 240_000 }, async () => {
    const { first, second } = stage.retailer;
    const places = [
      ...["/", "/resets", `/resets/${second.id}`, `/resets/${second.id}?facility=${heldFacility}`],
      ...[`/resets/${first.id}/revert?facility=S001`, "/facilities", "/facilities/S001"],
      ...[
        "/facilities/S001/products/SKU/TEE-RED-M",
        "/find?q=TEE",
        "/jobs",
        "/alarms",
        "/runbook",
        "/audit",
        "/no-such-page",
      ],
    ];
    const findings: string[] = [];
    const signIn = await open(undefined, "/sign-in");
    findings.push(...(await lookAtPage(signIn, "/sign-in")));
    const page = await open("olga", "/");
    for (const place of places) findings.push(...(await lookAtPage(page, place)));
    // Bull Board draws its pages in the browser.
    findings.push(...(await lookAtPage(page, "/queues", /^2 Jobs$/)));
    findings.push(...(await lookAtPage(page, "/queues/queue/events?status=failed", "event scarf-3")));
    expect(findings).toEqual([]);
  });

  it("shows tables as blocks where the screen is narrow, which stay tables for those who hear them", async () => {
    const width = 390;
    const page = await open("vera", "/resets", { viewport: { width, height: 844 } });
    const table = page.getByRole("region", { name: "Resets, newest first" }).getByRole("table");
    expect(await table.getByRole("columnheader").allTextContents()).toContain("Outcome");
    const row = table
      .getByRole("row")
      .filter({ has: page.getByRole("rowheader", { name: stage.retailer.second.file }) });
    const box = await row.getByRole("cell", { name: /completed with holds/ }).boundingBox();
    expect(box?.x).toBeGreaterThan(0);
    expect((box?.x ?? 0) + (box?.width ?? width)).toBeLessThan(width);
  });

  it("lets a viewer read, and do nothing", async () => {
    const page = await open("vera", `/resets/${stage.retailer.second.id}`);
    await page.getByText("An operator approves or rejects it.").waitFor();
    expect(await page.getByRole("button", { name: /approve|reject|revert|run|retry/i }).count()).toBe(0);
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
    expect(await dialog.textContent()).toContain(`${part?.corrected} products will be corrected`);
    expect(await dialog.textContent()).toMatch(new RegExp(`${part?.unitsBefore}.*${part?.unitsAfter}`));
    await dialog.getByRole("button", { name: /Cancel/ }).click();
    expect((await facilityPart())?.state).toBe("held");
    await card.getByRole("button", { name: /^Approve/ }).click();
    await dialog.getByRole("button", { name: /^Approve/ }).click();
    await page.getByText(`Facility ${heldFacility} was approved and is applied.`).waitFor();
    await card.waitFor({ state: "detached" });
    expect(await facilityPart()).toMatchObject({ state: "applied", decidedBy: "olga" });
  });

  it("gives the rejected rows as a file, with what is wrong and what to do", async () => {
    const page = await open("vera", `/resets/${stage.retailer.second.id}`);
    const waiting = page.waitForEvent("download");
    await page.getByRole("link", { name: /rejects\.csv/ }).click();
    const download = await waiting;
    expect(download.suggestedFilename()).toBe(`rejects-${stage.retailer.second.id}.csv`);
    const csv = await readFile(await download.path(), "utf8");
    expect(csv.trimEnd().split("\r\n")).toHaveLength(4);
    for (const code of ["BAD_QUANTITY", "MANGLED_ID", "UNKNOWN_PRODUCT"]) expect(csv).toContain(code);
  });

  it("finds a product by its bar code, and shows its history and why it is what it is", async () => {
    const page = await open("vera", "/");
    const box = page.getByRole("searchbox", { name: "Find a product by any of its ids" });
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
  });

  it("shows a file that has come and how far its reset is, without being asked again", async () => {
    const page = await open("olga", "/resets");
    await page.getByText("No snapshot file waits.").waitFor();
    const rows = ["S001", "S002", "S004"].map((facilityId) => [facilityId, "TEE-RED-M", 20] as const);
    await stage.system.putSnapshot("recount.csv", snapshotCsv(rows));
    await stage.locks.lockFacility("S002");
    await page
      .locator("#waiting")
      .getByRole("button", { name: /^Run now/ })
      .click();
    await page.getByRole("dialog").getByRole("button", { name: "Run it now" }).click();
    await page.getByRole("link", { name: "recount.csv" }).click();
    await page.evaluate("globalThis.wasHere = true");
    await page.getByText("2 of 3 facilities done").waitFor();
    const progress = page.locator("#running").getByRole("progressbar");
    expect(await progress.getAttribute("value")).toBe("2");
    await stage.locks.release();
    await page.getByText("3 facilities applied.").waitFor();
    expect(await progress.count()).toBe(0);
    expect(await page.evaluate("globalThis.wasHere")).toBe(true);
  });

  it("decides about all facilities that a reset holds at once, and says before what that changes", async () => {
    const rows = ["S005", "S006"].flatMap((facilityId) =>
      stage.retailer.skus.map((sku) => [facilityId, sku, 0] as const),
    );
    const { id, state } = await stage.outside.runFile("emptied.csv", snapshotCsv(rows));
    expect(state).toBe("completed-with-holds");
    const page = await open("olga", `/resets/${id}`);
    await page.getByRole("button", { name: "Approve all 2 …" }).click();
    const dialog = page.getByRole("dialog");
    expect(await dialog.textContent()).toMatch(/to 0 units.*S005, S006\./s);
    await dialog.getByRole("button", { name: /^Approve 2: correct/ }).click();
    await page.getByText("2 facilities applied.").waitFor();
    expect(await stage.outside.onHand("S006", "TEE-RED-M")).toBe(0);
  });

  it("tries a group of failed jobs again once their cause is mended", async () => {
    await addMissingProduct(stage.system);
    const page = await open("olga", "/jobs");
    const group = page.locator("#group-events-UNKNOWN_PRODUCT");
    await group.getByRole("button", { name: /^Retry 4/ }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Retry", exact: true }).click();
    await group.waitFor({ state: "detached" });
    await eventually(async () => (await stage.outside.onHand("S001", missingSku)) === -2);
    expect((await stage.outside.failedCauses()).map(({ error }) => error)).toEqual(["EVENT_ID_REUSED"]);
  });
});

const postRequest = `{ method: "POST", headers: { "content-type": "application/json" }, body: "{}" }`;
