// Ending a hold and undoing a reset: what a person decides about one facility's part of a reset, or about all of it.
import {
  approveFacility,
  type FacilityResetView,
  facilityNumber,
  findReset,
  HeldRowsLost,
  isLockTimeout,
  NotRevertible,
  type ResetView,
  readReset,
  rejectFacility,
  revertReset,
  whyNotHeld,
} from "@inventory-sync/db";
import type { Request, Response } from "express";
import { z } from "zod";
import { pathId, pathResetId, unknownReset } from "../asked.ts";
import { sayOutcome } from "../audit.ts";
import type { Endpoint } from "../endpoint.ts";
import type { Parts } from "../parts.ts";
import { identityOf } from "../people/identity.ts";
import { Problem } from "../problem.ts";
import { facilityResetSchema } from "./resets.ts";

/** How long a decision waits for batches of the facility that are in flight. */
const LOCK_WAIT_MS_MAX = 5_000;
const RETRY_AFTER_S = "5";

const ended = "It is not, or no longer, held; the detail says what it is and who decided";
const busy = "The facility is busy or the database is away; nothing was decided";
const unknown = "There is no such reset, or the facility has no part in it";

/** POST /api/resets/{id}/facilities/{facilityId}/approve */
const approve: Endpoint = {
  ...{ method: "post", path: "/api/resets/{id}/facilities/{facilityId}/approve", access: "operator" },
  summary: "Approves a held facility reset: it is applied, with the sales since",
  audit: { what: "approve a held facility", target: partTarget },
  answers: {
    200: { description: "The facility's part of the reset as it is now", schema: facilityResetSchema },
    ...{ 404: { description: unknown }, 409: { description: ended }, 503: { description: busy } },
  },
  async handle(parts, request, response) {
    const { resetId, facilityId, part, reset } = await partOfPath(parts, request);
    if (part.state !== "held") throw new Problem("conflict", whyNotHeld(part, reset));
    const wanted = { resetId, facility: await numberOf(parts, facilityId), decidedBy: identityOf(response).name };
    const options = { ...parts.reconcile, lockWaitMsMax: LOCK_WAIT_MS_MAX };
    const result = await whenFree(facilityId, () => approveFacility(parts.database, wanted, options)).catch(
      (error: unknown) => {
        throw error instanceof HeldRowsLost ? new Problem("conflict", `${error.message}.`) : error;
      },
    );
    await answerDecision(parts, response, { resetId, facilityId, isDone: result.ended !== "already" });
  },
};

/** POST /api/resets/{id}/facilities/{facilityId}/reject */
const reject: Endpoint = {
  ...{ method: "post", path: "/api/resets/{id}/facilities/{facilityId}/reject", access: "operator" },
  summary: "Rejects a held facility reset: the levels stay as they are",
  audit: { what: "reject a held facility", target: partTarget },
  answers: {
    200: { description: "The facility's part of the reset as it is now", schema: facilityResetSchema },
    ...{ 404: { description: unknown }, 409: { description: ended }, 503: { description: busy } },
  },
  async handle(parts, request, response) {
    const { resetId, facilityId, part, reset } = await partOfPath(parts, request);
    if (part.state !== "held") throw new Problem("conflict", whyNotHeld(part, reset));
    const wanted = { resetId, facility: await numberOf(parts, facilityId), decidedBy: identityOf(response).name };
    const isDone = await rejectFacility(parts.database, wanted);
    await answerDecision(parts, response, { resetId, facilityId, isDone });
  },
};

const revertedSchema = z.object({
  resetId: z.uuid(),
  facilities: z.array(z.object({ facilityId: z.string(), levels: z.int(), corrected: z.int(), units: z.number() })),
});

const revertAnswers: Endpoint["answers"] = {
  200: {
    description: "What was undone: levels, those of them whose on hand changed, and units",
    schema: revertedSchema,
  },
  404: { description: unknown },
  409: { description: "It cannot be undone; the detail says why" },
  503: { description: "A facility is busy or the database is away; asking again goes on with what is left" },
};

/** POST /api/resets/{id}/facilities/{facilityId}/revert */
const revertOne: Endpoint = {
  ...{ method: "post", path: "/api/resets/{id}/facilities/{facilityId}/revert", access: "operator" },
  summary: "Undoes one facility's part of a reset",
  audit: { what: "revert a facility's reset", target: partTarget },
  answers: revertAnswers,
  async handle(parts, request, response) {
    const { resetId, facilityId } = await partOfPath(parts, request);
    await revert(parts, response, { resetId, facilityIds: [facilityId] });
  },
};

