// GET /resets/{id}/revert: what undoing a reset, or one facility's part of it, would change: in units and products, with the
// names of those that change most. Only then comes the button.
import {
  type FacilityResetView,
  facilityNumber,
  type LargeCorrection,
  largestCorrections,
  lateOfReset,
  type ResetView,
  readReset,
  whyNotRevertible,
} from "@inventory-sync/db";
import { pathResetId, queryText, unknownReset } from "../../asked.ts";
import type { Endpoint } from "../../endpoint.ts";
import { type Html, html } from "../../html.ts";
import { sendPage } from "../../layout.ts";
import type { Parts } from "../../parts.ts";
import { post } from "../frame/confirm.ts";
import { empty } from "../frame/empty.ts";
import { plural, quantity } from "../frame/figures.ts";
import { frame } from "../frame/frame.ts";
import { type Look, lookOf } from "../frame/look.ts";
import { message } from "../frame/message.ts";
import { table } from "../frame/table.ts";
import { productHref } from "../stock/links.ts";
import { addressOf } from "./decisions.ts";
import { change, fromTo, signed } from "./words.ts";

const NAMED = 20;

/** GET /resets/{id}/revert */
export const showRevert: Endpoint = {
  method: "get",
  path: "/resets/{id}/revert",
  access: "operator",
  summary: "What undoing a reset would change, for people",
  query: [{ name: "facility", description: "Only one facility's part", schema: { type: "string" } }],
  answers: { 200: { description: "The page", type: "text/html" } },
  async handle(parts, request, response) {
    const resetId = pathResetId(request);
    const facilityId = queryText(request, "facility");
    const look = await lookOf(parts, request, response);
    const reset = await readReset(parts.database, resetId);
    if (!reset) throw unknownReset();
    const of =
      facilityId === undefined ? `the reset of ${reset.file}` : `facility ${facilityId} in the reset of ${reset.file}`;
    const main = html`<p class="crumbs"><a href="/resets">Resets</a> / <a href="/resets/${resetId}">${reset.file}</a></p>
<h1>Revert ${of}?</h1>
${await consequences(parts, reset, { facilityId, look })}`;
    sendPage(response, 200, frame({ title: `Revert ${of}`, nav: "resets", look }, main));
  },
};

async function consequences(
  parts: Parts,
  reset: ResetView,
  { facilityId, look }: { readonly facilityId: string | undefined; readonly look: Look },
): Promise<Html> {
  const { database } = parts;
  const facilityIds = facilityId === undefined ? undefined : [facilityId];
  const [part] = reset.facilities.filter((each) => each.facilityId === facilityId);
  if (part?.state === "reverted")
    return done(reset, `Facility ${part.facilityId} is reverted, by ${part.decidedBy ?? "somebody"}.`);
  if (reset.state === "reverted") return done(reset, "This reset is reverted.");
  const whyNot = await whyNotRevertible(database, { resetId: reset.id, ...(facilityIds && { facilityIds }) });
  if (whyNot !== undefined)
    return empty("This cannot be reverted.", message(`${whyNot.charAt(0).toUpperCase()}${whyNot.slice(1)}.`, look));
  const applied = reset.facilities.filter(
    (each) => each.state === "applied" && (facilityId === undefined || each.facilityId === facilityId),
  );
  const facility = facilityId === undefined ? undefined : await facilityNumber(database, facilityId);
  const [late, largest] = await Promise.all([
    lateOfReset(database, { resetId: reset.id, facilityIds: applied.map((each) => each.facilityId) }),
    largestCorrections(database, { resetId: reset.id, facility, state: "applied", limit: NAMED }),
  ]);
  return asked(reset, { applied, late, largest, facilityId });
}

function done({ id }: ResetView, says: string): Html {
  return html`<p class="lead"><strong>${says}</strong></p><p><a href="/resets/${id}">← Back to the reset</a></p>`;
}

interface Asked {
  readonly applied: readonly FacilityResetView[];
  readonly late: { readonly movements: number; readonly units: number };
  readonly largest: readonly LargeCorrection[];
  readonly facilityId: string | undefined;
}

function asked(reset: ResetView, { applied, late, largest, facilityId }: Asked): Html {
  const sum = (of: (part: FacilityResetView) => number) =>
    Math.round(applied.reduce((total, part) => total + of(part), 0) * 1e4) / 1e4;
  const corrected = sum((part) => part.corrected);
  const [after, before] = [sum((part) => part.unitsAfter), sum((part) => part.unitsBefore)];
  const where = plural(applied.length, "facility", "facilities");
  const act = {
    ...{ id: "revert", danger: true, done: "It was reverted." },
    text: `Revert: take back ${plural(corrected, "correction")} at ${where}`,
    post: facilityId === undefined ? `/api/resets/${reset.id}/revert` : `${addressOf(reset.id, facilityId)}/revert`,
  };
  return html`<p class="lead"><strong>${plural(corrected, "product")} at ${where} will change back, by ${signed(before - after)} units</strong>
(the reset took them from ${fromTo(before, after)}).</p>
<ul>
<li>${late.movements === 0 ? "No sale came late that only this count had." : html`Up to ${plural(late.movements, "movement")} that came late and that this count had already (${signed(late.units)} units) will be applied again, where the count before did not have them either.`}</li>
<li>Sales since the reset stay counted. Each level rests on the count before again.</li>
<li>It is done facility by facility, each locked for a moment. It cannot be undone: to have this count again, send its file once more.</li>
</ul>
<div class="acts">${post(act)}<a href="/resets/${reset.id}">Keep it as it is</a></div>
<h2>Changing most</h2>
${table({
  caption: "Products that change most",
  columns: [
    { title: "Product", wraps: true },
    { title: "Facility" },
    { title: "Set by this reset", number: true },
    { title: "Before it", number: true },
    { title: "Goes back by", number: true },
  ],
  rows: largest.map((each) => ({
    cells: [
      html`<a href="${productHref(each)}">${each.idValue}</a> <span class="soft">${each.idType}</span>`,
      each.facilityId,
      quantity(each.after),
      quantity(each.before),
      change(each.before - each.after),
    ],
  })),
  empty: empty("No product changes.", "The reset had nothing to correct here; only the time of the count goes back."),
})}
${corrected > largest.length && html`<p><a href="/api/resets/${reset.id}/variances.csv" download>All of them (variances.csv)</a></p>`}`;
}
