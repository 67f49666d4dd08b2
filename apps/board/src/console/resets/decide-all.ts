// One decision about every facility that a reset holds, with what it will do said first, in units and products.
import type { FacilityResetView } from "@inventory-sync/db";
import { type Html, html } from "../../html.ts";
import { confirm } from "../frame/confirm.ts";
import { plural, quantity } from "../frame/figures.ts";
import { fromTo, signed } from "./words.ts";

const NAMED = 12;

/** The two buttons; nothing where fewer than two facilities are held. @param held as they are on this page: only these are decided */
export function decideAll(resetId: string, held: readonly FacilityResetView[]): Html | null {
  if (held.length < 2) return null;
  const sum = (of: (part: FacilityResetView) => number) => held.reduce((total, part) => total + of(part), 0);
  const corrected = sum((part) => part.corrected);
  const [before, after] = [sum((part) => part.unitsBefore), sum((part) => part.unitsAfter)];
  const body = { facilityIds: held.map(({ facilityId }) => facilityId) };
  const which = named(held);
  return html`<div class="acts">${confirm(
    {
      ...{ id: "approve-all", post: `/api/resets/${resetId}/approve`, body, text: `Approve all ${held.length} …` },
      done: `${held.length} facilities were approved and are applied.`,
    },
    {
      title: `Approve all ${held.length} held facilities?`,
      says: html`<p><strong>${plural(corrected, "product")} will be corrected, ${fromTo(before, after)}</strong> (${signed(after - before)}),
as found when they were held. Sales since then stay counted.</p>${which}
<p>They are applied one after the other, and can be reverted afterwards.</p>`,
      verb: `Approve ${held.length}: correct ${plural(corrected, "product")}`,
    },
  )}${confirm(
    {
      ...{
        id: "reject-all",
        post: `/api/resets/${resetId}/reject`,
        body,
        text: `Reject all ${held.length} …`,
        danger: true,
      },
      done: `${held.length} facilities were rejected; their levels stay.`,
    },
    {
      title: `Reject the counts of all ${held.length} held facilities?`,
      says: html`<p><strong>Nothing changes: ${quantity(before)} units stay</strong>, and ${plural(corrected, "correction")} will not be made.</p>${which}
<p>The counts cannot be approved afterwards: their rows are thrown away. The facilities stay without them until a later file counts them again.</p>`,
      verb: `Reject ${held.length}: ${quantity(before)} units stay`,
    },
  )}</div>`;
}

function named(held: readonly FacilityResetView[]): Html {
  const more = held.length - NAMED;
  const ids = held.slice(0, NAMED).map(({ facilityId }) => facilityId);
  return html`<p>${ids.join(", ")}${more > 0 && html` and ${plural(more, "more facility", "more facilities")}`}.</p>`;
}
