// The buttons with which operators decide. Each says in its own words what it will do, in products and units, before it
// is pressed; what cannot be taken back easily is folded away first.
import type { FacilityResetView } from "@inventory-sync/db";
import { type Html, html } from "../html.ts";
import { plural, quantity } from "./frame/figures.ts";

/** The figures of one facility's part of a reset that its buttons speak of. */
export type Weighed = Pick<FacilityResetView, "facilityId" | "corrected" | "unitsBefore" | "unitsAfter">;

/** Approve and reject, for a held facility. */
export function decideButtons(resetId: string, part: Weighed): Html {
  const { facilityId, corrected, unitsBefore, unitsAfter } = part;
  const address = `/api/resets/${encodeURIComponent(resetId)}/facilities/${encodeURIComponent(facilityId)}`;
  const approve = `Approve ${facilityId}: correct ${plural(corrected, "product")}, ${quantity(unitsBefore)} to ${quantity(unitsAfter)} units`;
  const reject = `Reject ${facilityId}: change nothing, ${quantity(unitsBefore)} units stay`;
  return html`<div class="acts">
${button({ id: `approve-${resetId}-${facilityId}`, post: `${address}/approve`, text: approve, done: `Facility ${facilityId} was approved and is applied.` })}
${button({ id: `reject-${resetId}-${facilityId}`, post: `${address}/reject`, text: reject, done: `Facility ${facilityId} was rejected; its levels stay.` })}
</div>
<p class="soft">As weighed when it was held. Sales since then stay counted either way.</p>`;
}

/** A button that posts to the API; console.js does it. */
export function button(act: {
  readonly id: string;
  readonly post: string;
  readonly body?: unknown;
  readonly text: string;
  readonly done: string;
}): Html {
  const { id, post, body = {}, text, done } = act;
  return html`<button type="button" id="${id}" data-post="${post}" data-body="${JSON.stringify(body)}" data-done="${done}">${text}</button>`;
}
