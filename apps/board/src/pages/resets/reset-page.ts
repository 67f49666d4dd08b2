// GET /resets/{id}: one reset from its file to its last facility. What needs attention comes first, then how far it is, what it
// changed, what it could not use, and where its time went.

import { askedByWords, sentence } from "@inventory-sync/domain";
import {
  borderlineSince,
  countedFrom,
  isResetId,
  listRepairs,
  partWord,
  type ResetWithParts,
  readPart,
  readReset,
} from "@inventory-sync/operator";
import { pathName, queryText } from "../../asked.ts";
import { textQuery } from "../../endpoint.ts";
import type { Parts } from "../../parts.ts";
import { type Html, html, plural, quantity } from "../../ui/html.ts";
import { page } from "../../ui/page.ts";
import type { PageContext } from "../../ui/page-context.ts";
import { askedPage, askedText, askedWord } from "../../ui/paging.ts";
import { message } from "../../ui/pieces.ts";
import { absentSection } from "./absent.ts";
import { correctionsSection } from "./corrections.ts";
import { decideChosen, decisionButtons, decisionCard, undecided } from "./decisions.ts";
import { headline, numbers, runningSection, timingsSection } from "./headline.ts";
import { partsSection } from "./parts-table.ts";
import { rejectsSection } from "./rejects.ts";
import { resetReport, rowsStaged, type Wanted } from "./report.ts";

const CARDS_MAX = 6;

export const showReset = page({
  path: "/resets/{id}",
  nav: "resets",
  // How far it is, its rows that are staged and the states of its facilities included.
  topic: {
    name: "reset",
    isAbout: isResetId,
    about: (_parts, request) => pathName(request, "id").toLowerCase(),
    async read(parts, resetId) {
      const reset = await readReset(parts.database, resetId);
      return [reset, await rowsStaged(parts.queues, reset), await listRepairs(parts.database, resetId)];
    },
  },
  summary: "One reset, for people",
  query: [
    textQuery("facility", "Look at one facility's part"),
    textQuery("corrections", "unexplained: leave first counts out"),
    textQuery("state", "Only facilities in this state"),
    textQuery("q", "Only facilities whose id has this in it"),
    { name: "page", description: "Page of the facilities, from 1", schema: { type: "integer", minimum: 1 } },
    { name: "rejects", description: "Page of the rejected rows, from 1", schema: { type: "integer", minimum: 1 } },
  ],
  async show(parts, context, request) {
    const resetId = pathName(request, "id").toLowerCase();
    const facilityId = queryText(request, "facility");
    const which = askedWord(request, "corrections", ["all", "unexplained"]);
    const wanted: Wanted = { resetId, facilityId, which };
    const partsWanted = {
      state: askedText(request, "state") || "all",
      text: askedText(request, "q"),
      page: askedPage(request),
    };
    const rejectsPage = askedPage(request, "rejects");
    const report = await resetReport(parts, wanted, rejectsPage);
    const { reset } = report;
    const main = html`<p class="crumbs"><a href="/resets">Resets</a></p>
${headline(reset, context)}
${reset.asOfNote !== null && html`<p id="as-of-note"><strong>When was it counted?</strong> ${message(sentence(reset.asOfNote), context)}</p>`}
${reset.doubts.map((doubt) => html`<p class="fault" role="note"><strong>Was it read as it was meant?</strong> ${message(doubt, context)}</p>`)}
${runningSection(report)}
${facilityId === undefined ? await attention(parts, reset, context) : await oneFacility(parts, reset, { facilityId, context })}
${facilityId === undefined && numbers(reset)}
${facilityId === undefined && partsSection(reset, partsWanted, context)}
${correctionsSection(report, wanted, context)}
${facilityId === undefined && (await absentSection(parts, reset))}
${facilityId === undefined && rejectsSection(report, rejectsPage, context)}
${facilityId === undefined && timingsSection(reset)}
${facilityId === undefined && details(reset, await nearTheCount(parts, reset), context)}`;
    return { title: `Reset of ${reset.file}`, main };
  },
});

