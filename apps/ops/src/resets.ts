// ops resets list, reset show, rejects, variances: which resets there are, one of them in full, and its long lists as CSV for a
// spreadsheet or JSON for a program.
import type { Database } from "@inventory-sync/db";
import { askedByWords, plural, sentence } from "@inventory-sync/domain";
import {
  absentOfReset,
  listAttention,
  listedText,
  listResets,
  mergedText,
  type Reset,
  type ResetList,
  type ResetWithParts,
  readResetWithParts,
  rejectsOfReset,
  resetDocument,
  storesText,
  variancesOfReset,
  withReason,
} from "@inventory-sync/operator";
import { type Command, exitCodes, type Run } from "./command.ts";

const LIMIT = { byDefault: 20, max: 1_000 };
const ATTENTION_SHOWN = 100;

export const resetsList: Command = {
  name: "resets list",
  usage: "[--limit N]",
  summary:
    "lists the latest resets, and the stores that are held or failed; exits 1 when there are such, or the newest reset failed",
  async run(run) {
    const limit = run.count("limit", LIMIT);
    const [{ resets }, attention, newest] = await run.withDatabase((database) =>
      Promise.all([
        listResets(database, { limit }),
        listAttention(database, ATTENTION_SHOWN),
        listResets(database, { limit: 1, previews: false }),
      ]),
    );
    const failed = newest.resets.find(({ state }) => state === "failed");
    run.out.document({ resets, attention });
    const stateOf = ({ preview, state }: Reset) => (preview && state !== "preview" ? `${state} (preview)` : state);
    const rows = resets.map((reset) => [
      ...[reset.id, reset.file, stateOf(reset), run.time(reset.asOf), storesText(reset), reset.rows, reset.rejected],
      ...[reset.corrected, askedByWords(reset.requestedBy), reset.outcome ?? ""],
    ]);
    const header = ["id", "file", "state", "counted at", "stores", "rows", "rejected", "corrected", "asked by", ""];
    run.out.table(header, rows, "No reset has run yet.");
    if (failed)
      run.out.say(`\nThe newest reset, of ${failed.file}, failed: ${failed.outcome ?? sentence(storesText(failed))}`);
    if (attention.total === 0) return failed ? exitCodes.found : exitCodes.ok;
    run.out.say(`\n${plural(attention.total, "store needs", "stores need")} a decision or attention:`);
    const waiting = attention.parts.map((part) => [
      ...[part.facilityId, part.state, part.resetId, listedText([part], run.addresses.reconcile)],
      (part.state === "held" ? part.heldBecause : part.error) ?? "",
    ]);
    run.out.table(["store", "state", "reset", "listed", "why"], waiting);
    run.out.say("Look with: reset show ID. Decide with: reset approve ID FACILITY, or reset reject ID FACILITY.");
    return exitCodes.found;
  },
};

/** The reset that the first word of a command names. @throws UsageError when there is no word; NotFound */
export async function namedReset(run: Run, database: Database): Promise<ResetWithParts> {
  return readResetWithParts(database, run.word("name the reset by its id; resets list shows them"));
}

export const resetShow: Command = {
  name: "reset show",
  usage: "RESET",
  summary:
    "shows one reset: what became of it, facility by facility, and how long each step took; exits 1 when it needs attention",
  async run(run) {
    const reset = await run.withDatabase((database) => namedReset(run, database));
    run.out.document(resetDocument(reset));
    sayHead(run, reset);
    const rows = reset.parts.map((part) => [
      ...[part.facilityId, part.state, part.rows, part.rejected, part.corrected, part.unitsBefore, part.unitsAfter],
      ...[part.lateSales, part.unexplained, part.absent, part.lockedMs ?? "–"],
      [part.heldBecause ?? part.error, part.decidedBy && withReason(`by ${part.decidedBy}`, part.decidedBecause)]
        .filter((each) => each !== null)
        .join("; "),
    ]);
    const header = [
      ...["store", "state", "rows", "rejected", "corrected", "units before", "units after", "sold since"],
      ...["unexplained", "absent", "locked ms", ""],
    ];
    if (rows.length > 0) run.out.table(header, rows);
    if (reset.rejected > 0)
      run.out.say(
        `${plural(reset.rejected, "row was", "rows were")} rejected: npm run ops -- reset rejects ${reset.id} > FILE.csv; correct them there, then reset repair FILE.csv`,
      );
    const needsAttention = reset.state === "failed" || reset.facilitiesHeld > 0 || reset.facilitiesFailed > 0;
    return needsAttention ? exitCodes.found : exitCodes.ok;
  },
};

