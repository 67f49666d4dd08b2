// One decision about all held facilities of a reset, or about those of them that are named: what somebody saw and meant.
import { decideHeld, readReset } from "@inventory-sync/db";
import type { Request, Response } from "express";
import { z } from "zod";
import { pathResetId, readBody, unknownReset } from "../asked.ts";
import { sayOutcome } from "../audit.ts";
import type { Endpoint } from "../endpoint.ts";
import type { Parts } from "../parts.ts";
import { identityOf } from "../people/identity.ts";

/** How long one facility may be waited for, and how long all of them may take: proxies give up after a minute at most. */
const LOCK_WAIT_MS_MAX = 2_000;
const DECIDES_MS_MAX = 20_000;
const FACILITIES_MAX = 10_000;

const decisionBody = z.strictObject({ facilityIds: z.array(z.string().min(1)).min(1).max(FACILITIES_MAX).optional() });

const decidedSchema = z.object({
  resetId: z.uuid(),
  decided: z.array(z.string()),
  left: z.array(z.object({ facilityId: z.string(), detail: z.string() })),
});

const answers: Endpoint["answers"] = {
  200: {
    description: "Which facilities were decided, and which were left as they were and why",
    schema: decidedSchema,
  },
  404: { description: "There is no such reset" },
  503: { description: "The database is away; what was decided until then stays, and asking again goes on" },
};

/** POST /api/resets/{id}/approve */
const approveAll: Endpoint = {
  ...{ method: "post", path: "/api/resets/{id}/approve", access: "operator", body: decisionBody, answers },
  summary: "Approves all held facilities of a reset, or those named, one after the other",
  audit: { what: "approve held facilities", target },
  handle: (parts, request, response) => decideAll(parts, { request, response }, "approve"),
};

/** POST /api/resets/{id}/reject */
const rejectAll: Endpoint = {
  ...{ method: "post", path: "/api/resets/{id}/reject", access: "operator", body: decisionBody, answers },
  summary: "Rejects all held facilities of a reset, or those named: their levels stay as they are",
  audit: { what: "reject held facilities", target },
  handle: (parts, request, response) => decideAll(parts, { request, response }, "reject"),
};

/** POST /api/resets/{id}/approve and /reject */
export const wholeDecisions: readonly Endpoint[] = [approveAll, rejectAll];

async function decideAll(
  parts: Parts,
  { request, response }: { readonly request: Request; readonly response: Response },
  verdict: "approve" | "reject",
): Promise<void> {
  const resetId = pathResetId(request);
  const reset = await readReset(parts.database, resetId);
  if (!reset) throw unknownReset();
  const held = reset.facilities.filter(({ state }) => state === "held").map(({ facilityId }) => facilityId);
  const facilityIds = [...new Set(readBody(request, decisionBody).facilityIds ?? held)];
  const decision = { reset, facilityIds, verdict, decidedBy: identityOf(response).name };
  const options = { ...parts.reconcile, lockWaitMsMax: LOCK_WAIT_MS_MAX };
  const decided: string[] = [];
  const left: { facilityId: string; detail: string }[] = [];
  const deadline = performance.now() + DECIDES_MS_MAX;
  for await (const each of decideHeld(parts.database, decision, options)) {
    if (each.left === undefined) decided.push(each.facilityId);
    else left.push({ facilityId: each.facilityId, detail: each.left });
    if (performance.now() > deadline) break;
  }
  const detail = `There was no more time for it in this request; it is still held. Ask again for the rest.`;
  for (const facilityId of facilityIds.slice(decided.length + left.length)) left.push({ facilityId, detail });
  sayOutcome(response, `${verdict === "approve" ? "approved" : "rejected"} ${decided.length}, left ${left.length}`);
  response.json({ resetId, decided, left });
}

function target(request: Request): string {
  const { facilityIds } = (request.body ?? {}) as { facilityIds?: unknown };
  const which = Array.isArray(facilityIds) ? `${facilityIds.length} facilities` : "all held facilities";
  return `reset ${String(request.params.id)}, ${which}`;
}
