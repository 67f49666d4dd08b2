// What the repository says of its metrics: the page, the alert rules and the dashboard, read as the tests compare them.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

/** The path of a file of the repository. */
export const repositoryPath = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const read = (path: string) => readFileSync(repositoryPath(path), "utf8");

/** One row of docs/metrics.md. */
export interface MetricRow {
  readonly app: string;
  readonly name: string;
  readonly kind: string;
  readonly labels: readonly string[];
  /** Names of alerts, and titles of panels, separated by commas. */
  readonly usedBy: string;
}

/** The tables of docs/metrics.md, in order. */
export function metricRows(): MetricRow[] {
  let app = "";
  return read("docs/metrics.md")
    .split("\n")
    .flatMap((line) => {
      app = /^## (\w+):/.exec(line)?.[1]?.toLowerCase() ?? app;
      const cells = line.split("|").map((cell) => cell.trim());
      const name = /^`([a-z_]+)`$/.exec(cells[1] ?? "")?.[1];
      if (name === undefined || cells.length !== 7) return [];
      const labels = [...(cells[3] ?? "").matchAll(/`([a-z]+)`(?= \(|,|$)/g)].map(([, label]) => label ?? "");
      return [{ app, name, kind: /^\w+/.exec(cells[2] ?? "")?.[0] ?? "", labels, usedBy: cells[5] ?? "" }];
    });
}

/** One use of metrics: an alert's or a panel's expression. */
export interface MetricUse {
  /** The alert's name in backticks, or the panel's title, as docs/metrics.md has them. */
  readonly by: string;
  readonly expression: string;
}

export interface Alert {
  readonly alert: string;
  readonly expr: string;
  /** How long it must be so: "2m". */
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: Readonly<Record<string, string>>;
}

/** The rules of deploy/prometheus/alerts.yml. */
export function alertRules(): Alert[] {
  const { groups } = parse(read("deploy/prometheus/alerts.yml")) as { groups: { rules: Alert[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[];
}

/** The panels of deploy/grafana/inventory-sync.json. */
export function dashboardPanels(): Panel[] {
  return (JSON.parse(read("deploy/grafana/inventory-sync.json")) as { panels: Panel[] }).panels;
}

/** Every expression of the rules and of the dashboard. */
export function metricUses(): MetricUse[] {
  const alerts = alertRules().map(({ alert, expr }) => ({ by: `\`${alert}\``, expression: expr }));
  const panels = dashboardPanels().flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ by: title, expression: expr })),
  );
  return [...alerts, ...panels];
}

/** The metrics that an expression names, without the endings of a histogram's series. */
export function metricsIn(expression: string): string[] {
  const names = expression.match(/\b(?:inventory|ingest|nodejs|process)_[a-z0-9_]+/g) ?? [];
  return [...new Set(names.map((name) => name.replace(/_(bucket|sum|count)$/, "")))];
}
