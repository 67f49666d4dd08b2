// Accessibility as axe-core judges it: WCAG A and AA, of what somebody sees right now.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Result, RunOptions } from "axe-core";
import type { Page } from "playwright-core";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/**
 * By rule, what is not ours to mend and no style sheet can: below our header, Bull Board draws buttons without a name, and the
 * sign of Redis without a text for it. Its page is the only one with a `#root`.
 */
const notOurs = { "button-name": "#root button", "svg-img-alt": "#root header svg" };

/** What is wrong with a page, one line each; below our header, of Bull Board only what is serious. @param rules only these; all when left out */
export async function axeFindings(page: Page, rules?: readonly string[]): Promise<string[]> {
  // Not as a script of the page, which its policy would refuse, but from outside as a debugger does.
  if (!(await page.evaluate<boolean>("'axe' in globalThis"))) await page.evaluate(source);
  const options: RunOptions = {
    runOnly: rules === undefined ? { type: "tag", values: tags } : { type: "rule", values: [...rules] },
    // No rule of these asks for style sheets and media to be loaded once more.
    ...{ resultTypes: ["violations"], elementRef: true, preload: false },
  };
  const violations = await page.evaluate<
    Result[]
  >(`axe.run(document, ${JSON.stringify(options)}).then(({ violations }) => {
    const notOurs = ${JSON.stringify(notOurs)};
    const isGrave = (impact) => impact === "serious" || impact === "critical";
    const isOurs = (id, impact, { element }) =>
      !(id in notOurs && element.matches(notOurs[id])) && (isGrave(impact) || document.getElementById("root") === null);
    return violations.map(({ id, impact, help, nodes }) =>
      ({ id, impact, help, nodes: nodes.filter((node) => isOurs(id, impact, node)).map(({ html }) => ({ html })) }));
  })`);
  return violations
    .filter(({ nodes }) => nodes.length > 0)
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" | ")}`);
}
