// GET /jobs/dismissed: failed jobs that operators have dismissed, with what they carried.
import { type DismissedJob, jobFilter, listDismissed } from "@inventory-sync/operator";
import { actionCursor } from "../../api/audit.ts";
import { dismissedParameters } from "../../api/job-decisions.ts";
import { queryText, readCursor, writeCursor } from "../../asked.ts";
import { textQuery } from "../../endpoint.ts";
import { type Html, html, plural } from "../../ui/html.ts";
import { page } from "../../ui/page.ts";
import type { PageContext } from "../../ui/page-context.ts";
import { address } from "../../ui/paging.ts";
import { empty, message } from "../../ui/pieces.ts";
import { tableOf } from "../../ui/table.ts";
import { eventHref } from "../stock/links.ts";
import { whyFailed } from "./job-table.ts";

const SHOWN = 50;
const PATH = "/jobs/dismissed";

export const showDismissed = page({
  path: PATH,
  nav: "jobs",
  summary: "Failed jobs that were dismissed: who, when, why, and what they carried",
  query: [...dismissedParameters, textQuery("cursor", "Where the list goes on")],
  async show(parts, context, request) {
    const asked = { error: queryText(request, "error"), facilityId: queryText(request, "facilityId") };
    const before = readCursor(request, actionCursor);
    const { jobs, next } = await listDismissed(parts.database, jobFilter(asked), { before, limit: SHOWN });
    const main = html`<h1>Dismissed jobs</h1>
<p class="soft">Failed jobs that were taken out of their queue for good. What they carried is kept as long as the ledger is.
<a href="${address("/api/jobs/dismissed.ndjson", asked)}">Download them (NDJSON)</a> · <a href="${address("/api/jobs/dismissed.csv", asked)}">CSV</a> · <a href="/jobs">Failed jobs</a></p>
${list(jobs, context)}
<p class="after">${before !== undefined && html`<a href="${address(PATH, asked)}">Newest</a> `}${next !== undefined && html`<a href="${address(PATH, { ...asked, cursor: writeCursor(next) })}">Older</a>`}</p>`;
    return { title: "Dismissed jobs", main };
  },
});

function list(jobs: readonly DismissedJob[], context: PageContext): Html {
  return tableOf<DismissedJob>({
    caption: "Dismissed jobs",
    items: jobs,
    key: ({ id }) => `dismissed-${id}`,
    columns: [
      { title: "Job", wraps: true, cell: ({ name }) => name },
      { title: "Dismissed", cell: ({ dismissedAt }) => context.time(dismissedAt) },
      {
        title: "By, and why",
        wraps: true,
        cell: ({ who, reason, confirmed, bookedAs, facilityId }) => html`<strong>${who}</strong>: ${reason}
${bookedAs !== null && facilityId !== null && html`<br>as <a href="${eventHref({ facilityId, eventId: bookedAs })}">${bookedAs}</a>`}
${!confirmed && html`<br><span class="wait">not confirmed: the board stopped meanwhile; it may stand failed still, or have been retried</span>`}`,
      },
      {
        title: "Had failed",
        wraps: true,
        cell: (job) =>
          html`${message(whyFailed(job), context)} <span class="soft">${context.time(job.failedAt)}</span>`,
      },
      {
        title: "Lost",
        cell: ({ lost }) => (lost === 0 ? "nothing" : html`<strong class="bad">${plural(lost, "sale")}</strong>`),
      },
      {
        title: "It carried",
        wraps: true,
        cell: ({ id, payload }) =>
          html`<details id="payload-${id}"><summary>Show</summary><pre tabindex="0"><code>${JSON.stringify(payload, null, 2)}</code></pre></details>`,
      },
    ],
    empty: empty(
      "No job was dismissed.",
      "Failed jobs that cannot or shall not be done are dismissed under Failed jobs; they stand here then.",
    ),
  });
}
