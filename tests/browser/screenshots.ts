// The pictures of docs/images: the board's main pages over a running system with a retailer in it, as operators see them.
import { mkdir, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { type Demonstration, startDemonstration, waitingFile } from "./demonstration.ts";
import { heldFacility } from "./retailer.ts";

const folder = fileURLToPath(new URL("../../docs/images", import.meta.url));
const zone = "Europe/Berlin";
const bytesMax = 250_000;
const wide = { width: 1280, height: 900 };
const tall = { width: 1280, height: 1300 };
const narrow = { width: 390, height: 844 };

interface Picture {
  readonly name: string;
  readonly path: string;
  readonly look: "light" | "dark";
  readonly size: typeof wide;
}

function picturesOf({ retailer, shopUrl }: Demonstration): readonly Picture[] {
  const reset = `/resets/${retailer.second.id}`;
  const light = { look: "light", size: wide } as const;
  return [
    { name: "overview", path: "/", look: "light", size: tall },
    { name: "overview-dark", path: "/", look: "dark", size: tall },
    { name: "overview-narrow", path: "/", look: "light", size: narrow },
    { name: "reset", path: reset, look: "light", size: tall },
    { name: "reset-narrow", path: `${reset}?facility=${heldFacility}`, look: "dark", size: narrow },
    { name: "product", path: "/facilities/S001/products/SKU/TEE-RED-M", look: "light", size: tall },
    { name: "event", path: "/facilities/S001/events/late-1", ...light },
    { name: "jobs", path: "/jobs", ...light },
    { name: "alarms", path: "/alarms", ...light },
    { name: "names", path: "/names", ...light },
    { name: "clock", path: "/facilities/S005/clock", look: "dark", size: wide },
    { name: "requests", path: "/requests", ...light },
    { name: "requests-narrow", path: "/requests", look: "dark", size: narrow },
    { name: "waiting-file", path: `/sources/default/files/${waitingFile}`, ...light },
    { name: "channels", path: "/channels", look: "dark", size: wide },
    { name: "channel", path: "/channels/web-shop", ...light },
    { name: "resets-narrow", path: "/resets", look: "light", size: narrow },
    { name: "web-shop", path: shopUrl, ...light },
  ];
}

it("takes the pictures", { timeout: 300_000 }, async () => {
  const shown = await startDemonstration(zone);
  try {
    await mkdir(folder, { recursive: true });
    for (const { name, path, look, size } of picturesOf(shown)) {
      const { page, faults, close } = await shown.open("olga", path, { viewport: size, colorScheme: look });
      await settled(page);
      // Before the picture is taken: Playwright hides the caret with a style that the page's policy refuses.
      // The board's pages ask nobody else; the shop's is another server's.
      expect(faults.filter((fault) => !fault.includes(shown.shopUrl))).toEqual([]);
      const file = `${folder}/${name}.png`;
      await page.screenshot({ path: file, animations: "disabled" });
      expect((await stat(file)).size).toBeLessThan(bytesMax);
      await close();
    }
  } finally {
    await shown.stop();
  }
});

/** Fonts are there and every plot is drawn. */
async function settled(page: Page): Promise<void> {
  await page.evaluate("document.fonts.ready.then(() => true)");
  await page.waitForFunction(
    "[...document.querySelectorAll('[data-plot]')].every((plot) => plot.clientWidth === 0 || plot.querySelector('canvas'))",
  );
}
