// ops reset approve --all, reject --all: one decision about every facility that a reset holds. It says first what it would do, and
// asks; Ctrl-C stops after the facility that is under way, and the same command goes on with the rest.
import { type Database, decideHeld, type FacilityResetView, type ResetView } from "@inventory-sync/db";
import { exitCodes, type Run, UsageError, withDatabase } from "./command.ts";
import { isMeant } from "./confirm.ts";
import { audited, operatorName } from "./operator.ts";
import { plural, table } from "./output.ts";
import { resetOf } from "./reset-words.ts";

const LOCK_WAIT_MS_MAX = 5_000;

type Verdict = "approve" | "reject";

/** Decides all that is held. Exit code 1 when something is left as it was. @throws UsageError when a facility is named as well */
export async function decideAll(run: Run, verdict: Verdict): Promise<number> {
  if (run.positionals.length > 1) throw new UsageError("name a facility or say --all, not both");
  return withDatabase(run, async (database) => {
    const reset = await resetOf(run, database);
    const held = reset.facilities.filter(({ state }) => state === "held");
    if (held.length > 0 && !(await isMeant(run, wouldDo(verdict, held)))) return exitCodes.found;
    const { decided, left, isStopped } = await carryOut(run, database, { reset, held, verdict });
    run.out.document({ resetId: reset.id, decided, left, stopped: isStopped });
    run.out.say(
      `${plural(decided.length, "facility is", "facilities are")} ${verdict === "approve" ? "applied" : "rejected"}.`,
    );
    for (const line of table(
      ["left as it was", "why"],
      left.map((each) => [each.facilityId, each.left]),
    ))
      run.out.say(line);
    if (isStopped) return exitCodes.stopped;
    return left.length > 0 ? exitCodes.found : exitCodes.ok;
  });
}

interface Deciding {
  readonly reset: ResetView;
  readonly held: readonly FacilityResetView[];
  readonly verdict: Verdict;
}

function carryOut(run: Run, database: Database, { reset, held, verdict }: Deciding) {
  const facilityIds = held.map(({ facilityId }) => facilityId);
  const decision = { reset, facilityIds, verdict, decidedBy: operatorName() };
  const limits = { ...run.addresses.reconcile, lockWaitMsMax: LOCK_WAIT_MS_MAX };
  const progress = run.out.progress(`${verdict} facilities`);
  const act = { what: `${verdict} held facilities`, target: `reset ${reset.id}, ${facilityIds.length} facilities` };
  return audited(database, act, async () => {
    const decided: string[] = [];
    const left: { facilityId: string; left: string }[] = [];
    try {
      for await (const each of decideHeld(database, decision, limits)) {
        if (each.left === undefined) decided.push(each.facilityId);
        else left.push({ facilityId: each.facilityId, left: each.left });
        progress.at(decided.length + left.length, held.length, each.facilityId);
        if (run.signal.aborted) break;
      }
    } finally {
      progress.end();
    }
    const isStopped = run.signal.aborted && decided.length + left.length < held.length;
    const done = { decided, left, isStopped };
    return {
      done,
      outcome: `decided ${decided.length}, left ${left.length}${isStopped ? ", stopped before the end" : ""}`,
    };
  });
}

function wouldDo(verdict: Verdict, held: readonly FacilityResetView[]): string {
  const sum = (of: (part: FacilityResetView) => number) => held.reduce((total, part) => total + of(part), 0);
  const where = plural(held.length, "facility", "facilities");
  const before = sum((part) => part.unitsBefore);
  if (verdict === "reject") return `Rejecting would leave ${where} at ${before} units; their counts are dropped.`;
  const corrected = plural(
    sum((part) => part.corrected),
    "product",
  );
  const after = sum((part) => part.unitsAfter);
  return `Approving would correct ${corrected} at ${where}, ${before} to ${after} units as found when they were held; sales since stay counted.`;
}
