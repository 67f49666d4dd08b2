// A page as everybody must be able to use it: judged by axe in both themes and both widths, never wider than its window, and
// with no table wider than its box.
import type { Page } from "playwright-core";
import { axeFindings } from "./axe.ts";

const wide = { width: 1280, height: 900 };
const narrow = { width: 390, height: 844 };

/** Goes to a page of the board and returns what is wrong with it, one line each. @param shows text that it has once it is whole */
async function lookAtPage(page: Page, path: string, shows?: string | RegExp): Promise<string[]> {
  const found: string[] = [];
  const note = (how: string, findings: readonly string[]) =>
    found.push(...findings.map((finding) => `${path} (${how}): ${finding}`));
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  await page.setViewportSize(wide);
  await page.goto(path);
  if (shows !== undefined) await page.getByText(shows).first().waitFor();
  note("wide", await axeFindings(page));
  note("wide", await overflow(page));
  // The other theme has the same elements in other colours.
  await page.emulateMedia({ colorScheme: "dark" });
  await nextFrames(page);
  note("wide, dark", await axeFindings(page, ["color-contrast"]));
  await page.setViewportSize(narrow);
  await nextFrames(page);
  note("narrow, dark", await axeFindings(page));
  note("narrow", await overflow(page));
  return found;
}

/** Looks at pages, as many at a time as there are tabs to open them in. @returns what is wrong with them, one line each */
export async function lookAtPages(
  tabs: readonly Page[],
  paths: readonly (readonly [path: string, shows?: string | RegExp])[],
) {
  const left = paths.values();
  const found = await Promise.all(
    tabs.map(async (tab) => {
      const ofTab: string[] = [];
      for (const [path, shows] of left) ofTab.push(...(await lookAtPage(tab, path, shows)));
      return ofTab;
    }),
  );
  return found.flat();
}

/** Until a page whose own script follows the theme and the width has done so. */
async function nextFrames(page: Page): Promise<void> {
  await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
}

/** What sticks out to the right: of the window, of the boxes that scroll, and of the bar of pages. */
async function overflow(page: Page): Promise<string[]> {
  const wider = await page.evaluate<number>(
    "document.documentElement.scrollWidth - document.documentElement.clientWidth",
  );
  const cut = await page.evaluate<string[]>(
    `[...document.querySelectorAll(".scroll, #nav")].filter((box) => box.scrollWidth > box.clientWidth)
      .map((box) => box.getAttribute("aria-label") + " is " + (box.scrollWidth - box.clientWidth) + " px wider than its box")`,
  );
  return [...(wider > 0 ? [`it is ${wider} px wider than its window`] : []), ...cut];
}
