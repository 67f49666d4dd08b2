// "Try these again": failed jobs of one cause, of one facility, or a list. Up to a few seconds' worth is done before the
// answer; more goes on in the background and can be followed.
import { setTimeout as sleep } from "node:timers/promises";
import { findJobRetry } from "@inventory-sync/db";
import { queueNames } from "@inventory-sync/queue";
import type { Request, Response } from "express";
import { z } from "zod";
import { askQueue } from "../ask-queue.ts";
import { pathUuid, readBody } from "../asked.ts";
import { sayOutcome } from "../audit.ts";
import type { Endpoint } from "../endpoint.ts";
import type { Parts } from "../parts.ts";
import { identityOf } from "../people/identity.ts";
import { Problem } from "../problem.ts";
import { type RetryFilter, type RetryRun, retryOutcome, runOf } from "../retries.ts";
import { jobFilter } from "./jobs.ts";

const JOB_IDS_MAX = 10_000;
/** A request waits so long for the end; then it is answered with how far it is. */
const ANSWER_MS_MAX = 5_000;

const retryBody = z
  .strictObject({
    error: z.string().min(1, "must name a cause, such as UNKNOWN_PRODUCT").optional(),
    facilityId: z.string().min(1, "must name a facility").optional(),
    queue: z.enum(queueNames, { error: `must be one of ${queueNames.join(", ")}` }).optional(),
    jobIds: z
      .array(z.string().min(1))
      .min(1, "must name at least one job")
      .max(JOB_IDS_MAX, `must name at most ${JOB_IDS_MAX} jobs`)
      .optional(),
  })
  .superRefine((body, context) => {
    const byFilter = body.error !== undefined || body.facilityId !== undefined;
    if (byFilter === (body.jobIds !== undefined)) {
      const message = 'must say what to retry: "error" or "facilityId" (or both), or else a list of "jobIds"';
      context.addIssue({ code: "custom", message });
    }
  });

const progress = z.object({
  retryId: z.uuid(),
  startedAt: z.iso.datetime(),
  state: z.enum(["running", "done", "failed", "stopped"]),
  target: z.string(),
  who: z.string(),
  total: z.int(),
  looked: z.int(),
  retried: z.int(),
  error: z.string().nullable(),
  finishedAt: z.iso.datetime().nullable(),
});

/** POST /api/jobs/retry */
export const postRetry: Endpoint = {
  method: "post",
  path: "/api/jobs/retry",
  access: "operator",
  summary: "Tries failed jobs again: all of one cause, all of one facility, or a list",
  body: retryBody,
  audit: { what: "retry failed jobs", target: retryTarget },
  answers: {
    200: { description: "How many were put back", schema: z.object({ retried: z.int() }) },
    202: {
      description: "There are many: it goes on, and GET /api/jobs/retries/{id} says how far it is",
      schema: progress,
    },
    409: { description: "Too many retries are running already" },
  },
  async handle(parts, request, response) {
    const { error, facilityId, queue, jobIds } = readBody(request, retryBody);
    const filter = {
      ...jobFilter(error, facilityId),
      ...(queue !== undefined && { queue }),
      ...(jobIds !== undefined && { ids: jobIds }),
    };
    const run = await beginRetry(parts, response, { filter, target: retryTarget(request) });
    sayOutcome(response, retryOutcome(run));
    if (run.state !== "done") {
      response.status(202).set("location", `/api/jobs/retries/${run.retryId}`).json(run);
      return;
    }
    response.json({ retried: run.retried });
  },
};

/** GET /api/jobs/retries/{id} */
export const getRetry: Endpoint = {
  method: "get",
  path: "/api/jobs/retries/{id}",
  access: "viewer",
  summary: "How far a retry of many jobs is; one whose board stopped goes on when a board is back",
  answers: { 200: { description: "Its progress", schema: progress } },
  async handle({ database }, request, response) {
    const id = pathUuid(request, "id");
    const retry = id === undefined ? undefined : await findJobRetry(database, id);
    if (!retry) throw new Problem("not-found", "There is no retry of this id. What was not retried is still failed.");
    response.json(runOf(retry));
  },
};

/** Begins a retry and waits for its end, for a while. What goes on in the background is audited once more at its end. */
export async function beginRetry(
  parts: Parts,
  response: Response,
  { filter, target }: { readonly filter: RetryFilter; readonly target: string },
): Promise<RetryRun> {
  const { name, role, by } = identityOf(response);
  const started = await askQueue(parts.queues, () => parts.retries.start({ filter, target, who: name, role, by }));
  const timer = new AbortController();
  const isOver = await Promise.race([
    started.ended.then(() => true),
    sleep(ANSWER_MS_MAX, false, { signal: timer.signal }).catch(() => false),
  ]);
  timer.abort();
  if (!isOver) started.leave();
  const retry = await findJobRetry(parts.database, started.retryId);
  if (!retry) throw new Error(`the retry ${started.retryId} is not on record`);
  const run = runOf(retry);
  if (run.state === "failed") {
    const detail = `${retryOutcome(run)}. What was not retried is still failed: ask again.`;
    throw new Problem("unavailable", detail, { headers: { "retry-after": "5" } });
  }
  return run;
}

/** The filter as it was sent. */
function retryTarget(request: Request): string {
  const { error, facilityId, queue, jobIds } = readBody(request, retryBody);
  const named = [
    error !== undefined && `cause ${error}`,
    facilityId !== undefined && `facility ${facilityId}`,
    queue !== undefined && `queue ${queue}`,
    jobIds !== undefined && `${jobIds.length} jobs: ${jobIds.slice(0, 10).join(", ")}`,
  ].filter((each) => each !== false);
  return named.join(", ");
}
