// A phone as the tests hold it, and what a finger and a link must find there.
import type { Page } from "playwright-core";

export const phone = { viewport: { width: 390, height: 844 }, hasTouch: true };

/** What a finger would miss, one line each: of all that can be touched what is below 24 px, of buttons what is below 44. */
export function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`[...document.querySelectorAll("a, button, summary, select, input:not([type=hidden])")]
    .filter((each) => each.checkVisibility() && each.tabIndex >= 0 && !each.matches(".skip"))
    .map((each) => [each, each.getBoundingClientRect().height])
    .filter(([each, height]) => height > 0 && height < (each.matches("button") ? 44 : 24))
    .map(([each, height]) => location.pathname + ": " + each.outerHTML.slice(0, 100) + " is " + height + " px high")`);
}

/** Whether what the address names is seen, below the header. */
export async function isBelowHeader(page: Page): Promise<boolean> {
  const [top, header] = await page.evaluate<[number, number]>(`[
    document.getElementById(decodeURIComponent(location.hash.slice(1))).getBoundingClientRect().top,
    document.getElementById("top").getBoundingClientRect().bottom]`);
  return top >= header && top < header + 350;
}