/** POST /api/resets/{id}/facilities/{facilityId}/approve, /reject and /revert */
export const facilityDecisions: readonly Endpoint[] = [approve, reject, revertOne];

/** POST /api/resets/{id}/revert */
export const revertWhole: Endpoint = {
  method: "post",
  path: "/api/resets/{id}/revert",
  access: "operator",
  summary: "Undoes a whole reset, facility by facility",
  audit: { what: "revert a reset", target: (request) => `reset ${String(request.params.id)}` },
  answers: revertAnswers,
  async handle(parts, request, response) {
    const resetId = pathResetId(request);
    const reset = await findReset(parts.database, resetId);
    if (!reset) throw unknownReset();
    if (reset.finishedAt === null) {
      const detail = `This reset is still ${reset.state}: wait for its end, or revert a facility that it has applied already.`;
      throw new Problem("conflict", detail);
    }
    await revert(parts, response, { resetId });
  },
};

async function revert(
  parts: Parts,
  response: Response,
  wanted: { readonly resetId: string; readonly facilityIds?: readonly string[] },
): Promise<void> {
  const { resetId, facilityIds } = wanted;
  const decided = { ...wanted, decidedBy: identityOf(response).name };
  const undone = await whenFree(facilityIds?.[0], () =>
    revertReset(parts.database, decided, { lockWaitMsMax: LOCK_WAIT_MS_MAX }),
  ).catch((error: unknown) => {
    throw error instanceof NotRevertible ? new Problem("conflict", sentence(error.message)) : error;
  });
  const facilities = undone.map((each) => ({ ...each, units: Number(each.units) }));
  const levels = facilities.reduce((sum, each) => sum + each.corrected, 0);
  sayOutcome(response, `reverted at ${facilities.length} facilities, ${levels} levels changed`);
  response.json({ resetId, facilities });
}

/** Runs what needs the facility's lock. @throws Problem 503 when it could not be had in time */
async function whenFree<T>(facilityId: string | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isLockTimeout(error)) throw error;
    const which = facilityId === undefined ? "A facility of this reset" : `Facility ${facilityId}`;
    const done = facilityId === undefined ? "What was undone so far stays undone." : "Nothing was changed.";
    const detail = `${which} is busy: its lock could not be had within ${LOCK_WAIT_MS_MAX / 1_000} s. ${done} Ask again in a moment.`;
    throw new Problem("unavailable", detail, { headers: { "retry-after": RETRY_AFTER_S }, cause: error });
  }
}

/** The facility's part as it is now; or the refusal, when somebody else decided in the meantime. */
async function answerDecision(
  parts: Parts,
  response: Response,
  decided: { readonly resetId: string; readonly facilityId: string; readonly isDone: boolean },
): Promise<void> {
  const reset = await readReset(parts.database, decided.resetId);
  const part = reset?.facilities.find((each) => each.facilityId === decided.facilityId);
  if (!reset || !part) throw unknownReset();
  if (!decided.isDone) throw new Problem("conflict", whyNotHeld(part, reset));
  sayOutcome(response, `${part.state}: ${part.corrected} products, ${part.unitsBefore} to ${part.unitsAfter} units`);
  response.json(part);
}

interface PartOfPath {
  readonly resetId: string;
  readonly facilityId: string;
  readonly part: FacilityResetView;
  readonly reset: ResetView;
}

async function partOfPath({ database }: Parts, request: Request): Promise<PartOfPath> {
  const resetId = pathResetId(request);
  const facilityId = pathId(request, "facilityId");
  const reset = await readReset(database, resetId);
  if (!reset) throw unknownReset();
  const part = reset.facilities.find((each) => each.facilityId === facilityId);
  if (!part) throw new Problem("not-found", `Facility ${facilityId} has no part in this reset.`);
  return { resetId, facilityId, part, reset };
}

async function numberOf({ database }: Parts, facilityId: string): Promise<number> {
  const facility = await facilityNumber(database, facilityId);
  if (facility === undefined) throw new Problem("not-found", `There is no facility ${facilityId}.`);
  return facility;
}

function partTarget(request: Request): string {
  return `reset ${String(request.params.id)}, facility ${String(request.params.facilityId)}`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
