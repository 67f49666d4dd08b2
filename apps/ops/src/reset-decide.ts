// ops reset approve, reject, revert: what a person decides. Each says first what it would do, and asks.
import {
  approveFacility,
  type Database,
  type FacilityResetView,
  facilityNumber,
  HeldRowsLost,
  isLockTimeout,
  NotRevertible,
  type ResetView,
  readReset,
  rejectFacility,
  revertReset,
  whyNotHeld,
} from "@inventory-sync/db";
import { type Command, exitCodes, Failure, type Run, UsageError, withDatabase } from "./command.ts";
import { isMeant, yesOption } from "./confirm.ts";
import { audited, operatorName } from "./operator.ts";
import { plural, table } from "./output.ts";
import { decideAll } from "./reset-decide-all.ts";
import { partOf, resetOf } from "./reset-words.ts";

const LOCK_WAIT_MS_MAX = 5_000;

const decideOptions = { ...yesOption, all: { type: "boolean" } } as const;

export const resetApprove: Command = {
  name: "reset approve",
  usage: "RESET (FACILITY | --all) [--yes]",
  summary: "applies a held facility after all, or all of them; says what that would change, and asks",
  options: decideOptions,
  positionalsMax: 2,
  run: (run) =>
    orAll(run, "approve", async (database, { reset, part, facility }) => {
      const absent = run.addresses.reconcile.absentRows === "zero" ? "become 0" : "stay";
      const would =
        `correct ${plural(part.corrected, "product")} at ${part.facilityId}, ${part.unitsBefore} to ${part.unitsAfter} units as found when it was held; ` +
        `sales since stay counted; products that it does not list ${absent}`;
      if (!(await isMeant(run, `Approving would ${would}.`))) return exitCodes.found;
      const target = { what: "approve a held facility", target: `reset ${reset.id}, facility ${part.facilityId}` };
      const limits = { ...run.addresses.reconcile, lockWaitMsMax: LOCK_WAIT_MS_MAX };
      await audited(database, target, async () => {
        const wanted = { resetId: reset.id, facility, decidedBy: operatorName() };
        const result = await approveFacility(database, wanted, limits).catch(inWords);
        if (result.ended === "already") throw await decidedMeanwhile(database, reset.id, part.facilityId);
        return { done: result, outcome: result.ended };
      });
      return sayDecided(run, database, { resetId: reset.id, facilityId: part.facilityId });
    }),
};

export const resetReject: Command = {
  name: "reset reject",
  usage: "RESET (FACILITY | --all) [--yes]",
  summary: "ends a hold, or all of them, and leaves the levels as they are",
  options: decideOptions,
  positionalsMax: 2,
  run: (run) =>
    orAll(run, "reject", async (database, { reset, part, facility }) => {
      if (
        !(await isMeant(
          run,
          `Rejecting would leave ${part.facilityId} at ${part.unitsBefore} units; its count of ${plural(part.rows, "product")} is dropped.`,
        ))
      )
        return exitCodes.found;
      const act = { what: "reject a held facility", target: `reset ${reset.id}, facility ${part.facilityId}` };
      await audited(database, act, async () => {
        const isDone = await rejectFacility(database, { resetId: reset.id, facility, decidedBy: operatorName() });
        if (!isDone) throw await decidedMeanwhile(database, reset.id, part.facilityId);
        return { done: isDone, outcome: "rejected" };
      });
      return sayDecided(run, database, { resetId: reset.id, facilityId: part.facilityId });
    }),
};

