// Dismissing failed jobs, and the list of those that were, with what they carried.
import {
  dismissal,
  dismissed,
  dismissedJob,
  dismissedLines,
  dismissing,
  dismissJobs,
  type JobFilter,
  jobFilter,
  listDismissed,
} from "@inventory-sync/operator";
import type { Request } from "express";
import { queryText, readBody } from "../asked.ts";
import { sayOutcome } from "../audit.ts";
import type { Endpoint, QueryParameter } from "../endpoint.ts";
import type { Parts } from "../parts.ts";
import { identityOf } from "../people/identity.ts";
import { askQueue } from "../problem.ts";
import { streamText } from "../stream-text.ts";
import { actionCursor } from "./audit.ts";
import { aboutJobs } from "./jobs.ts";
import { listed } from "./listed.ts";

const dismissBody = aboutJobs(dismissal);

/** POST /api/jobs/dismiss */
const postDismiss: Endpoint<"queues" | "database"> = {
  method: "post",
  path: "/api/jobs/dismiss",
  access: "operator",
  summary:
    "Takes failed jobs out of their queue for good and keeps what they carry: all of one cause, all of one facility, or a list; of very " +
    "many the newest 10,000. Where sales of them are not in the ledger, `losing` must name how many are lost by it",
  body: dismissBody,
  audit: { what: dismissing.what, target: (request) => dismissing.target(jobFilter(readBody(request, dismissBody))) },
  answers: {
    200: { description: "How many were dismissed, and how many sales were lost by that", schema: dismissed },
    409: { description: "More sales would be lost than `losing` names (0 when it is not there); nothing was done" },
  },
  async handle(parts, request, response) {
    const { reason, losing, ...asked } = readBody(request, dismissBody);
    const by = { reason, losing, who: identityOf(response).name };
    const done = await askQueue(parts.queues, () => dismissJobs(parts, jobFilter(asked), by));
    sayOutcome(response, dismissing.outcome(done, reason));
    response.json(done);
  },
};

/** What a list of dismissed jobs is asked for with. */
export const dismissedParameters: readonly QueryParameter[] = [
  { name: "error", description: "Only jobs of this cause, such as EVENT_ID_REUSED", schema: { type: "string" } },
  { name: "facilityId", description: "Only jobs of this facility", schema: { type: "string" } },
];

/** GET /api/jobs/dismissed, and as CSV */
const getDismissed = listed({
  path: "/api/jobs/dismissed",
  access: "viewer",
  summary: "Dismissed jobs, the latest first: who, when, why, and what they carried",
  query: dismissedParameters,
  item: dismissedJob,
  place: actionCursor,
  async read({ database }: Pick<Parts, "database">, request, { after, limit }) {
    const { jobs, next } = await listDismissed(database, askedOf(request), { before: after, limit });
    return { items: jobs, next };
  },
});

function askedOf(request: Request): JobFilter {
  return jobFilter({ error: queryText(request, "error"), facilityId: queryText(request, "facilityId") });
}

/** GET /api/jobs/dismissed.ndjson */
const getDismissedFile: Endpoint<"database"> = {
  method: "get",
  path: "/api/jobs/dismissed.ndjson",
  access: "viewer",
  summary: "All dismissed jobs as a file: one JSON document a line, as the list has them",
  query: dismissedParameters,
  answers: { 200: { description: "NDJSON", type: "application/x-ndjson" } },
  async handle({ database }, request, response) {
    const file = { type: "application/x-ndjson", name: "dismissed-jobs.ndjson" };
    await streamText(response, file, dismissedLines(database, askedOf(request)));
  },
};

export const dismissalEndpoints = [postDismiss, ...getDismissed, getDismissedFile] as const;
