// Retrying many failed jobs: a loop outside any request, so that neither a browser nor a proxy gives up on it halfway. Only this
// process remembers how far each is. One that ended with its board is simply asked for again: what was not retried is still failed,
// and retrying a job twice changes nothing.
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Database } from "@inventory-sync/db";
import { endsText, messageOf } from "@inventory-sync/domain";
import { createRetry, type JobFilter, type Retry, recordAction, retryEnds, retrying } from "@inventory-sync/operator";
import type { Queues, RetryProgress } from "@inventory-sync/queue";
import type { Logger } from "@inventory-sync/runtime";
import { z } from "zod";
import { Problem } from "./problem.ts";

/** How far one retry is. */
export const retryRun = z.object({
  retryId: z.uuid(),
  startedAt: z.iso.datetime(),
  /** `stopped` with its board, before its end. */
  state: z.enum(["running", "done", "failed", "stopped"]),
  /** Which jobs, in words. */
  target: z.string(),
  who: z.string(),
  /** Failed jobs there were to look at when it began. */
  total: z.int(),
  looked: z.int(),
  retried: z.int(),
  /** What became of those retried, so far; null when they are too many to be followed. */
  ends: retryEnds.nullable(),
  error: z.string().nullable(),
  finishedAt: z.iso.datetime().nullable(),
});
export type RetryRun = z.infer<typeof retryRun>;

/** Which jobs are to be retried, and for which operator. */
export interface RetryRequest {
  readonly filter: JobFilter;
  readonly who: string;
  readonly role: string;
  readonly by: "session" | "token";
}

/** The retries of this process. */
export type Retries = ReturnType<typeof createRetries>;

const WAIT_MS_MAX = 5_000;
const RUNNING_MAX = 4;
const ENDED_KEPT_MAX = 20;
const ENDED_KEPT_MS = 60 * 60_000;

/** @param database for the audit log, and for what was retried */
export function createRetries(database: Database, queues: Queues, log: Logger) {
  let runs: readonly RetryRun[] = [];
  const working = new Set<Promise<void>>();
  const stopping = new AbortController();

  /** Those that run or ended within the last hour, newest first. */
  const latest = (): readonly RetryRun[] => {
    const ended = runs.filter(({ finishedAt }) => finishedAt !== null);
    const isKept = (run: RetryRun) => Date.now() - Date.parse(run.finishedAt ?? "") < ENDED_KEPT_MS;
    const kept = ended.slice(0, ENDED_KEPT_MAX).filter(isKept);
    runs = runs.filter((run) => run.finishedAt === null || kept.includes(run));
    return runs;
  };

  const work = async (run: RetryRun, filter: JobFilter, retry: Retry): Promise<void> => {
    const onProgress = ({ looked, retried }: RetryProgress) => void Object.assign(run, { looked, retried });
    try {
      onProgress(await retry.run(filter, { onProgress, signal: stopping.signal }));
      run.ends = retry.ends() ?? null;
      run.state = stopping.signal.aborted ? "stopped" : "done";
    } catch (error) {
      log.error({ err: error, retryId: run.retryId }, "failed jobs could not all be retried");
      run.state = "failed";
      run.error = messageOf(error);
    }
    run.finishedAt = new Date().toISOString();
  };

  /** Tells the run what becomes of its jobs, once it has ended itself. */
  const follow = (run: RetryRun, retry: Retry): Promise<void> =>
    retry
      .follow(stopping.signal, () => {
        run.ends = retry.ends() ?? null;
      })
      .catch((error: unknown) =>
        log.warn({ err: error, retryId: run.retryId }, "retried jobs are not followed further"),
      );

  const noteEnd = async (run: RetryRun, { who, role, by }: RetryRequest): Promise<void> => {
    const action = { who, role, by, what: `${retrying.what}: the end`, target: run.target, address: null };
    await recordAction(database, action, retryOutcome(run)).catch((error: unknown) =>
      log.error({ err: error, audit: true, ...action }, "the audit log could not be written"),
    );
  };

  return {
    latest,
    /**
     * Begins one and resolves once it has ended, or after `waitMsMax`: then it goes on, and its end is noted in the audit log. What is
     * returned goes on changing until then.
     * @throws Problem 409 while too many are running
     */
    async start(request: RetryRequest, waitMsMax = WAIT_MS_MAX): Promise<RetryRun> {
      const { filter, who } = request;
      const total = filter.ids?.length ?? (await queues.failedMark(filter)).total;
      if (latest().filter(({ state }) => state === "running").length >= RUNNING_MAX)
        throw new Problem("conflict", `${RUNNING_MAX} retries are running already. Ask again when one has ended.`);
      const about = { startedAt: new Date().toISOString(), target: retrying.target(filter), who, total };
      const nothingYet = { looked: 0, retried: 0, ends: null, error: null, finishedAt: null };
      const run: RetryRun = { retryId: randomUUID(), state: "running", ...about, ...nothingYet };
      runs = [run, ...runs];
      let isLeft = false;
      const retry = createRetry({ database, queues }, who);
      const ended = work(run, filter, retry).then(() => (isLeft ? noteEnd(run, request) : undefined));
      const followed = ended.then(() => follow(run, retry));
      working.add(followed);
      void followed.finally(() => working.delete(followed));
      await Promise.race([ended, sleep(waitMsMax, undefined, { ref: false })]);
      isLeft = run.state === "running";
      return run;
    },
    /** Stops all of them after the page that is under way. */
    async stop(): Promise<void> {
      stopping.abort();
      await Promise.allSettled(working);
    },
  };
}

/** What became of its jobs so far: "69 done, 21 failed again"; how many were retried where that is not known. */
export function retryEndsText({ retried, ends }: RetryRun): string {
  return ends === null || retried === 0 ? retrying.outcome(retried) : endsText(ends);
}

/** How a retry stands, in a sentence. */
export function retryOutcome({ state, retried, retryId, error }: RetryRun): string {
  const jobs = retrying.outcome(retried);
  if (state === "running") return `${jobs} so far; it goes on as retry ${retryId}`;
  if (state === "done") return jobs;
  return `${jobs}, then ${state === "stopped" ? "the board stopped" : `it failed: ${error}`}`;
}
