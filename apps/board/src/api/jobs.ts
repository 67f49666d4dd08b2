// Failed jobs: what failed, by cause or one by one, and "try these again". Up to a few seconds' worth of retrying is done before the
// answer; more goes on in the background and can be followed.
import {
  type FailedGroup,
  failedGroup,
  failedJob,
  type JobFilter,
  jobFilter,
  listFailedJobs,
  refuseHopeless,
  retrying,
} from "@inventory-sync/operator";
import { queueNames } from "@inventory-sync/queue";
import type { Request, Response } from "express";
import { z } from "zod";
import {
  badParameter,
  LIMIT_MAX,
  pageLimit,
  pageOf,
  pageParameters,
  pathName,
  queryText,
  readBody,
  refuseCursor,
} from "../asked.ts";
import { sayOutcome } from "../audit.ts";
import { type Endpoint, type QueryParameter, textQuery } from "../endpoint.ts";
import type { Parts } from "../parts.ts";
import { identityOf } from "../people/identity.ts";
import { askQueue, Problem, tellQueue } from "../problem.ts";
import { type RetryRun, retryOutcome, retryRun } from "../retries.ts";
import { apiRead } from "./calls.ts";
import { asCsv } from "./listed.ts";

const GROUP_ERROR = "error";
/** Then it is told how far the count is. */
const COUNT_MS_MAX = 5_000;

export const facilityParameter: QueryParameter = textQuery("facilityId", "Only jobs of this facility");

/** Which jobs the query asks for: of a cause, of a facility. */
export function askedFilter(request: Request): JobFilter {
  return jobFilter({ error: queryText(request, "error"), facilityId: queryText(request, "facilityId") });
}

export const getFailedJobs = apiRead({
  path: "/api/jobs/failed",
  summary: "Failed jobs: by cause with groupBy=error, else one by one",
  query: [
    {
      name: "groupBy",
      description:
        "error: one row for each queue and cause, most frequent first; `looked` of `total` are counted when there are very many",
      schema: { type: "string", enum: [GROUP_ERROR] },
    },
    textQuery("error", "Only failures of this cause, such as EVENT_ID_REUSED"),
    facilityParameter,
    ...pageParameters,
  ],
  answer: {
    description: "Groups (groupBy=error; nextCursor is null then), or a page of jobs",
    schema: z.union([
      pageOf(failedGroup).extend({ total: z.int(), looked: z.int(), countedAt: z.iso.datetime().nullable() }),
      pageOf(failedJob),
    ]),
  },
  async read(parts, request) {
    const { queues, failedCounter } = parts;
    const groupBy = queryText(request, "groupBy");
    if (groupBy !== undefined && groupBy !== GROUP_ERROR) throw badParameter("groupBy", 'can only be "error"');
    const [error, facilityId] = [queryText(request, "error"), queryText(request, "facilityId")];
    if (groupBy === GROUP_ERROR) {
      const { groups, total, looked, countedAt } = await askQueue(queues, () => failedCounter.now(COUNT_MS_MAX));
      const ofCause = groups.filter((group) => error === undefined || group.error === error);
      const items = facilityId === undefined ? ofCause : ofCause.flatMap((group) => atFacility(group, facilityId));
      return { items, nextCursor: null, total, looked, countedAt };
    }
    const page = { limit: pageLimit(request), cursor: queryText(request, "cursor") };
    return failedPage(parts, jobFilter({ error, facilityId }), page);
  },
});

export const getFailedJobsCsv = asCsv({
  path: "/api/jobs/failed",
  summary: "Failed jobs one by one, newest first queue by queue",
  query: [textQuery("error", "Only failures of this cause"), facilityParameter],
  item: failedJob,
  async *pages(parts: Parts, request) {
    const filter = askedFilter(request);
    let cursor: string | undefined;
    do {
      const { items, nextCursor } = await failedPage(parts, filter, { limit: LIMIT_MAX, cursor });
      yield items;
      cursor = nextCursor ?? undefined;
    } while (cursor !== undefined);
  },
});

/** A page of failed jobs. @throws Problem 400 when the cursor is none of it, 503 while the queue is away */
export async function failedPage(
  parts: Parts,
  filter: JobFilter,
  page: Parameters<typeof listFailedJobs>[2],
): ReturnType<typeof listFailedJobs> {
  return askQueue(parts.queues, () => listFailedJobs(parts, filter, page)).catch(refuseCursor);
}

