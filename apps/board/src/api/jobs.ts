// Failed jobs: what failed, by cause or one by one.
import { effects, effectsOf } from "@inventory-sync/db";
import { queueNames } from "@inventory-sync/queue";
import { z } from "zod";
import { askQueue } from "../ask-queue.ts";
import { badParameter, pageLimit, pageOf, pageParameters, queryText } from "../asked.ts";
import type { Endpoint } from "../endpoint.ts";
import type { FailedGroup } from "../jobs/failed-groups.ts";

const GROUP_ERROR = "error";
/** Then it is told how far the count is. */
const COUNT_MS_MAX = 5_000;

const effectCounts = z.record(z.enum(effects), z.int());

const groupSchema = z.object({
  error: z.string(),
  queue: z.enum(queueNames),
  count: z.int(),
  firstAt: z.iso.datetime(),
  lastAt: z.iso.datetime(),
  example: z.object({ jobId: z.string(), name: z.string(), message: z.string() }),
  effects: effectCounts,
  facilities: z.array(z.object({ facilityId: z.string().nullable(), count: z.int(), effects: effectCounts })),
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
  effect: z.enum(effects).nullable(),
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
      description:
        "error: one row for each queue and cause, most frequent first; `looked` of `total` are counted when there are very many",
      schema: { type: "string", enum: [GROUP_ERROR] },
    },
    { name: "error", description: "Only failures of this cause, such as EVENT_ID_REUSED", schema: { type: "string" } },
    { name: "facilityId", description: "Only jobs of this facility", schema: { type: "string" } },
    ...pageParameters,
  ],
  answers: {
    200: {
      description: "Groups (groupBy=error; nextCursor is null then), or a page of jobs",
      schema: z.union([
        pageOf(groupSchema).extend({ total: z.int(), looked: z.int(), countedAt: z.iso.datetime().nullable() }),
        pageOf(jobSchema),
      ]),
    },
  },
  async handle({ queues, database, failedCounter }, request, response) {
    const groupBy = queryText(request, "groupBy");
    if (groupBy !== undefined && groupBy !== GROUP_ERROR) throw badParameter("groupBy", 'can only be "error"');
    const filter = jobFilter(queryText(request, "error"), queryText(request, "facilityId"));
    if (groupBy === GROUP_ERROR) {
      const count = await askQueue(queues, () => failedCounter.now(COUNT_MS_MAX));
      const items = count.groups.flatMap((group) => groupItem(group, filter));
      const { total, looked, countedAt } = count;
      response.json({ items, nextCursor: null, total, looked, countedAt });
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
    // The queue can be looked at while the database is away.
    const known = await effectsOf(
      database,
      page.jobs.map(({ carries }) => carries),
    ).catch(() => undefined);
    const items = page.jobs.map(({ id, cause, facility, carries: _, ...job }, index) => ({
      ...{ jobId: id, error: cause, facilityId: facility, ...job, effect: known?.[index] ?? null },
    }));
    response.json({ items, nextCursor: page.nextCursor });
  },
};

/** A group as it is told: none when the filter leaves nothing of it. */
function groupItem(group: FailedGroup, filter: ReturnType<typeof jobFilter>) {
  const { queue, cause, firstAt, lastAt, example } = group;
  const { facility } = filter;
  const facilities = group.facilities.filter(({ facilityId }) => facility === undefined || facilityId === facility);
  if ((filter.cause !== undefined && cause !== filter.cause) || facilities.length === 0) return [];
  const [only] = facilities;
  const { count, effects: had } = facility === undefined || only === undefined ? group : only;
  const shown = { jobId: example.id, name: example.name, message: example.message };
  return [{ error: cause, queue, count, firstAt, lastAt, example: shown, effects: had, facilities }];
}

/** Cause and facility as the queue takes them. */
export function jobFilter(error: string | undefined, facilityId: string | undefined) {
  return { ...(error !== undefined && { cause: error }), ...(facilityId !== undefined && { facility: facilityId }) };
}