function sayHead(run: Run, reset: ResetWithParts): void {
  const from = reset.asOfFrom === null ? "" : ` (from the ${reset.asOfFrom})`;
  const timings = Object.entries(reset.timings).map(
    ([step, ms]) => `${step} ${Math.round(ms).toLocaleString("en-US")} ms`,
  );
  const facts = [
    ["reset", `${reset.id}${reset.preview ? " (a preview: nothing is changed)" : ""}`],
    ["file", reset.file],
    ["state", `${reset.state}${reset.outcome === null ? "" : `: ${reset.outcome}`}`],
    ["counted at", `${run.time(reset.asOf)}${from}`],
    ...(reset.asOfNote === null ? [] : [["but", reset.asOfNote] as const]),
    ...reset.doubts.map((doubt) => ["doubt", doubt] as const),
    ["asked by", askedByWords(reset.requestedBy)],
    ...(reset.repairOf === null ? [] : [["repairs", `rejected rows of reset ${reset.repairOf}`] as const]),
    ["rows", `${reset.rows}, ${reset.rejected} rejected, ${reset.skipped} skipped`],
    ...(reset.merged === null ? [] : [["one product", mergedText(reset.merged)] as const]),
    ["stores", storesText(reset)],
    ["corrected", plural(reset.corrected, "product")],
    ["sha256", reset.sha256 ?? "–"],
    ["took", timings.join(", ") || "–"],
  ] as const;
  for (const [name, text] of facts) run.out.say(`${name.padEnd(12)}${text}`);
  run.out.say("");
}

type ListOf = (database: Database, resetId: string) => ResetList | Promise<ResetList>;

/** Page by page, so that a million rows fit in memory. */
function writeList(run: Run, listOf: ListOf): Promise<number> {
  return run.withDatabase(async (database) => {
    const reset = await namedReset(run, database);
    const { columns, pages, line } = await listOf(database, reset.id);
    const object = (cells: readonly string[]) =>
      JSON.stringify(Object.fromEntries(cells.map((cell, index) => [columns[index] ?? `column${index + 1}`, cell])));
    await run.out.write(run.out.isJson ? "[" : line(columns));
    let separator = "\n";
    for await (const page of pages()) {
      if (run.signal.aborted) return exitCodes.stopped;
      if (!run.out.isJson) await run.out.write(page.map(line).join(""));
      else await run.out.write(`${separator}${page.map(object).join(",\n")}`);
      separator = ",\n";
    }
    if (run.out.isJson) await run.out.write("\n]\n");
    return exitCodes.ok;
  });
}

function listCommand(name: string, summary: string, listOf: ListOf): Command {
  return { name: `reset ${name}`, usage: "RESET", summary, run: (run) => writeList(run, listOf) };
}

export const resetListCommands: readonly Command[] = [
  listCommand(
    "rejects",
    "writes the rejected rows of a reset as CSV, with code, cause and fix, to be corrected there",
    rejectsOfReset,
  ),
  listCommand("variances", "writes every correction of a reset as CSV, with its explanation", variancesOfReset),
  listCommand(
    "absent",
    "writes the products with stock that the count does not list, and that stand as they were, as CSV",
    absentOfReset,
  ),
];
