// Accessibility as axe-core judges it: WCAG A and AA, of what somebody sees right now.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults, RunOptions } from "axe-core";
import type { Page } from "playwright-core";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** What of a page is a serious or critical finding, one line each. @param rules only these; all when left out */
export async function seriousFindings(page: Page, rules?: readonly string[]): Promise<string[]> {
  // Not as a script of the page, which its policy would refuse, but from outside as a debugger does.
  if (!(await page.evaluate<boolean>("'axe' in globalThis"))) await page.evaluate(source);
  const options: RunOptions = {
    runOnly: rules === undefined ? { type: "tag", values: tags } : { type: "rule", values: [...rules] },
    resultTypes: ["violations"],
  };
  const { violations } = await page.evaluate<AxeResults>(`axe.run(document, ${JSON.stringify(options)})`);
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" | ")}`);
}
