// One decision about many held facilities of a reset: each is decided in a transaction of its own, so that one that cannot be
// decided now keeps none of the others waiting, and whoever is cut off asks again for what is left.
import type { Database } from "../database.ts";
import { isLockTimeout } from "../errors.ts";
import { facilityNumber } from "../reads/facilities.ts";
import { type ResetView, readReset } from "../reads/resets.ts";
import { HeldRowsLost, rejectFacility } from "./hold.ts";
import { whyNotHeld } from "./not-held.ts";
import { approveFacility } from "./reconcile.ts";
import type { ReconcileOptions } from "./reconciled.ts";

/** What is decided, about which facilities, and by whom. */
export interface HeldDecision {
  /** As somebody has just read it. */
  readonly reset: ResetView;
  /** Outside ids. */
  readonly facilityIds: readonly string[];
  readonly verdict: "approve" | "reject";
  readonly decidedBy: string;
}

/** One facility that was decided, or was left as it was, with why in words. */
export interface HeldDecided {
  readonly facilityId: string;
  readonly left?: string;
}

/**
 * Decides one facility after the other, in the order given; who stops asking for the next one leaves the rest as it is.
 * @throws what is no single facility's fault, such as a database that is away: what was given until then is done
 */
export async function* decideHeld(
  database: Database,
  decision: HeldDecision,
  options: Omit<ReconcileOptions, "guards">,
): AsyncGenerator<HeldDecided> {
  const parts = new Set(decision.reset.facilities.map(({ facilityId }) => facilityId));
  for (const facilityId of decision.facilityIds) {
    const left = parts.has(facilityId)
      ? await decide(database, { ...decision, facilityId }, options)
      : `Facility ${facilityId} has no part in this reset.`;
    yield left === undefined ? { facilityId } : { facilityId, left };
  }
}

type One = HeldDecision & { readonly facilityId: string };

async function decide(
  database: Database,
  { reset, facilityId, verdict, decidedBy }: One,
  options: Omit<ReconcileOptions, "guards">,
): Promise<string | undefined> {
  const facility = await facilityNumber(database, facilityId);
  if (facility === undefined) return `There is no facility ${facilityId}.`;
  const wanted = { resetId: reset.id, facility, decidedBy };
  try {
    const isDone =
      verdict === "approve"
        ? (await approveFacility(database, wanted, options)).ended !== "already"
        : await rejectFacility(database, wanted);
    return isDone ? undefined : await notHeld(database, reset.id, facilityId);
  } catch (error) {
    if (error instanceof HeldRowsLost) return `${error.message}.`;
    if (isLockTimeout(error)) return `Facility ${facilityId} is busy; ask again in a moment.`;
    throw error;
  }
}

async function notHeld(database: Database, resetId: string, facilityId: string): Promise<string> {
  const reset = await readReset(database, resetId);
  const part = reset?.facilities.find((each) => each.facilityId === facilityId);
  return reset && part ? whyNotHeld(part, reset) : `There is no reset ${resetId} any more.`;
}
