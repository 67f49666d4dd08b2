// GET /resets/{id}/revert: what undoing a reset, or one facility's part of it, would change: in units and products, with the
// names of those that change most. Only then comes the button.
import { whyNotRevertible } from "@inventory-sync/db";
import { sentence } from "@inventory-sync/domain";
import {
  decisionWords,
  type LargeCorrection,
  largestCorrections,
  lateOfReset,
  type ResetWithParts,
  readResetWithParts,
} from "@inventory-sync/operator";
import { pathName, queryText } from "../../asked.ts";
import { textQuery } from "../../endpoint.ts";
import type { Parts } from "../../parts.ts";
import { post } from "../../ui/dialog.ts";
import { change, type Html, html, plural, quantity, signed } from "../../ui/html.ts";
import { page } from "../../ui/page.ts";
import type { PageContext } from "../../ui/page-context.ts";
import { empty, message } from "../../ui/pieces.ts";
import { tableOf } from "../../ui/table.ts";
import { productColumn } from "../stock/links.ts";
import { addressOf, reasonField } from "./decisions.ts";

const PRODUCTS_NAMED = 20;

export const showRevert = page({
  path: "/resets/{id}/revert",
  nav: "resets",
  access: "operator",
  summary: "What undoing a reset would change, for people",
  query: [textQuery("facility", "Only one facility's part")],
  async show(parts, context, request) {
    const facilityId = queryText(request, "facility");
    const reset = await readResetWithParts(parts.database, pathName(request, "id"));
    const of = facilityId === undefined ? `The reset of ${reset.file}` : `${facilityId} in the reset of ${reset.file}`;
    const isDone = isReverted(reset, facilityId);
    const title = isDone ? `${of} is reverted` : `Revert ${of.replace("The", "the")}?`;
    const main = html`<p class="crumbs"><a href="/resets">Resets</a> / <a href="/resets/${reset.id}">${reset.file}</a></p>
<h1>${title}</h1>
${await consequences(parts, reset, { facilityId, context })}`;
    return { title, main };
  },
});

function isReverted({ state, parts }: ResetWithParts, facilityId: string | undefined): boolean {
  const part = parts.find((each) => each.facilityId === facilityId);
  return state === "reverted" || part?.state === "reverted";
}

async function consequences(
  { database }: Parts,
  reset: ResetWithParts,
  { facilityId, context }: { readonly facilityId: string | undefined; readonly context: PageContext },
): Promise<Html> {
  const parts = reset.parts.filter((each) => facilityId === undefined || each.facilityId === facilityId);
  if (isReverted(reset, facilityId)) {
    const [part] = parts;
    return html`<p class="lead"><strong>It was reverted by ${part?.decidedBy ?? "an operator"}. Stock is based on the previous count again.</strong></p><p><a href="/resets/${reset.id}">← Back to the reset</a></p>`;
  }
  const resetId = reset.id;
  const only = facilityId === undefined ? {} : { facilityIds: [facilityId] };
  const whyNot = await whyNotRevertible(database, { resetId, ...only });
  if (whyNot !== undefined) return empty("This cannot be reverted.", message(sentence(whyNot), context));
  const applied = parts.filter(({ state }) => state === "applied");
  const [late, largest] = await Promise.all([
    lateOfReset(database, { resetId, facilityIds: applied.map((each) => each.facilityId) }),
    largestCorrections(database, { resetId, facilityId, limit: PRODUCTS_NAMED }),
  ]);
  const { would, notes, verb, did, isDanger } = decisionWords("revert", applied, context);
  const api = facilityId === undefined ? `/api/resets/${resetId}` : addressOf(resetId, facilityId);
  return html`<p class="lead"><strong>${would}</strong></p>
<ul>
<li>${late.movements === 0 ? "No late sales are affected." : `Up to ${plural(late.movements, "movement")} that came late and that this count had already (${signed(late.units)} units) will be applied again, where the count before did not have them either.`}</li>
<li>${notes}</li>
<li>It is done store by store, each locked for a moment. It cannot be undone.</li>
</ul>
<div data-fields>${reasonField("revert")}
<div class="acts">${post({ id: "revert", post: `${api}/revert`, text: verb, done: did, danger: isDanger })}<a href="/resets/${resetId}">Cancel</a></div></div>
<h2>Changing most</h2>
${largestTable(largest)}
${applied.reduce((sum, each) => sum + each.corrected, 0) > largest.length && html`<p><a href="/api/resets/${resetId}/variances.csv" download>All of them (variances.csv)</a></p>`}`;
}

function largestTable(largest: readonly LargeCorrection[]): Html {
  return tableOf({
    caption: "Products that change most",
    items: largest,
    columns: [
      productColumn,
      { title: "Store", cell: ({ facilityId }) => facilityId },
      { title: "Set by this reset", number: true, cell: ({ after }) => quantity(after) },
      { title: "Before it", number: true, cell: ({ before }) => quantity(before) },
      { title: "Goes back by", number: true, brief: true, cell: ({ before, after }) => change(before - after) },
    ],
    empty: empty("No product changes.", "The reset had nothing to correct here; only the time of the count goes back."),
  });
}
