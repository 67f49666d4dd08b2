// Failed jobs: what failed, by cause or one by one.
import { queueNames } from "@inventory-sync/queue";
import { z } from "zod";
import { askQueue } from "../ask-queue.ts";
import { badParameter, pageLimit, pageOf, pageParameters, queryText } from "../asked.ts";
import type { Endpoint } from "../endpoint.ts";

const GROUP_ERROR = "error";

const groupSchema = z.object({
  error: z.string(),
  queue: z.enum(queueNames),
  count: z.int(),
  firstAt: z.iso.datetime(),
  lastAt: z.iso.datetime(),
  example: z.object({ jobId: z.string(), name: z.string(), message: z.string() }),
});

const jobSchema = z.object({
  jobId: z.string(),
  queue: z.enum(queueNames),
  name: z.string(),
  error: z.string(),
  message: z.string(),
  facilityId: z.string().nullable(),
  failedAt: z.iso.datetime(),
  attempts: z.int(),
});

/** GET /api/jobs/failed */
export const getFailedJobs: Endpoint = {
  method: "get",
  path: "/api/jobs/failed",
  access: "viewer",
  summary: "Failed jobs: by cause with groupBy=error, else one by one",
  query: [
    {
      name: "groupBy",
      description: "error: one row for each queue and cause, most frequent first",
      schema: { type: "string", enum: [GROUP_ERROR] },
    },
    { name: "error", description: "Only failures of this cause, such as EVENT_ID_REUSED", schema: { type: "string" } },
    { name: "facilityId", description: "Only jobs of this facility", schema: { type: "string" } },
    ...pageParameters,
  ],
  answers: {
    200: {
      description: "Groups (groupBy=error; nextCursor is null then), or a page of jobs",
      schema: z.union([pageOf(groupSchema).extend({ total: z.int() }), pageOf(jobSchema)]),
    },
  },
  async handle({ queues }, request, response) {
    const groupBy = queryText(request, "groupBy");
    if (groupBy !== undefined && groupBy !== GROUP_ERROR) throw badParameter("groupBy", 'can only be "error"');
    const filter = jobFilter(queryText(request, "error"), queryText(request, "facilityId"));
    if (groupBy === GROUP_ERROR) {
      const { causes, total } = await askQueue(queues, () => queues.failedCauses(filter));
      const items = causes.map((each) => ({
        error: each.cause,
        queue: each.queue,
        count: each.count,
        firstAt: each.firstAt,
        lastAt: each.lastAt,
        example: { jobId: each.exampleId, name: each.exampleName, message: each.exampleMessage },
      }));
      response.json({ items, nextCursor: null, total });
      return;
    }
    const cursor = queryText(request, "cursor");
    const limit = pageLimit(request);
    const page = await askQueue(queues, () =>
      queues.failedJobs({ ...filter, limit, ...(cursor !== undefined && { cursor }) }),
    ).catch((error: unknown) => {
      if (error instanceof RangeError)
        throw badParameter("cursor", "is not a nextCursor of this list; leave it out to begin anew");
      throw error;
    });
    const items = page.jobs.map(({ id, cause, facility, ...job }) => ({
      jobId: id,
      error: cause,
      facilityId: facility,
      ...job,
    }));
    response.json({ items, nextCursor: page.nextCursor });
  },
};

/** Cause and facility as the queue takes them. */
export function jobFilter(error: string | undefined, facilityId: string | undefined) {
  return { ...(error !== undefined && { cause: error }), ...(facilityId !== undefined && { facility: facilityId }) };
}
