// ops reset run, ops reset preview, ops reset repair: a reset now over the oldest waiting snapshot or the one named, what it would do, or
// over rejected rows that were corrected.
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Database } from "@inventory-sync/db";
import { messageOf, plural, quantityText, repairColumn, sentence } from "@inventory-sync/domain";
import {
  chooseSource,
  type FacilityPart,
  type OpenedReset,
  openRepairOfFile,
  openWaitingReset,
  partWord,
  type Reset,
  readReset,
  readResetWithParts,
  storesText,
} from "@inventory-sync/operator";
import { readSnapshotRows } from "@inventory-sync/sftp";
import { type Command, exitCodes, Failure, type Run } from "./command.ts";
import { sessionsOf, sourcesOfRun } from "./sources.ts";

const LOOK_EVERY_MS = 500;

const USAGE = "[--file NAME] [--source NAME] [--wait]";

const resetRun: Command = {
  name: "reset run",
  usage: USAGE,
  summary: "runs a reset over the oldest waiting snapshot or the one named; --wait follows it to its end",
  run: (run) => overWaiting(run, { preview: false }),
};

const resetPreview: Command = {
  name: "reset preview",
  usage: USAGE,
  summary: "says what a reset over the oldest waiting snapshot or the one named would do, and changes nothing",
  run: (run) => overWaiting(run, { preview: true }),
};

async function overWaiting(run: Run, { preview }: { readonly preview: boolean }): Promise<number> {
  const file = run.text("file");
  const sources = sourcesOfRun(run);
  const source = chooseSource(sources, run.text("source")).name;
  const act = {
    what: preview ? "preview a reset" : "run a reset",
    target: `${file === undefined ? "the oldest waiting file" : `file ${file}`} of ${source}`,
  };
  return begin(run, { ...act, name: preview ? "Preview" : "Reset" }, (database, requestedBy) =>
    openWaitingReset(database, sessionsOf(run, sources), { file, source, preview, requestedBy }),
  );
}

const resetRepair: Command = {
  name: "reset repair",
  usage: "FILE [--wait]",
  summary:
    "applies a corrected file of rejected rows, as counts that are true when those of its reset were; changes nothing else",
  async run(run) {
    const path = run.word("name the corrected file; reset rejects RESET writes it");
    const given = await readRepair(path);
    const act = { what: "repair rejected rows", target: `reset ${given.resetId}, file ${basename(path)}` };
    return begin(run, { ...act, name: "Repair" }, (database, requestedBy) =>
      openRepairOfFile(database, sessionsOf(run, sourcesOfRun(run)), { ...given, requestedBy }),
    );
  },
};

/** Opens a reset, wakes a worker for it, says that it has begun and, with --wait, how it ended. */
function begin(
  run: Run,
  { name, ...act }: { readonly name: "Preview" | "Reset" | "Repair"; readonly what: string; readonly target: string },
  open: (database: Database, requestedBy: string) => Promise<OpenedReset>,
): Promise<number> {
  return run.withDatabase(async (database) => {
    const outcome = ({ resetId, file }: OpenedReset) => `begun as reset ${resetId} over ${file}`;
    const openAndWake = async () => {
      const opened = await open(database, `operator ${run.operator}`);
      await run.withQueues((queues) => queues.addReset({ ...opened, label: opened.file }));
      return opened;
    };
    const { resetId, file, already } = await run.audited({ ...act, outcome }, openAndWake, database);
    run.out.say(`${name} ${resetId} over ${file} ${already ? "was under way already" : "has begun"}.`);
    if (run.has("wait")) return tellEnd(run, database, resetId, name);
    run.out.document({ resetIds: [resetId] });
    return exitCodes.ok;
  });
}

/** A file of rejected rows, and the reset that it says it corrects. @throws Failure when it is none */
async function readRepair(path: string): Promise<{ readonly resetId: string; readonly content: string }> {
  try {
    const bytes = await readFile(path);
    const rows = await readSnapshotRows(path);
    await rows.close();
    const column = repairColumn(rows.header);
    if (column === null)
      throw new Failure(
        `${path} is no file of rejected rows: it lacks their column lineOfReset. A count of its own is put into incoming/ and run with reset run.`,
      );
    return { resetId: column.resetId, content: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(`${path} cannot be used; nothing was changed. ${messageOf(error)}`);
  }
}

async function tellEnd(run: Run, database: Database, resetId: string, name: string): Promise<number> {
  const ended = await follow(run, database, resetId);
  run.out.document(ended);
  if (ended.finishedAt === null) {
    run.out.say(`It goes on without you: npm run ops -- reset show ${resetId}`);
    return exitCodes.stopped;
  }
  run.out.say(endText(ended));
  if (name === "Preview" && ended.facilities > 0) await sayPreviewed(run, database, resetId);
  return isGood(ended) && !(name === "Repair" && ended.rejected > 0) ? exitCodes.ok : exitCodes.found;
}

/** A preview that nothing would come of is none. */
function isGood({ state, facilities, facilitiesFailed }: Reset): boolean {
  return state === "completed" || (state === "preview" && (facilities === 0 || facilities > facilitiesFailed));
}

const ENDS: Partial<Record<Reset["state"], string>> = { preview: "Preview finished", failed: "Failed" };

/** "Completed: 40 stores applied; 300 rows, 2 rejected, 1,494 products corrected." */
function endText(reset: Reset): string {
  const { state, outcome, facilities, rows, rejected, corrected } = reset;
  const figures = `${plural(rows, "row")}, ${quantityText(rejected)} rejected, ${plural(corrected, "product")} corrected`;
  const parts = [facilities > 0 && storesText(reset), !reset.preview && rows > 0 && figures, outcome].filter(Boolean);
  const word = ENDS[state] ?? sentence(state.replaceAll("-", " ")).slice(0, -1);
  return sentence(parts.length > 0 ? `${word}: ${parts.join("; ")}` : word);
}

async function sayPreviewed(run: Run, database: Database, resetId: string): Promise<void> {
  const reset = await readResetWithParts(database, resetId);
  run.out.say(`${sentence(storesText(reset))} Nothing was changed.`);
  const isLeft = (part: FacilityPart) => partWord(part, reset) !== "would-be-applied";
  const rows = [...reset.parts.filter(isLeft), ...reset.parts.filter((part) => !isLeft(part))].map((part) => [
    ...[part.facilityId, part.rows, part.corrected, part.unitsBefore, part.unitsAfter, part.unexplained],
    part.state === "failed"
      ? `failed: ${part.error ?? "no reason is on record"}`
      : (part.heldBecause ?? "would be applied"),
  ]);
  const header = ["store", "rows", "corrected", "units now", "units then", "unexplained", "what would happen"];
  run.out.table(header, rows);
}

function follow(run: Run, database: Database, resetId: string): Promise<Reset> {
  return run.out.withProgress("stores", async (tell) => {
    for (;;) {
      const reset = await readReset(database, resetId);
      if (reset.finishedAt !== null || run.signal.aborted) return reset;
      tell(reset.facilitiesDone, reset.facilities, progressText(reset));
      await sleep(LOOK_EVERY_MS);
    }
  });
}

function progressText(reset: Reset): string {
  const { state, rows, rejected, facilities } = reset;
  const parts = [
    state,
    rows > 0 && `${plural(rows, "row")}, ${quantityText(rejected)} rejected`,
    facilities > 0 && storesText(reset),
  ];
  return parts.filter((part) => part !== false).join("; ");
}

export const resetRunCommands: readonly Command[] = [resetRun, resetPreview, resetRepair];
