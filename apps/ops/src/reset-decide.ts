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
  type ResetWithParts,
  readPart,
  revert,
  revertedText,
  type Verdict,
  whyNotHeld,
  whyNothingToRevert,
  withReason,
} from "@inventory-sync/operator";
import { type Command, exitCodes, type Run, textOption, UsageError, withDatabase } from "./command.ts";
import { audited, isMeant, operatorName, yesOption } from "./operator.ts";
import { namedReset } from "./resets.ts";

const LOCK_WAIT_MS_MAX = 5_000;

/** Why, noted with the decision. */
const reasonOption = { reason: { type: "string" } } as const;

function decideCommand(verdict: Verdict, summary: string): Command {
  return {
    name: `reset ${verdict}`,
    usage: "RESET (FACILITY | --all) [--reason TEXT] [--yes]",
    summary,
    options: { ...yesOption, ...reasonOption, all: { type: "boolean" } },
    positionalsMax: 2,
    run(run) {
      // A reason that cannot be noted is refused before anything is asked.
      deciding(run);
      const [, facilityId] = run.positionals;
      const isAll = run.options.all === true;
      if (isAll && facilityId !== undefined) throw new UsageError("name a facility or say --all, not both");
      return withDatabase(run, async (database) => {
        if (isAll) return decideAll(run, database, verdict);
        if (facilityId === undefined)
          throw new UsageError("name the reset and the facility, or --all; resets list shows them");
        return decideOne(run, database, { verdict, facilityId });
      });
    },
  };
}

export const resetApprove = decideCommand(
  "approve",
  "applies a held facility after all, or all of them; says what that would change, and asks",
);
export const resetReject = decideCommand("reject", "ends a hold, or all of them, and leaves the levels as they are");

async function decideOne(
  run: Run,
  database: Database,
  { verdict, facilityId }: { readonly verdict: Verdict; readonly facilityId: string },
): Promise<number> {
  const { reset, part: now } = await readPart(database, run.positionals[0] ?? "", facilityId);
  const which = { verdict, resetId: reset.id, facilityId };
  const isHeld = now.state === "held";
  if (isHeld && !(await isMeant(run, would(run, verdict, [now])))) return exitCodes.found;
  const act = {
    what: `${verdict} a held facility`,
    target: `reset ${reset.id}, facility ${facilityId}`,
    outcome: decidedText,
  };
  const part = await audited(database, act, async () => {
    // Not asked about, so not decided either, should it be held by now; a refusal stands in the audit log, too.
    if (!isHeld) throw new Refusal(whyNotHeld(now, reset));
    return decideHeld(database, which, deciding(run));
  });
  run.out.document(part);
  run.out.say(`Facility ${facilityId} is ${decidedText(part)}.`);
  return exitCodes.ok;
}

/** Ctrl-C stops after the facility that is under way, and the same command goes on with the rest. */
async function decideAll(run: Run, database: Database, verdict: Verdict): Promise<number> {
  const reset = await namedReset(run, database);
  const held = reset.parts.filter(({ state }) => state === "held");
  if (held.length > 0 && !(await isMeant(run, would(run, verdict, held)))) return exitCodes.found;
  const { decided, left, isStopped } = await decideHeldParts(run, database, { reset, held, verdict });
  run.out.document({ resetId: reset.id, decided, left, stopped: isStopped });
  run.out.say(
    `${plural(decided.length, "facility is", "facilities are")} ${verdict === "approve" ? "applied" : "rejected"}.`,
  );
  run.out.table(
    ["left as it was", "why"],
    left.map((each) => [each.facilityId, each.left]),
  );
  if (isStopped) return exitCodes.stopped;
  return left.length > 0 ? exitCodes.found : exitCodes.ok;
}

type HeldDecided = { decided: string[]; left: { facilityId: string; left: string }[]; isStopped: boolean };

function decideHeldParts(
  run: Run,
  database: Database,
  of: { readonly reset: ResetWithParts; readonly held: readonly FacilityPart[]; readonly verdict: Verdict },
) {
  const { reset, held, verdict } = of;
  const which = { verdict, resetId: reset.id, facilityIds: held.map(({ facilityId }) => facilityId) };
  const progress = run.out.progress(`${verdict} facilities`);
  const by = deciding(run);
  const act = {
    what: `${verdict} held facilities`,
    target: `reset ${reset.id}, ${held.length} facilities`,
    outcome: ({ decided, left, isStopped }: HeldDecided) =>
      withReason(
        `decided ${decided.length}, left ${left.length}${isStopped ? ", stopped before the end" : ""}`,
        by.decidedBecause,
      ),
  };
  return audited(database, act, async (): Promise<HeldDecided> => {
    const decided: string[] = [];
    const left: HeldDecided["left"] = [];
    try {
      for await (const each of decideEach(database, which, by)) {
        if (each.left === undefined) decided.push(each.facilityId);
        else left.push({ facilityId: each.facilityId, left: each.left });
        progress.at(decided.length + left.length, held.length, each.facilityId);
        if (run.signal.aborted) break;
      }
    } finally {
      progress.end();
    }
    const isStopped = run.signal.aborted && decided.length + left.length < held.length;
    return { decided, left, isStopped };
  });
}

export const resetRevert: Command = {
  name: "reset revert",
  usage: "RESET [FACILITY] [--reason TEXT] [--yes]",
  summary: "undoes a reset, at one facility or wherever it was applied",
  options: { ...yesOption, ...reasonOption },
  positionalsMax: 2,
  run: (run) =>
    withDatabase(run, async (database) => {
      const by = deciding(run);
      const [, facilityId] = run.positionals;
      const reset = await namedReset(run, database);
      const part = facilityId === undefined ? undefined : (await readPart(database, reset.id, facilityId)).part;
      const applied = (part ? [part] : reset.parts).filter(({ state }) => state === "applied");
      // Where nothing can be undone nothing is asked: it is refused, and says why.
      const isAsked = applied.length > 0 && (facilityId !== undefined || reset.finishedAt !== null);
      if (isAsked && !(await isMeant(run, would(run, "revert", applied)))) return exitCodes.found;
      const outcome = (done: Awaited<ReturnType<typeof revert>>) => withReason(revertedText(done), by.decidedBecause);
      const act = { what: "revert a reset", target: `reset ${reset.id}, facility ${facilityId ?? "all"}`, outcome };
      const facilities = await audited(database, act, async () => {
        // Not asked about, so not undone either, should it be possible by now.
        if (!isAsked) throw new Refusal(whyNothingToRevert(reset, part));
        return revert(database, { resetId: reset.id, facilityId }, by);
      });
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
  const given = decision.safeParse({ reason: textOption(run, "reason") });
  if (!given.success) throw new UsageError(`--reason ${given.error.issues[0]?.message ?? "is no reason"}`);
  const { reason: decidedBecause } = given.data;
  return { ...run.addresses.reconcile, decidedBy: operatorName(), decidedBecause, lockWaitMsMax: LOCK_WAIT_MS_MAX };
}
