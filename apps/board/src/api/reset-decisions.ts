// What an operator decides about a reset, over HTTP: approve, reject and revert, of one facility or of all.
import {
  decidedText,
  decideEach,
  decideHeld,
  decision,
  facilityPartSchema,
  readResetWithParts,
  revert,
  revertedText,
  type Verdict,
  withReason,
} from "@inventory-sync/operator";
import type { Request, Response } from "express";
import { z } from "zod";
import { pathId, pathName, readBody } from "../asked.ts";
import { sayOutcome } from "../audit.ts";
import type { Endpoint } from "../endpoint.ts";
import type { Parts } from "../parts.ts";
import { identityOf } from "../people/identity.ts";

/** How long a decision waits for batches of the facility that are in flight; of many facilities, each of them. */
const LOCK_WAIT_MS_MAX = 5_000;
const LOCK_WAIT_OF_EACH_MS_MAX = 2_000;
/** How long many may take together: proxies give up after a minute at most. */
const DECIDES_MS_MAX = 20_000;
const FACILITIES_MAX = 10_000;

type DecisionParts = Pick<Parts, "database" | "reconcile">;

const unknown = "There is no such reset, or the facility has no part in it";

function partTarget(request: Request): string {
  return `reset ${String(request.params.id)}, facility ${String(request.params.facilityId)}`;
}

/** POST /api/resets/{id}/facilities/{facilityId}/approve and /reject */
function decideOne(verdict: Verdict, summary: string): Endpoint<keyof DecisionParts> {
  return {
    method: "post",
    path: `/api/resets/{id}/facilities/{facilityId}/${verdict}`,
    access: "operator",
    summary,
    body: decision,
    audit: { what: `${verdict} a held facility`, target: partTarget },
    answers: {
      200: { description: "The facility's part of the reset as it is now", schema: facilityPartSchema },
      404: { description: unknown },
      409: { description: "It is not, or no longer, held; the detail says what it is and who decided" },
      503: { description: "The facility is busy or the database is away; nothing was decided" },
    },
    async handle(parts, request, response) {
      const which = { verdict, resetId: pathName(request, "id"), facilityId: pathId(request, "facilityId") };
      const deciding = decidingAs(parts, { request, response, body: decision }, LOCK_WAIT_MS_MAX);
      const part = await decideHeld(parts.database, which, deciding);
      sayOutcome(response, decidedText(part));
      response.json(part);
    },
  };
}

function decidingAs(
  parts: DecisionParts,
  { request, response, body }: { request: Request; response: Response; body: z.ZodType<z.infer<typeof decision>> },
  lockWaitMsMax: number,
) {
  const { reason: decidedBecause } = readBody(request, body);
  return { ...parts.reconcile, decidedBy: identityOf(response).name, decidedBecause, lockWaitMsMax };
}

const decisionsBody = decision.extend({
  facilityIds: z.array(z.string().min(1)).min(1).max(FACILITIES_MAX).optional(),
});

