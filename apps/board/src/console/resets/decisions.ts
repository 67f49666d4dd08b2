// What a person decides about a held facility, with what will happen said first: products, units, and the most affected by name.
import { type FacilityResetView, facilityNumber, type LargeCorrection, largestCorrections } from "@inventory-sync/db";
import { type Html, html } from "../../html.ts";
import type { Parts } from "../../parts.ts";
import { confirm } from "../frame/confirm.ts";
import { plural, quantity } from "../frame/figures.ts";
import type { Look } from "../frame/look.ts";
import { message } from "../frame/message.ts";
import { state } from "../frame/state.ts";
import { facilityHref, idPart } from "../stock/links.ts";
import { change, fromTo, signed } from "./words.ts";

const NAMED = 5;

/** A facility that needs somebody, with the corrections that would change most. */
interface Undecided {
  readonly part: FacilityResetView;
  readonly largest: readonly LargeCorrection[];
}

/** Reads the most affected products of facilities. */
export function undecided(
  { database }: Parts,
  resetId: string,
  parts: readonly FacilityResetView[],
): Promise<Undecided[]> {
  return Promise.all(
    parts.map(async (part) => {
      const facility = await facilityNumber(database, part.facilityId);
      const asked = { resetId, facility, limit: NAMED };
      return { part, largest: part.corrected === 0 ? [] : await largestCorrections(database, asked) };
    }),
  );
}

/** The card of a facility: why it is as it is, its figures, what can be decided. */
export function decisionCard(resetId: string, { part, largest }: Undecided, look: Look): Html {
  const { facilityId } = part;
  const why = part.heldBecause ?? part.error;
  const decided =
    part.decidedBy !== null &&
    html`<p class="soft">${part.state} by ${part.decidedBy}, ${look.time(part.decidedAt)}</p>`;
  return html`<article id="card-${idPart(facilityId)}">
<h3><a href="${facilityHref(facilityId)}">${facilityId}</a> ${state(part.state)}</h3>
${why !== null && html`<p class="fault">${message(why, look)}</p>`}
${decided}
<dl class="figures">
<div><dt>${part.state === "held" ? "Would be corrected" : "Corrected"}</dt><dd>${plural(part.corrected, "product")}</dd></div>
<div><dt>Units</dt><dd>${fromTo(part.unitsBefore, part.unitsAfter)} (${change(part.unitsAfter - part.unitsBefore)})</dd></div>
<div><dt>Rows</dt><dd>${quantity(part.rows)}${part.rejected > 0 && html`, ${quantity(part.rejected)} rejected`}</dd></div>
</dl>
${mostAffected(largest)}
${acts(resetId, { part, largest }, look)}
<p class="soft"><a href="/resets/${resetId}?facility=${encodeURIComponent(facilityId)}#corrections">Its corrections</a></p>
</article>`;
}

function acts(resetId: string, each: Undecided, { mayAct }: Look): Html | null {
  const { part } = each;
  if (part.state === "failed") {
    return html`<p class="soft">Its levels are as they were. Send the file again, or wait for the next one.</p>`;
  }
  if (part.state !== "held") return null;
  if (!mayAct)
    return html`<p class="soft">An operator approves or rejects it. Until then its levels stay, and its sales count.</p>`;
  return html`<div class="acts">${approve(resetId, each)}${reject(resetId, each)}</div>`;
}

function approve(resetId: string, { part, largest }: Undecided): Html {
  const { facilityId, corrected, unitsBefore, unitsAfter } = part;
  return confirm(
    {
      ...{
        id: `approve-${idPart(facilityId)}`,
        post: `${addressOf(resetId, facilityId)}/approve`,
        text: "Approve …",
        main: true,
      },
      done: `Facility ${facilityId} was approved and is applied.`,
    },
    {
      title: `Approve facility ${facilityId}?`,
      says: html`<p><strong>${plural(corrected, "product")} will be corrected, ${fromTo(unitsBefore, unitsAfter)}</strong> (${signed(unitsAfter - unitsBefore)}),
as found when it was held. Sales since then stay counted.</p>${mostAffected(largest)}
<p>It can be reverted afterwards.</p>`,
      verb: `Approve: correct ${plural(corrected, "product")}`,
    },
  );
}

function reject(resetId: string, { part }: Undecided): Html {
  const { facilityId, corrected, unitsBefore } = part;
  return confirm(
    {
      ...{
        id: `reject-${idPart(facilityId)}`,
        post: `${addressOf(resetId, facilityId)}/reject`,
        text: "Reject …",
        danger: true,
      },
      done: `Facility ${facilityId} was rejected; its levels stay.`,
    },
    {
      title: `Reject the count of facility ${facilityId}?`,
      says: html`<p><strong>Nothing changes: ${quantity(unitsBefore)} units stay</strong>, and ${plural(corrected, "correction")} will not be made.</p>
<p>The count cannot be approved afterwards: its rows are thrown away. The facility stays without it until a later file counts it again.</p>`,
      verb: `Reject: ${quantity(unitsBefore)} units stay`,
    },
  );
}

/** The products that change most, by name. */
function mostAffected(largest: readonly LargeCorrection[]): Html | null {
  if (largest.length === 0) return null;
  return html`<p>Most affected: ${largest.map(
    ({ idValue, before, after }, index) =>
      html`${index > 0 && ", "}<span class="named">${idValue} (${quantity(before)} to ${quantity(after)})</span>`,
  )}.</p>`;
}

/** The API's address of a facility's part of a reset. */
export function addressOf(resetId: string, facilityId: string): string {
  return `/api/resets/${resetId}/facilities/${encodeURIComponent(facilityId)}`;
}
