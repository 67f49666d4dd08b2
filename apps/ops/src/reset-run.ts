// ops reset run, ops reset preview: a reset now over the oldest waiting snapshot or the one named, or what it would do.
import { setTimeout as sleep } from "node:timers/promises";
import { type Database, openReset, type ResetProgress, readReset, resetProgress } from "@inventory-sync/db";
import { chooseSnapshot, withInbox } from "@inventory-sync/sftp";
import { type Command, exitCodes, Failure, type Run, textOption, withDatabase, withQueues } from "./command.ts";
import { audited, operatorName } from "./operator.ts";
import { table } from "./output.ts";

const LOOK_EVERY_MS = 500;

const USAGE = "[--file NAME] [--wait]";
const OPTIONS = { file: { type: "string" }, wait: { type: "boolean" } } as const;

export const resetRun: Command = {
  name: "reset run",
  usage: USAGE,
  summary: "runs a reset over the oldest waiting snapshot or the one named; --wait follows it to its end",
  options: OPTIONS,
  positionalsMax: 0,
  run: (run) => begin(run, { preview: false }),
};

export const resetPreview: Command = {
  name: "reset preview",
  usage: USAGE,
  summary: "says what a reset over the oldest waiting snapshot or the one named would do, and changes nothing",
  options: OPTIONS,
  positionalsMax: 0,
  run: (run) => begin(run, { preview: true }),
};

async function begin(run: Run, { preview }: { readonly preview: boolean }): Promise<number> {
  const chosen = await withInbox(run.addresses.inbox(), run.log, (inbox) =>
    chooseSnapshot(inbox, textOption(run, "file")),
  );
  if ("missing" in chosen) throw new Failure(chosen.reason);
  return withDatabase(run, async (database) => {
    const act = { what: preview ? "preview a reset" : "run a reset", target: `file ${chosen.name}` };
    const { resetId, already } = await audited(database, act, async () => {
      const waiting = { ...chosen, modifiedAt: new Date(chosen.modifiedAtMs) };
      const opened = await openReset(database, waiting, { requestedBy: `operator ${operatorName()}`, preview });
      const generation = (await resetProgress(database, opened.resetId))?.generation ?? 0;
      await withQueues(run, (queues) => queues.addReset({ resetId: opened.resetId, generation, label: chosen.name }));
      return { done: opened, outcome: `begun as reset ${opened.resetId}` };
    });
    const what = preview ? "Preview" : "Reset";
    run.out.say(`${what} ${resetId} over ${chosen.name} ${already ? "was under way already" : "has begun"}.`);
    if (run.options.wait !== true) {
      run.out.document({ resetIds: [resetId] });
      return exitCodes.ok;
    }
    const ended = await follow(run, database, resetId);
    run.out.document(ended);
    if (ended.finishedAt === null) {
      run.out.say(`It goes on without you: npm run ops -- reset show ${resetId}`);
      return exitCodes.stopped;
    }
    // What became of it may be a sentence already.
    run.out.say(`It is ${progressText(ended).replace(/\.$/, "")}.`);
    if (preview && ended.facilities > 0) await sayPreviewed(run, database, resetId);
    return ended.state === "completed" || ended.state === "preview" ? exitCodes.ok : exitCodes.found;
  });
}

async function sayPreviewed(run: Run, database: Database, resetId: string): Promise<void> {
  const reset = await readReset(database, resetId);
  const rows = (reset?.facilities ?? []).map((part) => [
    ...[part.facilityId, part.rows, part.corrected, part.unitsBefore, part.unitsAfter, part.unexplained],
    part.heldBecause ?? "would be applied",
  ]);
  const header = ["facility", "rows", "corrected", "units now", "units then", "unexplained", "what would happen"];
  for (const line of table(header, rows)) run.out.say(line);
}

async function follow(run: Run, database: Database, resetId: string): Promise<ResetProgress> {
  const progress = run.out.progress("facilities");
  try {
    for (;;) {
      const reset = await resetProgress(database, resetId);
      if (!reset) throw new Failure(`Reset ${resetId} is no longer there.`);
      if (reset.finishedAt !== null || run.signal.aborted) return reset;
      progress.at(reset.facilitiesDone, reset.facilities, progressText(reset));
      await sleep(LOOK_EVERY_MS);
    }
  } finally {
    progress.end();
  }
}

function progressText(reset: ResetProgress): string {
  const {
    rows,
    rejected,
    corrected,
    facilities,
    facilitiesDone,
    facilitiesFailed,
    facilitiesHeld,
    outcome,
    finishedAt,
  } = reset;
  const parts = [
    reset.state,
    finishedAt !== null && facilities > 0 && `${facilitiesDone} of ${facilities} facilities done`,
    rows > 0 && `${rows} rows, ${rejected} rejected, ${corrected} levels corrected`,
    facilitiesFailed > 0 && `${facilitiesFailed} facilities failed`,
    facilitiesHeld > 0 && `${facilitiesHeld} facilities held`,
    outcome,
  ];
  return parts.filter((part) => part !== false && part !== null && part !== "").join("; ");
}
