// A bad morning, worked through in a browser on a screen and on a phone, from the overview on: what it says before anybody scrolls,
// and how many clicks each task takes. Text is only typed where the page has put the focus: a click into a field is a click.
import type { Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { eventually, whyNoChromium } from "../support/index.ts";
import { badMorning, deadlinePassed, makeBadMorning, runLateCount, sendClashes } from "./bad-morning.ts";
import type { Visit } from "./browser.ts";
import { phone } from "./phone.ts";
import { type Stage, startStage } from "./stage.ts";

const reason = whyNoChromium();
const screen = { viewport: { width: 1366, height: 860 } };
const sizes = [
  { on: "a screen", options: screen, isPhone: false, inDoubt: ["S005", "S006", "S007"], newStore: "S901" },
  { on: "a phone", options: phone, isPhone: true, inDoubt: ["S001", "S002", "S004"], newStore: "S902" },
];

describe.skipIf(reason !== undefined)(`a bad morning${reason === undefined ? "" : ` (${reason})`}`, () => {
  let stage: Stage;
  const visits: Visit[] = [];
  beforeAll(async () => {
    stage = await startStage(badMorning.size, deadlinePassed());
    await makeBadMorning(stage);
  });
  afterAll(() => stage?.stop());
  afterEach(async () => {
    const faults = visits.flatMap((each) => each.faults);
    await Promise.all(visits.splice(0).map((each) => each.close()));
    expect(faults).toEqual([]);
  });

  const begin = async (options: (typeof sizes)[number]["options"]) => {
    const opened = await stage.open("olga", "/", options);
    visits.push(opened);
    return counted(opened.page, "hasTouch" in options);
  };

  for (const { on, options } of sizes)
    it(`is understood from the first screen of ${on}: the count, what is late, what waits for a decision`, async () => {
      const { page } = await begin(options);
      const text = await firstScreen(page);
      const said = [
        /Today's count is late: the deadline was .*\d\d:\d\d\./,
        /One file was refused: onhand-broken\.csv \(unclosed quote\)\./,
        /1 store waits for your decision/,
        /\d active alarms/,
        /The count is late since/,
        /File refused: onhand-broken\.csv/,
        /Store held: S003/,
      ];
      const places = said.map((each) => text.search(each));
      expect(places, text).not.toContain(-1);
      expect(places, text).toEqual(places.toSorted((one, other) => one - other));
    });

  describe.each(sizes)("on $on", ({ on, options, isPhone, inDoubt, newStore }) => {
    const lateFile = `onhand-late-on-${on.replace(" ", "-")}.csv`;

    it("finds a receipt from the header in one step", async () => {
      const { page, click, clicks } = await begin(options);
      if (isPhone) {
        await click(page.getByRole("navigation").getByRole("link", { name: "Find" }));
        await page.getByRole("heading", { level: 1, name: "Find" }).waitFor();
      } else await click(page.getByRole("searchbox", { name: /^Find a product, store, receipt/ }));
      await page.keyboard.type("late-1");
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { level: 1, name: /^late-1/ }).waitFor();
      expect(clicks()).toBe(1);
    });

    it("dismisses 45 receipts that clash in two clicks and a reason", async () => {
      await sendClashes(stage, isPhone ? "CAP-RED-L" : "CAP-RED-M");
      const { page, click, clicks } = await begin(options);
      await page.goto("/jobs");
      const group = page.locator("#group-events-EVENT_ID_REUSED");
      await click(group.getByRole("button", { name: /^Dismiss 4\d$/ }));
      await page.keyboard.type("the till was set back");
      await click(page.getByRole("dialog").getByRole("button", { name: /^Dismiss 4\d jobs$/ }));
      await group.waitFor({ state: "detached" });
      expect(clicks()).toBe(2);
      expect((await stage.outside.failedCauses()).map(({ error }) => error)).not.toContain("EVENT_ID_REUSED");
    });

    it("decides three stores on the overview in two clicks each", async () => {
      const resetId = await runLateCount(stage, lateFile, inDoubt);
      const { page, click, clicks } = await begin(options);
      await page.getByRole("heading", { level: 1, name: /^Today's count: applied .*\(5 applied, 3 held\)/ }).waitFor();
      for (const [index, facilityId] of inDoubt.entries()) {
        const before = clicks();
        const card = page.locator(`#card-${resetId}-${facilityId}`);
        const verb = index === 1 ? /^Reject/ : /^Approve/;
        await click(card.getByRole("button", { name: verb }));
        await click(page.getByRole("dialog").getByRole("button", { name: verb }));
        await card.waitFor({ state: "detached" });
        expect(clicks() - before).toBe(2);
      }
      const { facilities } = await stage.outside.reset(resetId);
      const states = inDoubt.map((id) => facilities.find(({ facilityId }) => facilityId === id)?.state);
      expect(states).toEqual(["applied", "rejected", "applied"]);
      await page.getByRole("heading", { level: 1, name: /\(7 applied, 1 rejected\)/ }).waitFor();
    });

    it("corrects a rejected row and applies it in at most four clicks", async () => {
      const { page, click, clicks } = await begin(options);
      await click(page.getByRole("row").getByRole("link", { name: lateFile }));
      const table = page.getByRole("region", { name: "Rejected rows to be corrected" });
      await click(table.getByRole("textbox", { name: /^quantityOnHand of line/ }));
      await page.keyboard.press("ControlOrMeta+A");
      await page.keyboard.type("33");
      await click(page.getByRole("button", { name: "Apply 1 row" }));
      await page.getByText("No row is left to be corrected.").waitFor();
      expect(clicks()).toBeLessThanOrEqual(4);
      const { facilityId, sku } = badMorning.badRow;
      await eventually(async () => (await stage.outside.onHand(facilityId, sku)) === 33);
    });

    it.skipIf(isPhone)(
      "puts the rows of a list in the order of the heading that is pressed, and the other way round",
      async () => {
        const { page, click } = await begin(options);
        await page.goto("/facilities");
        for (const turns of [1, 2]) {
          await click(page.locator("table.rows thead button").first());
          const ids = await page.locator("table.rows tbody th a").allTextContents();
          expect(ids).toEqual(turns === 1 ? ids.toSorted() : ids.toSorted().reverse());
          expect(ids.length).toBeGreaterThan(5);
        }
      },
    );

    it("makes a new store known in three clicks", async () => {
      const { page, click, clicks } = await begin(options);
      await click(page.locator("#nav").getByRole("link", { name: isPhone ? "Find" : "Stores" }));
      await click(page.getByRole("button", { name: "Add a store" }));
      await page.keyboard.type(newStore);
      await click(page.getByRole("dialog").getByRole("button", { name: "Add" }));
      await page.getByText("The store is known.").waitFor();
      expect(clicks()).toBe(3);
      await page.goto("/facilities");
      await page.getByRole("link", { name: newStore }).waitFor();
    });
  });
});

/** Clicks with a mouse or taps with a finger, and how many they were. */
function counted(page: Page, isTouched: boolean) {
  let done = 0;
  const click = async (where: Locator) => {
    await (isTouched ? where.tap() : where.click());
    done += 1;
  };
  return { page, click, clicks: () => done };
}

/** What is seen of the page before it is scrolled, in the order of reading. */
function firstScreen(page: Page): Promise<string> {
  return page.evaluate<string>(`(() => {
    const bar = document.querySelector("#nav").getBoundingClientRect();
    const bottom = bar.top > innerHeight / 2 ? bar.top : innerHeight;
    const isSeen = (node) => {
      const range = document.createRange();
      range.selectNodeContents(node);
      const { height, bottom: end } = range.getBoundingClientRect();
      return height > 0 && end <= bottom && node.parentElement.checkVisibility();
    };
    const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    const said = [];
    while (walker.nextNode()) if (isSeen(walker.currentNode)) said.push(walker.currentNode.data);
    return said.join("").replace(/\\s+/g, " ");
  })()`);
}