/** What a group has of one facility: none when that is nothing. */
function atFacility(group: FailedGroup, facilityId: string): FailedGroup[] {
  const facilities = group.facilities.filter((each) => each.facilityId === facilityId);
  return facilities.map(({ count, effects }) => ({ ...group, count, effects, facilities }));
}

const JOB_IDS_MAX = 10_000;

const askedJobs = z.strictObject({
  error: z.string().min(1, "must name a cause, such as UNKNOWN_PRODUCT").optional(),
  facilityId: z.string().min(1, "must name a facility").optional(),
  queue: z.enum(queueNames, { error: `must be one of ${queueNames.join(", ")}` }).optional(),
  jobIds: z
    .array(z.string().min(1))
    .min(1, "must name at least one job")
    .max(JOB_IDS_MAX, `must name at most ${JOB_IDS_MAX} jobs`)
    .optional(),
});

/** Which jobs are meant, with what else is asked of them. */
export function aboutJobs<Shape extends z.ZodRawShape>(more: z.ZodObject<Shape>) {
  return askedJobs.extend(more.shape).superRefine((body: z.infer<typeof askedJobs>, context) => {
    const byFilter = body.error !== undefined || body.facilityId !== undefined;
    if (byFilter === (body.jobIds !== undefined)) {
      const message = 'must say which jobs: "error" or "facilityId" (or both), or else a list of "jobIds"';
      context.addIssue({ code: "custom", message });
    }
  });
}

const retryBody = aboutJobs(z.object({ anyway: z.boolean().optional() }));

export const postRetry: Endpoint = {
  method: "post",
  path: "/api/jobs/retry",
  access: "operator",
  summary: "Tries failed jobs again: all of one cause, all of one facility, or a list",
  body: retryBody,
  audit: (request) => ({ what: retrying.what, target: retrying.target(jobFilter(readBody(request, retryBody))) }),
  answers: {
    200: {
      description: "How many were put back; GET /api/jobs/retries/{id} says what becomes of them",
      schema: z.object({ retried: z.int(), retryId: z.uuid() }),
    },
    202: {
      description: "There are many: it goes on, and GET /api/jobs/retries/{id} says how far it is",
      schema: retryRun,
    },
    409: {
      description:
        "Too many retries are running already; or retrying can never help this cause (EVENT_ID_REUSED, BAD_PAYLOAD and the like), and " +
        "`anyway` is not true",
    },
  },
  async handle(parts, request, response) {
    const body = readBody(request, retryBody);
    refuseHopeless(jobFilter(body), body.anyway);
    const run = await beginRetry(parts, response, jobFilter(body));
    if (run.state === "done") response.json({ retried: run.retried, retryId: run.retryId });
    else response.status(202).set("location", `/api/jobs/retries/${run.retryId}`).json(run);
  },
};

/**
 * Begins a retry and waits for its end, for a while. How it stands then is its outcome in the audit log; what goes on in the
 * background has an entry of its own at its end.
 * @throws Problem 409 while too many are running, 503 when the queue is away or the retry ended before its time
 */
export async function beginRetry({ queues, retries }: Parts, response: Response, filter: JobFilter): Promise<RetryRun> {
  const { name, role, by } = identityOf(response);
  const run = await tellQueue(queues, () => retries.start({ filter, who: name, role, by }));
  if (run.state === "failed" || run.state === "stopped") {
    const detail = `${retryOutcome(run)}. What was not retried is still failed: ask again.`;
    throw new Problem("unavailable", detail, { retryAfterS: 5 });
  }
  sayOutcome(response, retryOutcome(run));
  return run;
}

export const getRetry = apiRead({
  path: "/api/jobs/retries/{id}",
  summary: "How far a retry is, or how it and its jobs ended within the last hour",
  answer: { description: "Its progress", schema: retryRun },
  read({ retries }, request) {
    const id = pathName(request, "id").toLowerCase();
    const run = retries.latest().find(({ retryId }) => retryId === id);
    if (run) return run;
    throw new Problem(
      "not-found",
      "This board knows no retry of this id: it ended over an hour ago, or with a board that has stopped since. What was not " +
        "retried is still failed: retry it again; what was retried already is left alone.",
    );
  },
});
