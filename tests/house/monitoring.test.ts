/** Rules, dashboard and the page about metrics agree, and Prometheus' own tool accepts what is Prometheus'. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import {
  alertRules,
  dashboardPanels,
  metricRows,
  metricsIn,
  metricUses,
  repositoryPath,
} from "../support/monitoring.ts";

const rows = metricRows();

describe("the page about metrics", () => {
  test("says of each metric which alerts and panels use it, and no others do", () => {
    expect(rows.length).toBeGreaterThan(20);
    for (const { name, usedBy } of rows) {
      const users = metricUses().filter(({ expression }) => metricsIn(expression).includes(name));
      expect({ name, usedBy }).toEqual({ name, usedBy: [...new Set(users.map(({ by }) => by))].join(", ") });
    }
  });

  test("names every metric that an alert or a panel uses", () => {
    const known = new Set([
      ...rows.map(({ name }) => name),
      ...["process_cpu_seconds_total", "process_resident_memory_bytes", "nodejs_eventloop_lag_p99_seconds"],
    ]);
    expect(
      metricUses()
        .flatMap(({ expression }) => metricsIn(expression))
        .filter((name) => !known.has(name)),
    ).toEqual([]);
  });
});

describe("the rules", () => {
  // What promtool would say first, where there is none.
  test("have each a name of its own, a severity, an expression that closes what it opens, a place to read on, and a case that rings", () => {
    const rules = alertRules();
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    const cases = readFileSync(repositoryPath("deploy/prometheus/alerts.test.yml"), "utf8");
    for (const { alert, expr, for: wait, labels, annotations } of rules) {
      expect(["warning", "critical"]).toContain(labels.severity);
      expect(wait ?? "1m").toMatch(/^\d+[smh]$/);
      expect(annotations).toMatchObject({
        summary: expect.stringMatching(/./),
        description: expect.stringMatching(/./),
      });
      expect(unclosed(expr)).toBe("");
      const [file = "", anchor = ""] = annotations.runbook?.split("#") ?? [];
      const headings = readFileSync(repositoryPath(file), "utf8").match(/^#+ .*$/gm) ?? [];
      const anchors = headings.map((line) =>
        line
          .replace(/^#+ |[^\w\s-]/g, "")
          .replaceAll(" ", "-")
          .toLowerCase(),
      );
      if (!anchor.includes("{{")) expect(anchors).toContain(anchor);
      expect(cases).toContain(alert);
    }
  });
});

/** The brackets that an expression leaves open, or closes without having opened them; what stands in quotes is not its own. */
function unclosed(expression: string): string {
  let left = expression.replace(/"[^"]*"/g, "").replace(/[^()[\]{}]/g, "");
  for (let before = ""; before !== left; ) {
    before = left;
    left = left.replace(/\(\)|\[\]|\{\}/g, "");
  }
  return left;
}

describe("the dashboard", () => {
  const panels = dashboardPanels();

  // There is no validator of Grafana's JSON to be had from npm or Debian; this is what a broken import is usually made of.
  test("has panels with ids and places of their own, queries, and words that explain them", () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const [index, panel] of panels.entries()) {
      const { x, y, w, h } = panel.gridPos;
      expect(x + w).toBeLessThanOrEqual(24);
      const over = panels
        .slice(index + 1)
        .filter(({ gridPos: g }) => x < g.x + g.w && g.x < x + w && y < g.y + g.h && g.y < y + h);
      expect(over.map(({ title }) => `${panel.title} / ${title}`)).toEqual([]);
      if (panel.type === "row") continue;
      expect(panel.description).not.toBe("");
      expect(panel.datasource?.uid).toBe("$".concat("{datasource}"));
      expect(new Set(panel.targets?.map(({ refId }) => refId)).size).toBeGreaterThan(0);
    }
  });
});

const without =
  spawnSync("promtool", ["--version"]).status === 0 ? "" : "skipped: promtool of the package prometheus is not here";

describe(`as promtool reads them${without && ` (${without})`}`, () => {
  const promtool = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync("promtool", args, { encoding: "utf8" });
    return { status, said: `${stdout}${stderr}` };
  };
  const rulesFile = repositoryPath("deploy/prometheus/alerts.yml");

  test.skipIf(without)("configuration and rules are valid", () => {
    expect(promtool("check", "config", join(dirname(rulesFile), "prometheus.yml"))).toMatchObject({ status: 0 });
    const { status, said } = promtool("check", "rules", rulesFile);
    expect({ status, said }).toMatchObject({
      status: 0,
      said: expect.stringContaining(`${alertRules().length} rules found`),
    });
  });

  test.skipIf(without)("the rules ring for what they are there for, and for nothing else", () => {
    expect(promtool("test", "rules", join(dirname(rulesFile), "alerts.test.yml"))).toMatchObject({ status: 0 });
  });

  test.skipIf(without)("every query of the dashboard parses", () => {
    const folder = mkdtempSync(join(tmpdir(), "inventory-sync-queries-"));
    try {
      const rules = dashboardPanels()
        .flatMap(({ targets = [] }) => targets)
        .map(({ expr }, index) => ({ record: `query:${index}`, expr: expr.replaceAll("$__rate_interval", "1m") }));
      writeFileSync(join(folder, "queries.yml"), stringify({ groups: [{ name: "dashboard", rules }] }));
      expect(promtool("check", "rules", join(folder, "queries.yml"))).toMatchObject({ status: 0 });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
