// GET /resets/{id}: one reset from its file to its last facility. What needs somebody comes first, then how far it is, what it
// changed, what it could not use, and where its time went.
import type { FacilityResetView } from "@inventory-sync/db";
import { askedByWords } from "@inventory-sync/domain";
import { pathResetId, queryText, unknownReset } from "../../asked.ts";
import type { Endpoint } from "../../endpoint.ts";
import { type Html, html } from "../../html.ts";
import { sendPage } from "../../layout.ts";
import type { Parts } from "../../parts.ts";
import { Problem } from "../../problem.ts";
import { frame } from "../frame/frame.ts";
import { type Look, lookOf } from "../frame/look.ts";
import { askedPage, askedText, askedWord } from "../paging.ts";
import { correctionsSection } from "./corrections.ts";
import { decideAll } from "./decide-all.ts";
import { decisionCard, undecided } from "./decisions.ts";
import { headline, numbers, runningSection } from "./headline.ts";
import { partsSection } from "./parts-table.ts";
import { rejectsSection } from "./rejects.ts";
import { type ResetReport, resetReport, type Wanted } from "./report.ts";
import { timingsSection } from "./timings.ts";

const CARDS_MAX = 6;

/** GET /resets/{id} */
export const showReset: Endpoint = {
  method: "get",
  path: "/resets/{id}",
  access: "viewer",
  summary: "One reset, for people",
  query: [
    { name: "facility", description: "Look at one facility's part", schema: { type: "string" } },
    { name: "corrections", description: "unexplained: leave first counts out", schema: { type: "string" } },
    { name: "state", description: "Only facilities in this state", schema: { type: "string" } },
    { name: "q", description: "Only facilities whose id has this in it", schema: { type: "string" } },
    { name: "page", description: "Page of the facilities, from 1", schema: { type: "integer", minimum: 1 } },
  ],
  answers: { 200: { description: "The page", type: "text/html" } },
  async handle(parts, request, response) {
    const resetId = pathResetId(request);
    const facilityId = queryText(request, "facility");
    const which = askedWord(request, "corrections", ["all", "unexplained"]);
    const wanted: Wanted = { resetId, facilityId, which };
    const partsWanted = {
      state: askedText(request, "state") || "all",
      text: askedText(request, "q"),
      page: askedPage(request),
    };
    const look = await lookOf(parts, request, response, { live: `reset:${resetId}` });
    const report = await resetReport(parts, wanted);
    if (!report) throw unknownReset();
    const main = html`<p class="crumbs"><a href="/resets">Resets</a></p>
${headline(report, look)}
${runningSection(report)}
${facilityId === undefined ? await attention(parts, report, look) : await oneFacility(parts, report, { facilityId, look })}
${facilityId === undefined && numbers(report)}
${facilityId === undefined && partsSection(report, partsWanted, look)}
${correctionsSection(report, wanted, look)}
${facilityId === undefined && rejectsSection(report)}
${facilityId === undefined && timingsSection(report.reset)}
${facilityId === undefined && details(report, look)}`;
    sendPage(response, 200, frame({ title: `Reset of ${report.reset.file}`, nav: "resets", look }, main));
  },
};

async function attention(parts: Parts, { reset }: ResetReport, look: Look): Promise<Html | null> {
  const urgent = (word: string) => reset.facilities.filter((part) => part.state === word);
  const held = urgent("held");
  const all: FacilityResetView[] = [...held, ...urgent("failed")];
  if (all.length === 0) return null;
  const cards = await undecided(parts, reset.id, all.slice(0, CARDS_MAX));
  const hidden = all.length - cards.length;
  return html`<section id="attention" aria-labelledby="attention-title">
<h2 id="attention-title">Needs somebody</h2>
${look.mayAct && decideAll(reset.id, held)}
<div class="cards">${cards.map((each) => decisionCard(reset.id, each, look))}</div>
${hidden > 0 && html`<p class="soft">${hidden} more: <a href="/resets/${reset.id}?state=held#facilities">held</a>, <a href="/resets/${reset.id}?state=failed#facilities">failed</a>.</p>`}
</section>`;
}

async function oneFacility(
  parts: Parts,
  { reset }: ResetReport,
  { facilityId, look }: { readonly facilityId: string; readonly look: Look },
): Promise<Html> {
  const part = reset.facilities.find((each) => each.facilityId === facilityId);
  if (!part) throw new Problem("not-found", `Facility ${facilityId} has no part in this reset.`);
  const [card] = await undecided(parts, reset.id, [part]);
  return html`<p><a href="/resets/${reset.id}">← All facilities of this reset</a></p>
<div class="cards wide">${card && decisionCard(reset.id, card, look)}</div>
${part.state === "applied" && look.mayAct && !reset.preview && html`<p><a href="/resets/${reset.id}/revert?facility=${encodeURIComponent(facilityId)}">Revert ${facilityId} …</a></p>`}`;
}

function details({ reset, progress }: ResetReport, look: Look): Html {
  const api = `/api/resets/${reset.id}`;
  const canRevert = look.mayAct && !reset.preview && progress.finishedAt !== null;
  const applied = reset.facilities.filter((part) => part.state === "applied").length;
  return html`<section id="details" aria-labelledby="details-title">
<h2 id="details-title">Details</h2>
<dl>
<dt>Asked for by</dt><dd>${askedByWords(reset.requestedBy)}</dd>
<dt>Counted at</dt><dd>${look.time(reset.asOf)}${reset.asOfFrom !== null && html` (from the ${reset.asOfFrom})`}</dd>
<dt>Begun</dt><dd>${look.time(progress.createdAt)}</dd>
<dt>Ended</dt><dd>${look.time(progress.finishedAt)}</dd>
<dt>Rows</dt><dd>${reset.rows.toLocaleString("en-US")}, of them ${reset.rejected.toLocaleString("en-US")} rejected and ${reset.skipped.toLocaleString("en-US")} skipped (products that are deliberately not kept)</dd>
<dt>SHA-256 of the file</dt><dd><code>${reset.sha256 ?? "–"}</code></dd>
<dt>Reset</dt><dd><code>${reset.id}</code> · <a href="${api}">as JSON</a></dd>
</dl>
${canRevert && applied > 0 && html`<p><a href="/resets/${reset.id}/revert">Revert this reset …</a> <span class="soft">says first what it would change</span></p>`}
</section>`;
}