async function attention(parts: Parts, reset: ResetWithParts, context: PageContext): Promise<Html | null> {
  const held = reset.parts.filter((part) => ["held", "would-be-held"].includes(partWord(part, reset)));
  const all = [...held, ...reset.parts.filter((part) => part.state === "failed")];
  if (all.length === 0) return null;
  const cards = await undecided(parts.database, reset.id, all.slice(0, CARDS_MAX));
  const hidden = all.length - cards.length;
  const isMany = context.mayAct && !reset.preview && held.length > 1;
  const [title, word] = reset.preview
    ? ["A reset would leave these to you", "would-be-held"]
    : ["Needs attention", "held"];
  return html`<section id="attention" aria-labelledby="attention-title">
<h2 id="attention-title">${title}</h2>
${isMany && decisionButtons(reset.id, held, context)}
${isMany && decideChosen()}
<div class="cards">${cards.map((each) => decisionCard(reset, each, context, isMany))}</div>
${hidden > 0 && html`<p class="soft">${hidden} more: <a href="/resets/${reset.id}?state=${word}#facilities">${word.replaceAll("-", " ")}</a>, <a href="/resets/${reset.id}?state=failed#facilities">failed</a>.</p>`}
</section>`;
}

async function oneFacility(
  parts: Parts,
  reset: ResetWithParts,
  { facilityId, context }: { readonly facilityId: string; readonly context: PageContext },
): Promise<Html> {
  const { part } = await readPart(parts.database, reset.id, facilityId);
  const [card] = await undecided(parts.database, reset.id, [part]);
  return html`<p><a href="/resets/${reset.id}">← All stores of this reset</a></p>
<h2 class="unseen">Store ${facilityId}</h2>
<div class="cards wide">${card && decisionCard(reset, card, context)}</div>
${part.state === "applied" && context.mayAct && !reset.preview && html`<p><a href="/resets/${reset.id}/revert?facility=${encodeURIComponent(facilityId)}">Revert ${facilityId} …</a></p>`}`;
}

/** What occurred so close to the time of the count that it may be in it or not; null where there was nothing. */
async function nearTheCount(parts: Parts, reset: ResetWithParts): Promise<Html | null> {
  const seconds = parts.reconcile.borderlineSeconds;
  const then = reset.parts.reduce((sum, { borderline }) => sum + borderline, 0);
  const since = await borderlineSince(parts.database, { resetId: reset.id, seconds });
  if (then + since === 0) return null;
  return html`<dt>Close to the count</dt><dd id="borderline">${plural(then + since, "movement")} within ${plural(seconds, "second")} of its time${since > 0 && html`, ${quantity(since)} of them came after the reset`}. Each counts by its own time; where a sender leaves that out, by its receipt, and then a sale that was counted already may be taken off once more.</dd>`;
}

function details(reset: ResetWithParts, near: Html | null, context: PageContext): Html {
  const api = `/api/resets/${reset.id}`;
  const canRevert = context.mayAct && !reset.preview && reset.finishedAt !== null;
  const applied = reset.facilityCounts.applied ?? 0;
  const from = countedFrom(reset.asOfFrom);
  return html`<section id="details" aria-labelledby="details-title">
<h2 id="details-title">Details</h2>
<dl>
<dt>Asked for by</dt><dd>${askedByWords(reset.requestedBy)}</dd>
<dt>Counted at</dt><dd>${context.time(reset.asOf)}${from !== undefined && html` (from ${from})`}</dd>
${near}
<dt>Started</dt><dd>${context.time(reset.createdAt)}</dd>
<dt>Ended</dt><dd>${context.time(reset.finishedAt)}</dd>
<dt>Rows</dt><dd>${reset.rows.toLocaleString("en-US")}, of them ${reset.rejected.toLocaleString("en-US")} rejected and ${reset.skipped.toLocaleString("en-US")} skipped (products that are deliberately not kept)</dd>
<dt>SHA-256 of the file</dt><dd><code>${reset.sha256 ?? "–"}</code></dd>
<dt>Reset</dt><dd><code>${reset.id}</code> · <a href="${api}">as JSON</a></dd>
</dl>
${canRevert && applied > 0 && html`<p><a href="/resets/${reset.id}/revert">Revert this reset …</a> <span class="soft">says first what it would change</span></p>`}
</section>`;
}
