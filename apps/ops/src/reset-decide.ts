// ops reset approve, reject, revert: what an operator decides at a terminal. Each says first what it would do, and asks.
import type { Database } from "@inventory-sync/db";
import { plural } from "@inventory-sync/domain";
import {
  type Deciding,
  decidedText,
  decideEach,
  decideHeld,
  decision,
  decisionWords,
  type FacilityPart,
  Refusal,
  readPart,
  revert,
  revertedText,
  type Verdict,
  whyNotHeld,
  whyNothingToRevert,
  withReason,
} from "@inventory-sync/operator";
import { type Command, checkedOption, exitCodes, type Run, UsageError } from "./command.ts";
import type { TellProgress } from "./output.ts";
import { namedReset } from "./resets.ts";

const LOCK_WAIT_MS_MAX = 5_000;

function decideCommand(verdict: Verdict, summary: string): Command {
  return {
    name: `reset ${verdict}`,
    usage: "RESET (FACILITY | --all) [--reason TEXT] [--yes]",
    summary,
    run(run) {
      // A reason that cannot be noted is refused before anything is asked.
      deciding(run);
      const [, facilityId] = run.words;
      const isAll = run.has("all");
      if (isAll && facilityId !== undefined) throw new UsageError("name a facility or say --all, not both");
      return run.withDatabase(async (database) => {
        if (isAll) return decideAll(run, database, verdict);
        if (facilityId === undefined)
          throw new UsageError("name the reset and the facility, or --all; resets list shows them");
        return decideOne(run, database, { verdict, facilityId });
      });
    },
  };
}

const resetApprove = decideCommand(
  "approve",
  "applies a held facility after all, or all of them; says what that would change, and asks",
);
const resetReject = decideCommand("reject", "ends a hold, or all of them, and leaves the levels as they are");

async function decideOne(
  run: Run,
  database: Database,
  { verdict, facilityId }: { readonly verdict: Verdict; readonly facilityId: string },
): Promise<number> {
  const { reset, part: now } = await readPart(database, run.words[0] ?? "", facilityId);
  const which = { verdict, resetId: reset.id, facilityId };
  const isHeld = now.state === "held";
  if (isHeld && !(await run.isMeant(would(run, verdict, [now])))) return exitCodes.found;
  const target = `reset ${reset.id}, facility ${facilityId}`;
  const decide = async () => {
    // Not asked about, so not decided either, should it be held by now; a refusal stands in the audit log, too.
    if (!isHeld) throw new Refusal(whyNotHeld(now, reset));
    return decideHeld(database, which, deciding(run));
  };
  const act = { what: `${verdict} a held facility`, target, outcome: decidedText };
  const part = await run.audited(act, decide, database);
  return run.done(part, `Store ${facilityId} is ${decidedText(part)}.`);
}

/** Ctrl-C stops after the facility that is under way, and the same command goes on with the rest. */
async function decideAll(run: Run, database: Database, verdict: Verdict): Promise<number> {
  const reset = await namedReset(run, database);
  const held = reset.parts.filter(({ state }) => state === "held");
  if (held.length > 0 && !(await run.isMeant(would(run, verdict, held)))) return exitCodes.found;
  const by = deciding(run);
  const which = { verdict, resetId: reset.id, facilityIds: held.map(({ facilityId }) => facilityId) };
  const decided: string[] = [];
  const left: { readonly facilityId: string; readonly left: string }[] = [];
  const isStopped = () => run.signal.aborted && decided.length + left.length < held.length;
  const decide = async (tell: TellProgress) => {
    for await (const each of decideEach(database, which, by)) {
      if (each.left === undefined) decided.push(each.facilityId);
      else left.push({ facilityId: each.facilityId, left: each.left });
      tell(decided.length + left.length, held.length, each.facilityId);
      if (run.signal.aborted) break;
    }
  };
  const outcome = () => {
    const end = isStopped() ? ", stopped before the end" : "";
    return withReason(`decided ${decided.length}, left ${left.length}${end}`, by.decidedBecause);
  };
  const act = { what: `${verdict} held facilities`, target: `reset ${reset.id}, ${held.length} facilities`, outcome };
  await run.audited(act, () => run.out.withProgress(`${verdict} facilities`, decide), database);
  run.out.document({ resetId: reset.id, decided, left, stopped: isStopped() });
  const became = verdict === "approve" ? "applied" : "rejected";
  run.out.say(`${plural(decided.length, "store is", "stores are")} ${became}.`);
  const rows = left.map((each) => [each.facilityId, each.left]);
  run.out.table(["left as it was", "why"], rows);
  if (isStopped()) return exitCodes.stopped;
  return left.length > 0 ? exitCodes.found : exitCodes.ok;
}

const resetRevert: Command = {
  name: "reset revert",
  usage: "RESET [FACILITY] [--reason TEXT] [--yes]",
  summary: "undoes a reset, at one facility or wherever it was applied",
  run: (run) =>
    run.withDatabase(async (database) => {
      const by = deciding(run);
      const [, facilityId] = run.words;
      const reset = await namedReset(run, database);
      const part = facilityId === undefined ? undefined : (await readPart(database, reset.id, facilityId)).part;
      const applied = (part ? [part] : reset.parts).filter(({ state }) => state === "applied");
      // Where nothing can be undone nothing is asked: it is refused, and says why.
      const isAsked = applied.length > 0 && (facilityId !== undefined || reset.finishedAt !== null);
      if (isAsked && !(await run.isMeant(would(run, "revert", applied)))) return exitCodes.found;
      const outcome = (done: Awaited<ReturnType<typeof revert>>) => withReason(revertedText(done), by.decidedBecause);
      const act = { what: "revert a reset", target: `reset ${reset.id}, facility ${facilityId ?? "all"}`, outcome };
      const undo = async () => {
        // Not asked about, so not undone either, should it be possible by now.
        if (!isAsked) throw new Refusal(whyNothingToRevert(reset, part));
        return revert(database, { resetId: reset.id, facilityId }, by);
      };
      const facilities = await run.audited(act, undo, database);
      run.out.document({ resetId: reset.id, facilities });
      const rows = facilities.map((each) => [each.facilityId, each.levels, each.corrected, each.units]);
      run.out.table(["reverted at", "levels", "of them changed", "units"], rows);
      return exitCodes.ok;
    }),
};

function would(run: Run, act: Verdict | "revert", parts: readonly FacilityPart[]): string {
  const words = decisionWords(act, parts, run.addresses.reconcile);
  return `${words.would} ${words.notes}`;
}

function deciding(run: Run): Deciding {
  const { reason: decidedBecause } = checkedOption("reason", decision, { reason: run.text("reason") });
  return { ...run.addresses.reconcile, decidedBy: run.operator, decidedBecause, lockWaitMsMax: LOCK_WAIT_MS_MAX };
}

export const resetDecideCommands: readonly Command[] = [resetApprove, resetReject, resetRevert];
