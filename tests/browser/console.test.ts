// The board in a real browser over the whole system: signing in, watching, deciding, finding, and what everybody must be able to use.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { whyNoChromium } from "../support/index.ts";
import type { Visit } from "./browser.ts";
import { password, type Stage, startStage } from "./stage.ts";

const reason = whyNoChromium();

describe.skipIf(reason !== undefined)(
  `the board in a browser${reason === undefined ? "" : ` (skipped: ${reason})`}`,
  () => {
    let stage: Stage;
    const visits: Visit[] = [];
    beforeAll(async () => {
      stage = await startStage({ facilities: 6, sales: 6 });
    });
    afterAll(() => stage?.stop());
    afterEach(async () => {
      const faults = visits.flatMap((each) => each.faults);
      await Promise.all(visits.splice(0).map((each) => each.close()));
      expect(faults).toEqual([]);
    });

    const open = async (...asked: Parameters<Stage["open"]>) => {
      const opened = await stage.open(...asked);
      visits.push(opened);
      return opened.page;
    };

    it("lets somebody in with their password, and nobody with another", async () => {
      const page = await open(undefined, "/");
      await page.getByLabel("Name").fill("olga");
      await page.getByLabel("Password").fill("wrong");
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByRole("alert").waitFor();
      expect(await page.getByRole("alert").textContent()).toContain("wrong");
      await page.getByLabel("Name").fill("olga");
      await page.getByLabel("Password").fill(password);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByText("olga").first().waitFor();
    });
  },
);
