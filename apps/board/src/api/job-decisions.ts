// Failed jobs that are not retried: dismissed, with the list of those that were and what they carried; and receipt numbers that were
// used twice, with both contents of each, and booking the second as a sale of its own.
import {
  bookClashes,
  booked,
  booking,
  bookingReason,
  clash,
  dismissal,
  dismissed,
  dismissedJob,
  dismissedLines,
  dismissing,
  dismissJobs,
  jobFilter,
  listClashes,
  listDismissed,
} from "@inventory-sync/operator";
import { pageLimit, pageOf, pageParameters, queryText, refuseCursor } from "../asked.ts";
import { type Endpoint, type QueryParameter, textQuery } from "../endpoint.ts";
import { askQueue, tellQueue } from "../problem.ts";
import { actionCursor } from "./audit.ts";
import { apiRead, apiWrite } from "./calls.ts";
import { aboutJobs, askedFilter, facilityParameter } from "./jobs.ts";
import { listed, streamText } from "./listed.ts";

const postDismiss = apiWrite({
  path: "/api/jobs/dismiss",
  summary:
    "Takes failed jobs out of their queue for good and keeps what they carry: all of one cause, all of one facility, or a list; of very " +
    "many the newest 10,000. Where sales of them are not in the ledger, `losing` must name how many are lost by it",
  body: aboutJobs(dismissal),
  what: dismissing.what,
  target: ({ body }) => dismissing.target(jobFilter(body)),
  answer: { description: "How many were dismissed, and how many sales were lost by that", schema: dismissed },
  refusals: { 409: "More sales would be lost than `losing` names (0 when it is not there); nothing was done" },
  async act(parts, { body, who }) {
    const { reason, losing } = body;
    const answer = await tellQueue(parts.queues, () => dismissJobs(parts, jobFilter(body), { reason, losing, who }));
    return { answer, outcome: dismissing.outcome(answer, reason) };
  },
});

/** What a list of dismissed jobs is asked for with. */
export const dismissedParameters: readonly QueryParameter[] = [
  textQuery("error", "Only jobs of this cause, such as EVENT_ID_REUSED"),
  facilityParameter,
];

const getDismissed = listed({
  path: "/api/jobs/dismissed",
  summary: "Dismissed jobs, the latest first: who, when, why, and what they carried",
  query: dismissedParameters,
  item: dismissedJob,
  place: actionCursor,
  async read({ database }, request, { after, limit }) {
    const { jobs, next } = await listDismissed(database, askedFilter(request), { before: after, limit });
    return { items: jobs, next };
  },
});

const getDismissedFile: Endpoint = {
  method: "get",
  path: "/api/jobs/dismissed.ndjson",
  access: "viewer",
  summary: "All dismissed jobs as a file: one JSON document a line, as the list has them",
  query: dismissedParameters,
  answers: { 200: { description: "NDJSON", type: "application/x-ndjson" } },
  async handle({ database }, request, response) {
    const file = { type: "application/x-ndjson", name: "dismissed-jobs.ndjson" };
    await streamText(response, file, dismissedLines(database, askedFilter(request)));
  },
};

const getClashes = apiRead({
  path: "/api/jobs/clashes",
  summary:
    "Failed events whose id the ledger has with another content (EVENT_ID_REUSED), newest first: both contents, and what they differ in",
  query: [facilityParameter, ...pageParameters],
  answer: { description: "A page of them", schema: pageOf(clash) },
  read(parts, request) {
    const page = { limit: pageLimit(request), cursor: queryText(request, "cursor") };
    const filter = jobFilter({ facilityId: queryText(request, "facilityId") });
    return askQueue(parts.queues, () => listClashes(parts, filter, page)).catch(refuseCursor);
  },
});

const postBooking = apiWrite({
  path: "/api/jobs/book",
  summary:
    "Books second uses of a receipt number as sales of their own, under ids made from the old ones, and dismisses their jobs. Those of a " +
    "cause or a facility that change stock otherwise than the first; those named one by one whatever they differ in. Each counts once, however often it is asked for",
  body: aboutJobs(bookingReason),
  what: booking.what,
  target: ({ body }) => booking.target(jobFilter(body)),
  answer: { description: "How many were booked and under which ids, and how many jobs were left", schema: booked },
  refusals: { 409: "Of another cause than EVENT_ID_REUSED; nothing was done" },
  async act(parts, { body, who }) {
    const { reason } = body;
    const answer = await tellQueue(parts.queues, () => bookClashes(parts, jobFilter(body), { reason, who }));
    return { answer, outcome: booking.outcome(answer, reason) };
  },
});

export const jobDecisions = [postDismiss, ...getDismissed, getDismissedFile, getClashes, postBooking] as const;
