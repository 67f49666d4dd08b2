// Ending a hold and undoing a reset: both come with a later version. Who may ask and what exists is checked all the same.
import { readReset } from "@inventory-sync/db";
import { pathId, pathResetId, unknownReset } from "../asked.ts";
import type { Endpoint } from "../endpoint.ts";
import { Problem } from "../problem.ts";

/** POST /api/resets/{id}/facilities/{facilityId}/approve, /reject and /revert */
export const facilityDecisions: readonly Endpoint[] = [
  facilityDecision("approve", "Approves a held facility reset, which is then applied"),
  facilityDecision("reject", "Rejects a held facility reset, which then changes nothing"),
  facilityDecision("revert", "Undoes one facility's part of a reset"),
];

/** POST /api/resets/{id}/revert */
export const revertReset: Endpoint = {
  method: "post",
  path: "/api/resets/{id}/revert",
  access: "operator",
  summary: "Undoes a whole reset",
  answers: { 501: { description: "Comes with a later version" } },
  async handle({ database }, request) {
    if (!(await readReset(database, pathResetId(request)))) throw unknownReset();
    throw new Problem(
      "not-implemented",
      "Undoing a reset comes with a later version. Until then, send the right counts as a newer snapshot.",
    );
  },
};

function facilityDecision(decision: string, summary: string): Endpoint {
  return {
    method: "post",
    path: `/api/resets/{id}/facilities/{facilityId}/${decision}`,
    access: "operator",
    summary,
    answers: { 501: { description: "Comes with a later version" } },
    async handle({ database }, request) {
      const reset = await readReset(database, pathResetId(request));
      if (!reset) throw unknownReset();
      const facilityId = pathId(request, "facilityId");
      if (!reset.facilities.some((facility) => facility.facilityId === facilityId)) {
        throw new Problem("not-found", `Facility ${facilityId} has no part in this reset.`);
      }
      throw new Problem("not-implemented", `To ${decision} a facility reset comes with a later version.`);
    },
  };
}
