// GET /jobs: what failed, by cause and one by one, and the retries under way.
import { type Effect, effectsOf, type JobRetryView, listJobRetries } from "@inventory-sync/db";
import type { FailedJob } from "@inventory-sync/queue";
import type { Request } from "express";
import { jobFilter } from "../../api/jobs.ts";
import { askQueue } from "../../ask-queue.ts";
import { badParameter, queryText } from "../../asked.ts";
import type { Endpoint } from "../../endpoint.ts";
import { type Html, html } from "../../html.ts";
import type { FailedCount } from "../../jobs/failed-count.ts";
import { sendPage } from "../../layout.ts";
import type { Parts } from "../../parts.ts";
import { empty, fault } from "../frame/empty.ts";
import { plural } from "../frame/figures.ts";
import { frame } from "../frame/frame.ts";
import { type Look, lookOf } from "../frame/look.ts";
import { progress } from "../frame/progress.ts";
import { groupCard } from "./groups.ts";
import { jobTable } from "./job-table.ts";
import { retriesPart } from "./retries-part.ts";

const JOBS_SHOWN_MAX = 50;
/** A rare cause among very many jobs: then the page ends early, and says so. */
const LOOKED_MAX = 20_000;
const RETRIES_SHOWN_MAX = 5;

interface Listed {
  readonly jobs: readonly FailedJob[];
  readonly effects: readonly Effect[] | undefined;
  readonly nextCursor: string | null;
}

/** GET /jobs */
export const showJobs: Endpoint = {
  method: "get",
  path: "/jobs",
  access: "viewer",
  summary: "What failed, by cause and one by one, and the retries under way",
  query: [
    { name: "error", description: "Only jobs of this cause", schema: { type: "string" } },
    { name: "facilityId", description: "Only jobs of this facility", schema: { type: "string" } },
    { name: "cursor", description: "Where the list goes on", schema: { type: "string" } },
  ],
  answers: { 200: { description: "The page", type: "text/html" } },
  async handle(parts, request, response) {
    const look = await lookOf(parts, request, response, { live: "jobs" });
    const asked = { error: queryText(request, "error"), facilityId: queryText(request, "facilityId") };
    const [count, listed, retries] = await Promise.all([
      askQueue(parts.queues, () => parts.failedCounter.now()).catch(() => undefined),
      list(parts, request, asked),
      listJobRetries(parts.database, RETRIES_SHOWN_MAX).catch(() => undefined),
    ]);
    const title =
      count === undefined ? "Failed jobs" : count.total === 0 ? "No job has failed" : plural(count.total, "failed job");
    const main = html`<h1>${title}</h1>${jobsPage({ count, listed, retries, asked }, look)}`;
    sendPage(response, 200, frame({ title, nav: "jobs", look }, main));
  },
};

interface Asked {
  readonly error: string | undefined;
  readonly facilityId: string | undefined;
}

async function list({ queues, database }: Parts, request: Request, asked: Asked): Promise<Listed | undefined> {
  const cursor = queryText(request, "cursor");
  const page = { limit: JOBS_SHOWN_MAX, lookedMax: LOOKED_MAX, ...(cursor !== undefined && { cursor }) };
  try {
    const filter = jobFilter(asked.error, asked.facilityId);
    const { jobs, nextCursor } = await askQueue(queues, () => queues.failedJobs({ ...filter, ...page }));
    const carried = jobs.map(({ carries }) => carries);
    return { jobs, nextCursor, effects: await effectsOf(database, carried).catch(() => undefined) };
  } catch (error) {
    if (error instanceof RangeError) throw badParameter("cursor", "is not one of this list");
    return undefined;
  }
}

function jobsPage(
  shown: {
    readonly count: FailedCount | undefined;
    readonly listed: Listed | undefined;
    readonly retries: readonly JobRetryView[] | undefined;
    readonly asked: Asked;
  },
  look: Look,
): Html {
  const { count, listed, asked } = shown;
  if (count === undefined || listed === undefined) return fault("The queue");
  const isFiltered = asked.error !== undefined || asked.facilityId !== undefined;
  return html`<p class="soft">What failed is kept until it is retried with success. Retrying is safe: what has taken effect changes nothing a second time.</p>
${counting(count, look)}
${shown.retries && retriesPart(shown.retries, look)}
${count.total === 0 && empty("Nothing to do here.", "Jobs stand here when they could not be done in all of their attempts, or never can be, with the reason.")}
${!isFiltered && html`<div class="stack">${count.groups.map((group) => groupCard(group, count.isEffectKnown, look))}</div>`}
${(count.total > 0 || isFiltered) && jobTable({ ...listed, ...asked }, look)}`;
}

function counting(count: FailedCount, look: Look): Html | null {
  if (count.total === 0) return null;
  if (count.countedAt === null)
    return html`<p id="counting">${progress({ done: count.looked, of: count.total, label: "looked at so far" })}</p>`;
  return html`<p id="counting" class="soft">All of them counted ${look.time(count.countedAt)}${count.isOutdated && "; others have failed or were retried since, which is being counted"}.</p>`;
}