/** POST /api/resets/{id}/approve and /reject */
function decideMany(verdict: Verdict, summary: string): Endpoint<keyof DecisionParts> {
  return {
    method: "post",
    path: `/api/resets/{id}/${verdict}`,
    access: "operator",
    summary,
    body: decisionsBody,
    audit: { what: `${verdict} held facilities`, target: manyTarget },
    answers: {
      200: {
        description: "Which facilities were decided, and which were left as they were and why",
        schema: z.object({
          resetId: z.uuid(),
          decided: z.array(z.string()),
          left: z.array(z.object({ facilityId: z.string(), detail: z.string() })),
        }),
      },
      404: { description: "There is no such reset" },
      503: { description: "The database is away; what was decided until then stays, and asking again goes on" },
    },
    async handle(parts, request, response) {
      const reset = await readResetWithParts(parts.database, pathName(request, "id"));
      const held = reset.parts.filter(({ state }) => state === "held").map(({ facilityId }) => facilityId);
      const facilityIds = [...new Set(readBody(request, decisionsBody).facilityIds ?? held)];
      const decided: string[] = [];
      const left: { facilityId: string; detail: string }[] = [];
      const deadline = performance.now() + DECIDES_MS_MAX;
      const which = { verdict, resetId: reset.id, facilityIds };
      const deciding = decidingAs(parts, { request, response, body: decisionsBody }, LOCK_WAIT_OF_EACH_MS_MAX);
      for await (const each of decideEach(parts.database, which, deciding)) {
        if (each.left === undefined) decided.push(each.facilityId);
        else left.push({ facilityId: each.facilityId, detail: each.left });
        if (performance.now() > deadline) break;
      }
      const detail = "There was no more time for it in this request; it is still held. Ask again for the rest.";
      for (const facilityId of facilityIds.slice(decided.length + left.length)) left.push({ facilityId, detail });
      const outcome = `${verdict === "approve" ? "approved" : "rejected"} ${decided.length}, left ${left.length}`;
      sayOutcome(response, withReason(outcome, deciding.decidedBecause));
      response.json({ resetId: reset.id, decided, left });
    },
  };
}

function manyTarget(request: Request): string {
  const { facilityIds } = (request.body ?? {}) as { facilityIds?: unknown };
  const which = Array.isArray(facilityIds) ? `${facilityIds.length} facilities` : "all held facilities";
  return `reset ${String(request.params.id)}, ${which}`;
}

const revertAnswers: Endpoint["answers"] = {
  200: {
    description: "What was undone: levels, those of them whose on hand changed, and units",
    schema: z.object({
      resetId: z.uuid(),
      facilities: z.array(z.object({ facilityId: z.string(), levels: z.int(), corrected: z.int(), units: z.number() })),
    }),
  },
  404: { description: unknown },
  409: { description: "It cannot be undone; the detail says why" },
  503: { description: "A facility is busy or the database is away; asking again goes on with what is left" },
};

/** POST /api/resets/{id}/facilities/{facilityId}/revert */
const revertOne: Endpoint<keyof DecisionParts> = {
  method: "post",
  path: "/api/resets/{id}/facilities/{facilityId}/revert",
  access: "operator",
  summary: "Undoes one facility's part of a reset",
  body: decision,
  audit: { what: "revert a facility's reset", target: partTarget },
  answers: revertAnswers,
  handle: (parts, request, response) => answerRevert(parts, { request, response }, pathId(request, "facilityId")),
};

/** POST /api/resets/{id}/revert */
const revertWhole: Endpoint<keyof DecisionParts> = {
  method: "post",
  path: "/api/resets/{id}/revert",
  access: "operator",
  summary: "Undoes a whole reset, facility by facility",
  body: decision,
  audit: { what: "revert a reset", target: (request) => `reset ${String(request.params.id)}` },
  answers: revertAnswers,
  handle: (parts, request, response) => answerRevert(parts, { request, response }, undefined),
};

async function answerRevert(
  parts: DecisionParts,
  { request, response }: { readonly request: Request; readonly response: Response },
  facilityId: string | undefined,
): Promise<void> {
  const resetId = pathName(request, "id").toLowerCase();
  const deciding = decidingAs(parts, { request, response, body: decision }, LOCK_WAIT_MS_MAX);
  const facilities = await revert(parts.database, { resetId, facilityId }, deciding);
  sayOutcome(response, withReason(revertedText(facilities), deciding.decidedBecause));
  response.json({ resetId, facilities });
}

/** The routes of this file. */
export const decisionEndpoints: readonly Endpoint[] = [
  decideOne("approve", "Approves a held facility reset: it is applied, with the sales since"),
  decideOne("reject", "Rejects a held facility reset: the levels stay as they are"),
  revertOne,
  decideMany("approve", "Approves all held facilities of a reset, or those named, one after the other"),
  decideMany("reject", "Rejects all held facilities of a reset, or those named: their levels stay as they are"),
  revertWhole,
];
