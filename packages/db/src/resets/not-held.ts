// Why there is nothing to approve or reject: what the facility's part of the reset is instead, and who made it so.
import type { FacilityResetView, ResetView } from "../reads/resets.ts";

/** In words, for the refusal of a decision about a facility that is not, or no longer, held. */
export function whyNotHeld(part: FacilityResetView, reset: Pick<ResetView, "preview">): string {
  const { facilityId, state, decidedBy, decidedAt } = part;
  const when = decidedAt === null ? "" : ` at ${decidedAt}`;
  const who = decidedBy === null ? "" : ` by ${decidedBy}${when}`;
  if (reset.preview) return `Facility ${facilityId} is not held: this was a preview, which changes nothing.`;
  switch (state) {
    case "applied":
      return decidedBy === null
        ? `Facility ${facilityId} is applied; no guard held it.`
        : `Facility ${facilityId} is not held any more: it was approved${who} and is applied.`;
    case "rejected":
      return `Facility ${facilityId} is not held any more: it was rejected${who}.`;
    case "reverted":
      return `Facility ${facilityId} is not held: it was applied, and reverted${who}.`;
    case "stale":
      return `Facility ${facilityId} is not held: its counts were older than those in force (stale), so nothing changed.`;
    case "failed":
      return `Facility ${facilityId} is not held: it failed${part.error === null ? "" : ` (${part.error})`}.`;
    default:
      return `Facility ${facilityId} is not held: it is ${state}, still to be done.`;
  }
}
