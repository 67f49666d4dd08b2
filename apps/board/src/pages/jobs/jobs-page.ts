// GET /jobs: what failed, by cause and one by one, and the retries under way.
import {
  type Clash,
  clashesOf,
  type FailedCount,
  type FailedJobRecord,
  jobFilter,
  REUSED,
} from "@inventory-sync/operator";
import { failedPage } from "../../api/jobs.ts";
import { queryText } from "../../asked.ts";
import { textQuery } from "../../endpoint.ts";
import type { Parts } from "../../parts.ts";
import { askQueue, Problem } from "../../problem.ts";
import { type RetryRun, retryEndsText, retryOutcome } from "../../retries.ts";
import { type Html, html, plural } from "../../ui/html.ts";
import { page } from "../../ui/page.ts";
import type { PageContext } from "../../ui/page-context.ts";
import { empty, fault, progress, state } from "../../ui/pieces.ts";
import { groupCard } from "./groups.ts";
import { type JobTable, jobTable } from "./job-table.ts";

const JOBS_SHOWN_MAX = 50;
/** A rare cause among very many jobs: then the page ends early, and says so. */
const LOOKED_MAX = 20_000;
const RETRIES_SHOWN_MAX = 5;

export const showJobs = page({
  path: "/jobs",
  nav: "jobs",
  // Which are failed, how far the count of them is, and how far the retries are.
  topic: {
    name: "jobs",
    async read({ queues, retries, failedCounter }) {
      if (!queues.isConnected()) return "away";
      const { looked, total, countedAt } = await failedCounter.now(0);
      return [
        looked,
        total,
        countedAt,
        retries.latest().map(({ retryId, state, looked: at, ends }) => [retryId, state, at, ends]),
      ];
    },
  },
  summary: "What failed, by cause and one by one, and the retries under way",
  query: [
    textQuery("error", "Only jobs of this cause"),
    textQuery("facilityId", "Only jobs of this facility"),
    textQuery("cursor", "Where the list goes on"),
  ],
  async show(parts, context, request) {
    const asked = { error: queryText(request, "error"), facilityId: queryText(request, "facilityId") };
    const page = { limit: JOBS_SHOWN_MAX, lookedMax: LOOKED_MAX, cursor: queryText(request, "cursor") };
    const [count, listed] = await Promise.all([
      askQueue(parts.queues, () => parts.failedCounter.now()).catch(() => undefined),
      failedPage(parts, jobFilter(asked), page).catch((error: unknown) => {
        if (error instanceof Problem && error.status === 400) throw error;
        return undefined;
      }),
    ]);
    const title =
      count === undefined ? "Failed jobs" : count.total === 0 ? "No job has failed" : plural(count.total, "failed job");
    const shown =
      count === undefined || listed === undefined
        ? fault("The queue")
        : html`
<p class="soft">What failed is kept until it is retried with success, or dismissed. Retrying is safe: what has taken effect changes nothing a second time.
<a href="/jobs/dismissed">Dismissed jobs</a></p>
${counting(count, context)}
${retriesPart(parts.retries.latest().slice(0, RETRIES_SHOWN_MAX), context)}
${failedPart(count, { ...listed, ...asked, clashes: await clashesIn(parts, listed.items) }, context)}`;
    return { title, main: html`<h1>${title}</h1>${shown}` };
  },
});

/** Of listed jobs those whose number was used twice; none while the database or the queue cannot be asked. */
async function clashesIn(parts: Parts, items: readonly FailedJobRecord[]): Promise<ReadonlyMap<string, Clash>> {
  const ids = items.filter(({ error }) => error === REUSED).map(({ jobId }) => jobId);
  const found = ids.length === 0 ? [] : await clashesOf(parts, ids).catch(() => []);
  return new Map(found.map((each) => [each.jobId, each]));
}

function failedPart(count: FailedCount, jobs: JobTable, context: PageContext): Html {
  const isFiltered = jobs.error !== undefined || jobs.facilityId !== undefined;
  return html`${count.total === 0 && empty("Nothing to do here.", "Failed jobs appear here with the reason.")}
${!isFiltered && html`<div class="stack">${count.groups.map((group) => groupCard(group, count.isEffectKnown, context))}</div>`}
${(count.total > 0 || isFiltered) && jobTable(jobs, context)}`;
}

function counting(count: FailedCount, context: PageContext): Html | null {
  if (count.total === 0) return null;
  if (count.countedAt === null)
    return html`<p id="counting">${progress({ done: count.looked, of: count.total, label: "looked at so far" })}</p>`;
  return html`<p id="counting" class="soft">As of ${context.time(count.countedAt)}${count.isOutdated && "; others have failed or were retried since, which is being counted"}.</p>`;
}

/** Retries of this board: those under way with their progress, and how the latest ended. */
function retriesPart(retries: readonly RetryRun[], context: PageContext): Html | null {
  if (retries.length === 0) return null;
  const [newest, ...others] = retries;
  const isShown = (retry: RetryRun) => retry === newest || retry.finishedAt === null || (retry.ends?.underWay ?? 0) > 0;
  const over = others.filter((retry) => !isShown(retry));
  return html`<section id="retries" aria-label="Retries">${retries.filter(isShown).map((retry) => line(retry, context))}</section>
${over.length > 0 && html`<details id="retries-over"><summary>Earlier retries</summary>${over.map((retry) => line(retry, context))}</details>`}`;
}

function line(retry: RetryRun, context: PageContext): Html {
  const { retryId, target, who, startedAt, looked, total, finishedAt } = retry;
  const how =
    finishedAt === null
      ? progress({ done: Math.min(looked, total), of: total, label: "failed jobs looked at" })
      : html`<span>${retry.state === "done" ? retryEndsText(retry) : retryOutcome(retry)}</span>`;
  return html`<p id="retry-run-${retryId}" class="retry">${state(retry.state)} <strong>${target}</strong> ${how}
<span class="soft">${who}, ${context.time(startedAt)}</span></p>`;
}