export const resetRevert: Command = {
  name: "reset revert",
  usage: "RESET [FACILITY] [--yes]",
  summary: "undoes a reset, at one facility or wherever it was applied",
  options: yesOption,
  positionalsMax: 2,
  run: (run) =>
    withDatabase(run, async (database) => {
      const [, facilityId] = run.positionals;
      const reset = await resetOf(run, database);
      const facilityIds = facilityId === undefined ? undefined : [partOf(reset, facilityId).facilityId];
      if (facilityIds === undefined && ["staging", "reconciling"].includes(reset.state))
        throw new Failure(`This reset is still ${reset.state}: wait for its end, or name a facility.`);
      const parts = reset.facilities.filter(
        (part) => part.state === "applied" && (facilityIds?.includes(part.facilityId) ?? true),
      );
      const sum = (of: (part: FacilityResetView) => number) => parts.reduce((total, part) => total + of(part), 0);
      const would =
        `Reverting would take back ${plural(
          sum((part) => part.corrected),
          "correction",
        )} at ${plural(parts.length, "facility", "facilities")}, ` +
        `${sum((part) => part.unitsAfter)} to ${sum((part) => part.unitsBefore)} units as they were then, and apply again the sales that only their counts had.`;
      if (parts.length > 0 && !(await isMeant(run, would))) return exitCodes.found;
      const act = { what: "revert a reset", target: `reset ${reset.id}, facility ${facilityId ?? "all"}` };
      const undone = await audited(database, act, async () => {
        const wanted = { resetId: reset.id, decidedBy: operatorName(), ...(facilityIds && { facilityIds }) };
        const done = await revertReset(database, wanted, { lockWaitMsMax: LOCK_WAIT_MS_MAX }).catch(inWords);
        return { done, outcome: `reverted at ${done.length} facilities` };
      });
      const facilities = undone.map((each) => ({ ...each, units: Number(each.units) }));
      run.out.document({ resetId: reset.id, facilities });
      const rows = facilities.map((each) => [each.facilityId, each.levels, each.corrected, each.units]);
      for (const line of table(["reverted at", "levels", "of them changed", "units"], rows)) run.out.say(line);
      return exitCodes.ok;
    }),
};

interface Held {
  readonly reset: ResetView;
  readonly part: FacilityResetView;
  /** facility.id */
  readonly facility: number;
}

/** Decides about the facility that the words name, or with --all about all that are held. */
function orAll(
  run: Run,
  verdict: "approve" | "reject",
  one: (database: Database, held: Held) => Promise<number>,
): Promise<number> {
  return run.options.all === true ? decideAll(run, verdict) : withHeld(run, one);
}

/** Finds the held facility that the words name. @throws Failure in words when it is not held */
async function withHeld(run: Run, use: (database: Database, held: Held) => Promise<number>): Promise<number> {
  return withDatabase(run, async (database) => {
    const [, facilityId] = run.positionals;
    if (facilityId === undefined)
      throw new UsageError("name the reset and the facility, or --all; resets list shows them");
    const reset = await resetOf(run, database);
    const part = partOf(reset, facilityId);
    if (part.state !== "held") throw new Failure(whyNotHeld(part, reset));
    const facility = await facilityNumber(database, facilityId);
    if (facility === undefined) throw new Failure(`There is no facility ${facilityId}.`);
    return use(database, { reset, part, facility });
  });
}

async function decidedMeanwhile(database: Database, resetId: string, facilityId: string): Promise<Failure> {
  const reset = await readReset(database, resetId);
  return new Failure(reset ? whyNotHeld(partOf(reset, facilityId), reset) : `There is no reset ${resetId} any more.`);
}

async function sayDecided(
  run: Run,
  database: Database,
  { resetId, facilityId }: { readonly resetId: string; readonly facilityId: string },
): Promise<number> {
  const reset = await readReset(database, resetId);
  const part = reset?.facilities.find((each) => each.facilityId === facilityId);
  run.out.document(part ?? null);
  run.out.say(
    `Facility ${facilityId} is ${part?.state}: ${plural(part?.corrected ?? 0, "product")} corrected, ${part?.unitsBefore} to ${part?.unitsAfter} units.`,
  );
  return exitCodes.ok;
}

/** From what the database threw to what somebody at a terminal can act on. */
function inWords(error: unknown): never {
  if (error instanceof NotRevertible || error instanceof HeldRowsLost) throw new Failure(`${error.message}.`);
  if (isLockTimeout(error))
    throw new Failure(
      `The facility is busy: its lock could not be had within ${LOCK_WAIT_MS_MAX / 1_000} s. Try again.`,
    );
  throw error;
}
