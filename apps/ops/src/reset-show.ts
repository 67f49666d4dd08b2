// ops reset show, rejects, variances: one reset in full, and its long lists as CSV for a spreadsheet or JSON for a program.
import {
  csvLine,
  type Database,
  type ResetList,
  type ResetView,
  rejectsOfReset,
  variancesOfReset,
} from "@inventory-sync/db";
import { askedByWords } from "@inventory-sync/domain";
import { type Command, exitCodes, type Run, withDatabase } from "./command.ts";
import { plural, table, timeWriter } from "./output.ts";
import { resetOf } from "./reset-words.ts";

export const resetShow: Command = {
  name: "reset show",
  usage: "RESET",
  summary:
    "shows one reset: what became of it, facility by facility, and how long each step took; exits 1 when it needs somebody",
  options: {},
  positionalsMax: 1,
  async run(run) {
    const reset = await withDatabase(run, (database) => resetOf(run, database));
    run.out.document(reset);
    sayHead(run, reset);
    const rows = reset.facilities.map((part) => [
      ...[part.facilityId, part.state, part.rows, part.rejected, part.corrected, part.unitsBefore, part.unitsAfter],
      ...[part.lateSales, part.unexplained, part.absent, part.lockedMs ?? "–"],
      part.heldBecause ?? part.error ?? (part.decidedBy === null ? "" : `by ${part.decidedBy}`),
    ]);
    const header = [
      ...["facility", "state", "rows", "rejected", "corrected", "units before", "units after", "sold since"],
      ...["unexplained", "absent", "locked ms", ""],
    ];
    if (rows.length > 0) for (const line of table(header, rows)) run.out.say(line);
    if (reset.rejected > 0)
      run.out.say(
        `${plural(reset.rejected, "row was", "rows were")} rejected: npm run ops -- reset rejects ${reset.id}`,
      );
    const needsSomebody =
      reset.state === "failed" || reset.facilities.some(({ state }) => state === "held" || state === "failed");
    return needsSomebody ? exitCodes.found : exitCodes.ok;
  },
};

function sayHead(run: Run, reset: ResetView): void {
  const time = timeWriter(run.addresses.timeZone);
  const from = reset.asOfFrom === null ? "" : ` (from the ${reset.asOfFrom})`;
  const timings = Object.entries(reset.timings).map(
    ([step, ms]) => `${step} ${Math.round(ms).toLocaleString("en-US")} ms`,
  );
  const facts = [
    ["reset", `${reset.id}${reset.preview ? " (a preview: nothing is changed)" : ""}`],
    ["file", reset.file],
    ["state", `${reset.state}${reset.outcome === null ? "" : `: ${reset.outcome}`}`],
    ["true at", `${time(reset.asOf)}${from}`],
    ["asked by", askedByWords(reset.requestedBy)],
    ["rows", `${reset.rows}, ${reset.rejected} rejected, ${reset.skipped} skipped`],
    ["sha256", reset.sha256 ?? "–"],
    ["took", timings.join(", ") || "–"],
  ] as const;
  for (const [name, text] of facts) run.out.say(`${name.padEnd(10)}${text}`);
  run.out.say("");
}

export const resetRejects: Command = {
  name: "reset rejects",
  usage: "RESET",
  summary: "writes the rejected rows of a reset as CSV, with code, cause and fix",
  options: {},
  positionalsMax: 1,
  run: (run) => writeList(run, rejectsOfReset),
};

export const resetVariances: Command = {
  name: "reset variances",
  usage: "RESET",
  summary: "writes every correction of a reset as CSV, with its explanation",
  options: {},
  positionalsMax: 1,
  run: (run) => writeList(run, variancesOfReset),
};

type ListOf = (database: Database, resetId: string) => ResetList | Promise<ResetList>;

/** Page by page, so that a million rows fit in memory. */
function writeList(run: Run, listOf: ListOf): Promise<number> {
  return withDatabase(run, async (database) => {
    const reset = await resetOf(run, database);
    const { columns, pages } = await listOf(database, reset.id);
    const object = (cells: readonly string[]) =>
      JSON.stringify(Object.fromEntries(cells.map((cell, index) => [columns[index] ?? `column${index + 1}`, cell])));
    await run.out.write(run.out.isJson ? "[" : csvLine(columns));
    let separator = "\n";
    for await (const page of pages()) {
      if (run.signal.aborted) return exitCodes.stopped;
      if (!run.out.isJson) await run.out.write(page.map(csvLine).join(""));
      else await run.out.write(`${separator}${page.map(object).join(",\n")}`);
      separator = ",\n";
    }
    if (run.out.isJson) await run.out.write("\n]\n");
    return exitCodes.ok;
  });
}
