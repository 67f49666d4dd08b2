// The pictures of docs/images: the board's main pages over a running system with a retailer in it, as operators see them.
import { mkdir, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { eventually } from "../support/index.ts";
import { ageRecords, recordDay } from "./day-of-activity.ts";
import { heldFacility } from "./retailer.ts";
import { startStage } from "./stage.ts";

const folder = fileURLToPath(new URL("../../docs/images", import.meta.url));
const zone = "Europe/Berlin";
const bytesMax = 250_000;
const wide = { width: 1280, height: 900 };
const tall = { width: 1280, height: 1300 };
const narrow = { width: 390, height: 844 };

/** What is counted once a minute must have been. */
const alarmsWait = { withinMs: 120_000, everyMs: 1_000 };

type Look = "light" | "dark";

it("takes the pictures", { timeout: 300_000 }, async () => {
  const stage = await startStage({ facilities: 14, sales: 40 }, { RESET_TIME_ZONE: zone });
  try {
    await ageRecords(stage.locks, zone);
    await mkdir(folder, { recursive: true });
    await eventually(async () => {
      const answer = (await (await stage.system.board("/api/alarms")).json()) as { items: unknown[] };
      return answer.items.length > 2;
    }, alarmsWait);
    await recordDay(stage.system, stage.locks);
    const reset = `/resets/${stage.retailer.second.id}`;
    const product = "/facilities/S001/products/SKU/TEE-RED-M";
    const pictures: readonly { name: string; path: string; look: Look; size: typeof wide }[] = [
      { name: "overview", path: "/", look: "light", size: tall },
      { name: "overview-dark", path: "/", look: "dark", size: tall },
      { name: "overview-narrow", path: "/", look: "light", size: narrow },
      { name: "reset", path: reset, look: "light", size: tall },
      { name: "reset-narrow", path: `${reset}?facility=${heldFacility}`, look: "dark", size: narrow },
      { name: "product", path: product, look: "light", size: tall },
      { name: "jobs", path: "/jobs", look: "light", size: wide },
      { name: "alarms", path: "/alarms", look: "light", size: wide },
    ];
    for (const { name, path, look, size } of pictures) {
      const { page, faults, close } = await stage.open("olga", path, { viewport: size, colorScheme: look });
      await settled(page);
      // Before the picture is taken: Playwright hides the caret with a style that the page's policy refuses.
      expect(faults).toEqual([]);
      const file = `${folder}/${name}.png`;
      await page.screenshot({ path: file, animations: "disabled" });
      expect((await stat(file)).size).toBeLessThan(bytesMax);
      await close();
    }
  } finally {
    await stage.stop();
  }
});

/** Fonts are there and every plot is drawn. */
async function settled(page: Page): Promise<void> {
  await page.evaluate("document.fonts.ready.then(() => true)");
  await page.waitForFunction(
    "[...document.querySelectorAll('[data-plot]')].every((plot) => plot.clientWidth === 0 || plot.querySelector('canvas'))",
  );
}
