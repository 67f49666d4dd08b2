// What an operator decides about a reset, for the API, the console and the command line: to approve or reject what a guard holds, at
// one facility or at many, and to revert what was applied.
import {
  approveFacility,
  type Database,
  facilityNumber,
  HeldRowsLost,
  NotRevertible,
  type ReconcileOptions,
  rejectFacility,
  revertReset,
} from "@inventory-sync/db";
import { sentence } from "@inventory-sync/domain";
import { z } from "zod";
import { noteText } from "./alarms.ts";
import { type Reverted, type Verdict, whyNotHeld, whyNothingToRevert } from "./decision-words.ts";
import { NotFound, Refusal, refuseBusy } from "./refusals.ts";
import { type FacilityPart, type Reset, readPart, readPartOf, readReset } from "./resets.ts";

/** How a decision is carried out: as the worker would, by the name of the operator, with the reason that was noted. */
export interface Deciding extends Omit<ReconcileOptions, "guards"> {
  readonly decidedBy: string;
  readonly decidedBecause?: string | undefined;
}

/** What may be said with a decision: why. An empty reason is none. */
export const decision = z.strictObject({ reason: noteText.transform((text) => text || undefined).optional() });

interface HeldPart {
  readonly verdict: Verdict;
  readonly facilityId: string;
}

/**
 * Approves or rejects one held facility.
 * @returns its part of the reset as it is now
 * @throws NotFound; Refusal when it is not, or no longer, held, or its lock cannot be had
 */
export async function decideHeld(
  database: Database,
  { resetId, ...which }: HeldPart & { readonly resetId: string },
  deciding: Deciding,
): Promise<FacilityPart> {
  return decidePart(database, { ...which, reset: await readReset(database, resetId) }, deciding);
}

async function decidePart(
  database: Database,
  { verdict, reset, facilityId }: HeldPart & { readonly reset: Reset },
  { decidedBy, decidedBecause, ...options }: Deciding,
): Promise<FacilityPart> {
  const before = await readPartOf(database, reset, facilityId);
  if (before.state !== "held") throw new Refusal(whyNotHeld(before, reset));
  const facility = await facilityNumber(database, facilityId);
  if (facility === undefined) throw new NotFound("facility", `There is no store ${facilityId}.`);
  const wanted = { resetId: reset.id, facility, decidedBy, decidedBecause };
  const isDone = await inWords(facilityId, options, async () =>
    verdict === "approve"
      ? (await approveFacility(database, wanted, options)).ended !== "already"
      : rejectFacility(database, wanted),
  );
  const now = await readPartOf(database, reset, facilityId);
  // Another operator, or a newer count, decided in the meantime.
  if (!isDone) throw new Refusal(whyNotHeld(now, reset));
  return now;
}

/** A facility that was decided, or was left as it was, with why in words. */
export interface Decided {
  readonly facilityId: string;
  readonly left?: string;
}

/**
 * Decides about many held facilities of a reset, in the order given, each in a transaction of its own: one that cannot be decided now
 * keeps none of the others waiting. A caller that stops asking for the next one leaves the rest as it is.
 * @throws NotFound when there is no such reset; what is no single facility's fault, such as a database that is away: what was given until then is done
 */
export async function* decideEach(
  database: Database,
  which: { readonly verdict: Verdict; readonly resetId: string; readonly facilityIds: readonly string[] },
  deciding: Deciding,
): AsyncGenerator<Decided> {
  const { verdict, resetId, facilityIds } = which;
  const reset = await readReset(database, resetId);
  for (const facilityId of facilityIds) {
    try {
      await decidePart(database, { verdict, reset, facilityId }, deciding);
      yield { facilityId };
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof NotFound)) throw error;
      yield { facilityId, left: error.message };
    }
  }
}

/**
 * Undoes a reset that has ended, or one facility's part of it. Asking again goes on with what is left.
 * @throws NotFound; Refusal when it cannot be undone, or a lock cannot be had: what was undone until then stays undone
 */
export async function revert(
  database: Database,
  { resetId, facilityId }: { readonly resetId: string; readonly facilityId?: string | undefined },
  { decidedBy, decidedBecause, lockWaitMsMax }: Pick<Deciding, "decidedBy" | "decidedBecause" | "lockWaitMsMax">,
): Promise<Reverted[]> {
  const reset =
    facilityId === undefined
      ? await readReset(database, resetId)
      : (await readPart(database, resetId, facilityId)).reset;
  if (facilityId === undefined && reset.finishedAt === null) throw new Refusal(whyNothingToRevert(reset));
  const who = { decidedBy, decidedBecause };
  const wanted = { resetId: reset.id, ...who, ...(facilityId !== undefined && { facilityIds: [facilityId] }) };
  const undone = await inWords(facilityId, { lockWaitMsMax }, () => revertReset(database, wanted, { lockWaitMsMax }));
  return undone.map((each) => ({ ...each, units: Number(each.units) }));
}

/** Does it, and turns what the database refuses into a Refusal. */
function inWords<T>(
  facilityId: string | undefined,
  { lockWaitMsMax }: Pick<Deciding, "lockWaitMsMax">,
  work: () => Promise<T>,
): Promise<T> {
  return work().catch((error: unknown) => {
    if (error instanceof HeldRowsLost || error instanceof NotRevertible)
      throw new Refusal(sentence(error.message), { cause: error });
    if (facilityId !== undefined) return refuseBusy(error, { who: `Store ${facilityId}`, lockWaitMsMax });
    const done = "What was undone so far stays undone.";
    return refuseBusy(error, { who: "A store of this reset", lockWaitMsMax, done });
  });
}
