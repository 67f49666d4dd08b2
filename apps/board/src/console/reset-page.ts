// One reset as people read it: how it went, facility by facility, with the buttons to decide or to undo it.
import { type FacilityResetView, type ResetView, readReset } from "@inventory-sync/db";
import { pathResetId, unknownReset } from "../asked.ts";
import type { Endpoint } from "../endpoint.ts";
import { type Html, html } from "../html.ts";
import { sendPage } from "../layout.ts";
import { decideButtons, revertFacility, revertReset } from "./acts.ts";
import { plural, quantity } from "./frame/figures.ts";
import { frame } from "./frame/frame.ts";
import { type Look, lookOf } from "./frame/look.ts";

const FACILITIES_SHOWN = 200;

/** GET /resets/{id} */
export const showReset: Endpoint = {
  method: "get",
  path: "/resets/{id}",
  access: "viewer",
  summary: "One reset, for people",
  answers: { 200: { description: "The page", type: "text/html" } },
  async handle(parts, request, response) {
    const id = pathResetId(request);
    const look = await lookOf(parts, request, response, { live: `reset:${id}` });
    const reset = await readReset(parts.database, id);
    if (!reset) throw unknownReset();
    sendPage(response, 200, resetPage(reset, look));
  },
};

function resetPage(reset: ResetView, { time, mayAct, ...look }: Look): string {
  const api = `/api/resets/${encodeURIComponent(reset.id)}`;
  const main = html`<h1>${reset.preview ? "Preview" : "Reset"} of ${reset.file}: ${reset.state}</h1>
${reset.outcome === null ? null : html`<p class="fault">${reset.outcome}</p>`}
${reset.preview ? html`<p>A preview says what a reset would do, and changes nothing. Its file waits on in incoming/.</p>` : null}
<dl>
<dt>Asked for by</dt><dd>${reset.requestedBy}</dd>
<dt>True at</dt><dd>${time(reset.asOf)}${reset.asOfFrom === null ? null : html` (from ${reset.asOfFrom})`}</dd>
<dt>Rows</dt><dd>${quantity(reset.rows)}, of them ${quantity(reset.rejected)} rejected and ${quantity(reset.skipped)} skipped</dd>
<dt>SHA-256</dt><dd>${reset.sha256 ?? "–"}</dd>
</dl>
<p><a href="${api}/variances.csv">Variances</a> <a href="${api}/rejects.csv">Rejected rows</a> <a href="${api}">As JSON</a></p>
${mayAct ? revertReset(reset) : null}
<h2>Facilities</h2>
${facilities(reset, mayAct)}`;
  return frame({ title: reset.file, nav: "resets", look: { ...look, time, mayAct } }, main);
}

const URGENCY: Readonly<Record<string, number>> = { held: 0, failed: 1, reconciling: 2, pending: 3 };
const LAST = 4;

function facilities(reset: ResetView, mayAct: boolean): Html {
  if (reset.facilities.length === 0) return html`<p class="empty">No facility was reached.</p>`;
  const urgency = (part: FacilityResetView) => URGENCY[part.state] ?? LAST;
  const shown = [...reset.facilities].sort((one, other) => urgency(one) - urgency(other)).slice(0, FACILITIES_SHOWN);
  const hidden = reset.facilities.length - shown.length;
  return html`<div class="cards">${shown.map((part) => card(reset, part, mayAct))}</div>
${hidden > 0 && html`<p class="soft">${plural(hidden, "more facility", "more facilities")} not shown; <a href="/api/resets/${encodeURIComponent(reset.id)}">the API lists all</a>.</p>`}`;
}

function card(reset: ResetView, part: FacilityResetView, mayAct: boolean): Html {
  const mood = { applied: "good", held: "bad", failed: "bad" }[part.state] ?? "wait";
  const decided =
    part.decidedBy === null
      ? null
      : html`<p class="soft">Decided by ${part.decidedBy}${part.decidedAt && ` at ${part.decidedAt}`}</p>`;
  const state = reset.preview && part.state === "pending" ? "previewed" : part.state;
  return html`<article>
<h3>${part.facilityId} <span class="${mood}">${state}</span></h3>
${part.heldBecause === null ? null : html`<p class="fault">${part.heldBecause}</p>`}
${part.error === null ? null : html`<p class="fault">${part.error}</p>`}
<p>${plural(part.rows, "row")}, ${plural(part.rejected, "row")} rejected, ${plural(part.corrected, "product")} corrected,
${quantity(part.unitsBefore)} to ${quantity(part.unitsAfter)} units; sold or returned since ${quantity(part.lateSales)}, shipped and not yet
acknowledged ${quantity(part.shipments)}, unexplained ${quantity(part.unexplained)}</p>
<p class="soft">${quantity(part.absent)} products not listed, ${quantity(part.stale)} stale, ${quantity(part.borderline)} borderline movements${part.lockedMs === null ? null : html`, locked for ${part.lockedMs} ms`}</p>
${decided}
${mayAct && part.state === "held" ? decideButtons(reset.id, part) : null}
${mayAct && part.state === "applied" ? revertFacility(reset.id, part) : null}
</article>`;
}
