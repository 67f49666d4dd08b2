// What a run says: a table on the screen, and the same with every round as JSON in bench/results.
import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Figure, type Result, reaches, type Target } from "./measure.ts";

const resultsFolder = fileURLToPath(new URL("../results", import.meta.url));

/** A number with about three digits that tell something. */
function short(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString("en");
  return value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
}

function spread({ median, min, max, rounds }: Figure): string {
  return rounds.length > 1 ? `${short(median)} (${short(min)}–${short(max)})` : short(median);
}

function wanted({ ratioMin, ratioMax, productMax }: Target): string {
  const parts = [
    ...(ratioMin === undefined ? [] : [`≥ ${ratioMin}`]),
    ...(ratioMax === undefined ? [] : [`≤ ${ratioMax}`]),
    ...(productMax === undefined ? [] : [`own ≤ ${productMax}`]),
  ];
  return parts.join(", ") || "for information";
}

/** The results as lines of text. */
export function tableOf(results: readonly Result[]): string {
  const head = ["", "measure", "unit", "product", "reference", "ratio", "to reach", ""];
  const rows = results.map((result) => [
    ...[result.id, result.what, result.unit, spread(result.product), spread(result.reference)],
    ...[spread(result.ratio), wanted(result.target), reaches(result) ? "yes" : "NO"],
  ]);
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  const notes = results.flatMap(({ id, referenceIs, notes = [] }) => [
    `${id}: reference: ${referenceIs}`,
    ...notes.map((note) => `    ${note}`),
  ]);
  return [line(head), ...rows.map(line), "", ...new Set(notes)].join("\n");
}

/** Writes a measure's results to bench/results/<name>.json, in place of those of its last run. Gives the path. */
export async function writeResults(
  name: string,
  run: { readonly sizes: object; readonly results: readonly Result[] },
): Promise<string> {
  await mkdir(resultsFolder, { recursive: true });
  const path = join(resultsFolder, `${name}.json`);
  const machine = {
    ...{ cpu: cpus()[0]?.model ?? "", cores: cpus().length, memoryMiB: Math.round(totalmem() / 2 ** 20) },
    ...{
      node: process.version,
      platform: process.platform,
      loadAverageAtEnd: loadavg().map((load) => Math.round(load)),
    },
  };
  const content = { name, measuredAt: new Date().toISOString(), commit: commit(), machine, ...run };
  await writeFile(path, `${JSON.stringify(content, null, 2)}\n`);
  return path;
}

function commit(): string {
  try {
    return execFileSync("git", ["describe", "--always", "--dirty"], { cwd: resultsFolder, encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
}
