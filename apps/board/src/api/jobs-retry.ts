// "Try these again": failed jobs of one cause, of one facility, or a list. Up to a few seconds' worth is done before the
// answer; more goes on in the background and can be followed.
import { setTimeout as sleep } from "node:timers/promises";
import { recordAction } from "@inventory-sync/db";
import type { Response } from "express";
import { z } from "zod";
import { askQueue } from "../ask-queue.ts";
import { pathUuid, readBody } from "../asked.ts";
import { sayOutcome } from "../audit.ts";
import type { Endpoint } from "../endpoint.ts";
import type { Parts } from "../parts.ts";
import { identityOf } from "../people/identity.ts";
import { Problem } from "../problem.ts";
import type { RetryFilter, RetryRun } from "../retries.ts";
import { jobFilter } from "./jobs.ts";

const JOB_IDS_MAX = 10_000;
/** A request waits so long for the end; then it is answered with how far it is. */
const ANSWER_MS_MAX = 5_000;

const retryBody = z
  .strictObject({
    error: z.string().min(1, "must name a cause, such as UNKNOWN_PRODUCT").optional(),
    facilityId: z.string().min(1, "must name a facility").optional(),
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
  looked: z.int(),
  retried: z.int(),
  error: z.string().nullable(),
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
    const { error, facilityId, jobIds } = readBody(request, retryBody);
    const filter = { ...jobFilter(error, facilityId), ...(jobIds !== undefined && { ids: jobIds }) };
    const run = await beginRetry(parts, response, { filter, target: retryTarget(request) });
    sayOutcome(response, retryOutcome(run));
    if (run.state === "running") {
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
  summary: "How far a retry of many jobs is; a board that was started anew has forgotten it",
  answers: { 200: { description: "Its progress", schema: progress } },
  handle({ retries }, request, response) {
    const run = retries.find(pathUuid(request, "id") ?? "");
    if (!run) {
      const detail = "There is no retry of this id on this board. What was not retried is still failed: ask again.";
      throw new Problem("not-found", detail);
    }
    response.json(run);
  },
};

/** Begins a retry and waits for its end, for a while. What goes on in the background is audited once more at its end. */
export async function beginRetry(
  parts: Parts,
  response: Response,
  { filter, target }: { readonly filter: RetryFilter; readonly target: string },
): Promise<RetryRun> {
  const { name, role, by } = identityOf(response);
  const action = { who: name, role, by, what: "retry failed jobs: the end", target, address: null };
  let isAnswered = false;
  const started = await askQueue(parts.queues, async () =>
    parts.retries.start(filter, async (run) => {
      if (!isAnswered) return;
      await recordAction(parts.database, action, retryOutcome(run)).catch((error: unknown) =>
        parts.log.error({ err: error, audit: true, ...action, ...run }, "the audit log could not be written"),
      );
    }),
  );
  const timer = new AbortController();
  await Promise.race([started.ended, sleep(ANSWER_MS_MAX, undefined, { signal: timer.signal }).catch(() => undefined)]);
  timer.abort();
  isAnswered = true;
  const run = started.now();
  if (run.state === "failed" || run.state === "stopped") {
    const detail = `${retryOutcome(run)}. What was not retried is still failed: ask again.`;
    throw new Problem("unavailable", detail, { headers: { "retry-after": "5" } });
  }
  return run;
}

/** How a retry stands, in a sentence. */
export function retryOutcome({ state, retried, retryId, error }: RetryRun): string {
  const jobs = `${retried} ${retried === 1 ? "job is" : "jobs are"} tried again`;
  if (state === "running") return `${jobs} so far; it goes on as retry ${retryId}`;
  if (state === "done") return jobs;
  return `${jobs}, then it ${state === "failed" ? `failed: ${error}` : "was stopped with the board"}`;
}

/** The filter as it was sent; a body with faults is refused later, and stands in the audit log as it is. */
function retryTarget({ body }: { readonly body?: unknown }): string {
  const { error, facilityId, jobIds } = (body ?? {}) as Readonly<Record<string, unknown>>;
  const named = [
    error !== undefined && `cause ${String(error)}`,
    facilityId !== undefined && `facility ${String(facilityId)}`,
    Array.isArray(jobIds) && `${jobIds.length} jobs: ${jobIds.slice(0, 10).map(String).join(", ")}`,
  ].filter((each) => each !== false);
  return named.join(", ") || "nothing was named";
}
