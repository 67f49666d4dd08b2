// What a run says in the end, in text.
import type { SeedReport } from "./run-seed.ts";

/** One line a seed. */
export function lineOf(report: SeedReport): string {
  const { seed, verdict, drainMs, busyLast, durationMs, faults, injected, faulty } = report;
  const met = faults.map((name) => `${name}×${injected[name] ?? 0}`).join(" ");
  const counts = `${verdict.effects} effects, ${verdict.levels} levels, recovered ${verdict.recovered}, drained in ${seconds(drainMs)} (last: ${busyLast || "nothing"})`;
  return `seed ${seed}: ${faulty.length === 0 ? "held" : "BROKEN"}, ${counts}, took ${seconds(durationMs)} | ${met}`;
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

/** The sums over all seeds, as a table of Markdown. */
export function summaryOf(reports: readonly SeedReport[], tookMs: number): string {
  const slowest = [...reports].sort((a, b) => b.drainMs - a.drainMs)[0];
  const of = (count: (report: SeedReport) => number): number => sum(reports.map(count));
  const rows: [string, string | number][] = [
    ["seeds", reports.length],
    ["minutes", (tookMs / 60_000).toFixed(1)],
    ["effects checked (ledger lines against what was answered)", of(({ verdict }) => verdict.effects)],
    ["levels checked against the model", of(({ verdict }) => verdict.levels)],
    ["lost", of(({ verdict }) => verdict.lost.length)],
    ["duplicated", of(({ verdict }) => verdict.duplicated.length)],
    ["unexpected", of(({ verdict }) => verdict.unexpected.length)],
    ["other broken promises", of(({ verdict }) => verdict.broken.length)],
    ["recovered (applied, though nobody was told 202)", of(({ verdict }) => verdict.recovered)],
    ["event ids sent with two contents", of(({ verdict }) => verdict.reused)],
    ["seeds that broke a promise", reports.filter(({ faulty }) => faulty.length > 0).length],
    ["slowest drain after healing", slowest ? `${seconds(slowest.drainMs)} (seed ${slowest.seed})` : "none"],
    ["answers by status", statuses(reports)],
  ];
  return table(["what", "count"], rows);
}

function statuses(reports: readonly SeedReport[]): string {
  const total = new Map<string, number>();
  for (const report of reports) {
    for (const [status, count] of Object.entries(report.statuses)) total.set(status, (total.get(status) ?? 0) + count);
  }
  return [...total]
    .sort()
    .map(([status, count]) => `${status}: ${count}`)
    .join(", ");
}

/** How often each fault bit, and in how many seeds. */
export function faultsTable(
  reports: readonly SeedReport[],
  known: readonly { readonly name: string; readonly what: string }[],
): string {
  const rows = known.map(({ name, what }): [string, string, number, number] => {
    const met = reports.filter(({ faults }) => faults.includes(name));
    return [name, what, met.length, sum(met.map(({ injected }) => injected[name] ?? 0))];
  });
  return table(["fault", "what goes wrong", "seeds", "times it bit"], rows);
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}
