// ops reset run: runs a reset now over the oldest waiting snapshot, or over the one named.
import { setTimeout as sleep } from "node:timers/promises";
import { type Database, openReset, type ResetProgress, resetProgress } from "@inventory-sync/db";
import { chooseSnapshot, withInbox } from "@inventory-sync/sftp";
import { type Command, exitCodes, Failure, type Run, textOption, withDatabase, withQueues } from "./command.ts";

const LOOK_EVERY_MS = 500;

export const resetRun: Command = {
  name: "reset run",
  usage: "[--file NAME] [--wait]",
  summary: "runs a reset over the oldest waiting snapshot or the one named; --wait follows it to its end",
  options: { file: { type: "string" }, wait: { type: "boolean" } },
  positionalsMax: 0,
  async run(run) {
    const chosen = await withInbox(run.addresses.inbox(), run.log, (inbox) =>
      chooseSnapshot(inbox, textOption(run, "file")),
    );
    if ("missing" in chosen) throw new Failure(chosen.reason);
    return withDatabase(run, async (database) => {
      const waiting = { name: chosen.name, size: chosen.size, modifiedAt: new Date(chosen.modifiedAtMs) };
      const { resetId, already } = await openReset(database, waiting, { requestedBy: "operator at the command line" });
      const generation = (await resetProgress(database, resetId))?.generation ?? 0;
      await withQueues(run, (queues) => queues.addReset({ resetId, generation, label: chosen.name }));
      run.out.say(`Reset ${resetId} over ${chosen.name} ${already ? "was under way already" : "has begun"}.`);
      if (run.options.wait !== true) {
        run.out.document({ resetIds: [resetId] });
        return exitCodes.ok;
      }
      const ended = await follow(run, database, resetId);
      run.out.document(ended);
      run.out.say(`It is ${progressText(ended)}.`);
      return ended.state === "completed" ? exitCodes.ok : exitCodes.found;
    });
  },
};

async function follow(run: Run, database: Database, resetId: string): Promise<ResetProgress> {
  let said = "";
  for (;;) {
    const reset = await resetProgress(database, resetId);
    if (!reset) throw new Failure(`Reset ${resetId} is no longer there.`);
    if (reset.finishedAt !== null) return reset;
    const text = progressText(reset);
    if (text !== said) run.out.progress(text);
    said = text;
    await sleep(LOOK_EVERY_MS);
  }
}

function progressText(reset: ResetProgress): string {
  const { rows, rejected, corrected, facilities, facilitiesDone, facilitiesFailed, facilitiesHeld, outcome } = reset;
  const parts = [
    reset.state,
    facilities > 0 && `${facilitiesDone} of ${facilities} facilities done`,
    rows > 0 && `${rows} rows, ${rejected} rejected, ${corrected} levels corrected`,
    facilitiesFailed > 0 && `${facilitiesFailed} facilities failed`,
    facilitiesHeld > 0 && `${facilitiesHeld} facilities held`,
    outcome,
  ];
  return parts.filter((part) => part !== false && part !== null && part !== "").join("; ");
}
