// Receipt numbers that were used twice: both contents of each, and booking the second as a sale of its own.
import {
  bookClashes,
  booked,
  booking,
  bookingReason,
  clash,
  type JobFilter,
  jobFilter,
  listClashes,
} from "@inventory-sync/operator";
import { pageLimit, pageOf, pageParameters, queryText, readBody, refuseCursor } from "../asked.ts";
import { sayOutcome } from "../audit.ts";
import type { Endpoint } from "../endpoint.ts";
import { identityOf } from "../people/identity.ts";
import { askQueue } from "../problem.ts";
import { aboutJobs } from "./jobs.ts";

/** GET /api/jobs/clashes */
const getClashes: Endpoint<"queues" | "database"> = {
  method: "get",
  path: "/api/jobs/clashes",
  access: "viewer",
  summary:
    "Failed events whose id the ledger has with another content (EVENT_ID_REUSED), newest first: both contents, and what they differ in",
  query: [
    { name: "facilityId", description: "Only jobs of this facility", schema: { type: "string" } },
    ...pageParameters,
  ],
  answers: { 200: { description: "A page of them", schema: pageOf(clash) } },
  async handle(parts, request, response) {
    const page = { limit: pageLimit(request), cursor: queryText(request, "cursor") };
    const filter: JobFilter = jobFilter({ facilityId: queryText(request, "facilityId") });
    const found = await askQueue(parts.queues, () => listClashes(parts, filter, page)).catch(refuseCursor);
    response.json(found);
  },
};

const bookBody = aboutJobs(bookingReason);

/** POST /api/jobs/book */
const postBooking: Endpoint<"queues" | "database"> = {
  method: "post",
  path: "/api/jobs/book",
  access: "operator",
  summary:
    "Books second uses of a receipt number as sales of their own, under ids made from the old ones, and dismisses their jobs. Those of a " +
    "cause or a facility that change stock otherwise than the first; those named one by one whatever they differ in. Each counts once, however often it is asked for",
  body: bookBody,
  audit: { what: booking.what, target: (request) => booking.target(jobFilter(readBody(request, bookBody))) },
  answers: {
    200: { description: "How many were booked and under which ids, and how many jobs were left", schema: booked },
    409: { description: "Of another cause than EVENT_ID_REUSED; nothing was done" },
  },
  async handle(parts, request, response) {
    const { reason, ...asked } = readBody(request, bookBody);
    const by = { reason, who: identityOf(response).name };
    const done = await askQueue(parts.queues, () => bookClashes(parts, jobFilter(asked), by));
    sayOutcome(response, booking.outcome(done, reason));
    response.json(done);
  },
};

export const clashEndpoints = [getClashes, postBooking] as const;
