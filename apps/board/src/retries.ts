// Trying many failed jobs again: page by page and outside any request, so that neither a browser nor a proxy gives up on it
// halfway. How far each is stands in the database, so that one that a board had under way when it stopped, or died, is gone
// on with by the next board that starts, or by another that runs.
import { randomUUID } from "node:crypto";
import {
  beginJobRetry,
  claimJobRetries,
  type Database,
  endJobRetry,
  findJobRetry,
  type JobRetryView,
  recordAction,
  saveJobRetry,
} from "@inventory-sync/db";
import { type FailedFilter, type Queues, queueNames, type RetryPlace } from "@inventory-sync/queue";
import type { Logger } from "@inventory-sync/runtime";
import { z } from "zod";
import { Problem } from "./problem.ts";

/** Which failed jobs: all of a queue, a cause, a facility, or those listed. */
export type RetryFilter = FailedFilter & { readonly ids?: readonly string[] };

/** Who wants which jobs tried again; `target` says it in words. */
export interface RetryAsked {
  readonly filter: RetryFilter;
  readonly target: string;
  readonly who: string;
  readonly role: string;
  readonly by: "session" | "token";
}

/** How far one retry is. */
export interface RetryRun {
  readonly retryId: string;
  readonly startedAt: string;
  /** `stopped` with its board; the next one goes on. */
  readonly state: JobRetryView["state"];
  readonly target: string;
  readonly who: string;
  /** Failed jobs there were to look at when it began. */
  readonly total: number;
  readonly looked: number;
  readonly retried: number;
  readonly error: string | null;
  readonly finishedAt: string | null;
}

/** The retries of this process. */
export interface Retries {
  /**
   * Begins one. `ended` resolves when this process is through with it, however that ended; what ends later than
   * `leave` was called is noted in the audit log.
   * @throws Problem 409 while too many are running
   */
  start(asked: RetryAsked): Promise<{ readonly retryId: string; readonly ended: Promise<void>; leave(): void }>;
  /** Goes on with what another board, or this one before it stopped, had under way. */
  resume(): Promise<void>;
  /** Stops all of them after the page that is under way, and leaves them to the next board. */
  stop(): Promise<void>;
}

const RUNNING_MAX = 4;
/** A retry whose board has said nothing for so long is taken over. */
const SILENT_S_MAX = 60;

const filterSchema = z.object({
  queue: z.enum(queueNames).optional(),
  cause: z.string().optional(),
  facility: z.string().optional(),
  ids: z.array(z.string()).optional(),
});

/** @param database where they are on record */
export function createRetries(database: Database, queues: Queues, log: Logger): Retries {
  const owner = randomUUID();
  const running = new Set<Promise<void>>();
  const stopping = new AbortController();

  const carryOut = async (retry: JobRetryView, isNoted: () => boolean): Promise<void> => {
    const mine = { id: retry.id, owner };
    const lost = new AbortController();
    const signal = AbortSignal.any([stopping.signal, lost.signal]);
    const onProgress = async (progress: RetryPlace): Promise<void> => {
      // Retrying twice does no harm, so a place that cannot be noted is no reason to stop.
      const isMine = await saveJobRetry(database, mine, progress).catch(() => true);
      if (!isMine) lost.abort();
    };
    try {
      const from = retry.place === null ? undefined : { ...retry, place: retry.place };
      const filter = filterOf(retry.filter);
      const done = await queues.retryFailed({
        ...filter,
        until: retry.startedAt,
        ...(from && { from }),
        onProgress,
        signal,
      });
      if (lost.signal.aborted) return;
      const state = stopping.signal.aborted ? "stopped" : "done";
      // A page without failed jobs tells of no progress.
      if (state === "done") await saveJobRetry(database, mine, { ...done, place: null }).catch(() => undefined);
      await endJobRetry(database, mine, { state, error: null });
    } catch (error) {
      log.error({ err: error, retryId: retry.id }, "failed jobs could not all be tried again");
      const said = error instanceof Error ? error.message : String(error);
      await endJobRetry(database, mine, { state: "failed", error: said }).catch(() => undefined);
    }
    if (isNoted()) await noteEnd(retry.id);
  };

  const noteEnd = async (id: string): Promise<void> => {
    const run = await findJobRetry(database, id).catch(() => undefined);
    if (run === undefined || run.state === "stopped") return;
    const { who, role, target } = run;
    const by = run.by === "token" ? "token" : "session";
    const action = { who, role, by, what: "retry failed jobs: the end", target, address: null } as const;
    await recordAction(database, action, retryOutcome(runOf(run))).catch((error: unknown) =>
      log.error({ err: error, audit: true, ...action }, "the audit log could not be written"),
    );
  };

  const keep = (work: Promise<void>): void => {
    running.add(work);
    void work.finally(() => running.delete(work));
  };

  return {
    async start({ filter, ...asked }) {
      const total = filter.ids?.length ?? (await queues.failedMark(filter)).total;
      const retry = await beginJobRetry(database, { ...asked, filter, total, owner, id: randomUUID() }, RUNNING_MAX);
      if (retry === undefined)
        throw new Problem("conflict", `${RUNNING_MAX} retries are running already. Ask again when one has ended.`);
      let isLeft = false;
      const ended = carryOut(retry, () => isLeft);
      keep(ended);
      const leave = () => {
        isLeft = true;
      };
      return { retryId: retry.id, ended, leave };
    },
    async resume() {
      if (stopping.signal.aborted) return;
      for (const retry of await claimJobRetries(database, { owner, silentSeconds: SILENT_S_MAX })) {
        log.info({ retryId: retry.id, target: retry.target, retried: retry.retried }, "a retry of failed jobs goes on");
        keep(carryOut(retry, () => true));
      }
    },
    async stop() {
      stopping.abort();
      await Promise.allSettled(running);
    },
  };
}

/** A retry as it is told. */
export function runOf(retry: JobRetryView): RetryRun {
  const { id, startedAt, finishedAt, state, target, who, total, looked, retried, error } = retry;
  return {
    ...{ retryId: id, startedAt: startedAt.toISOString(), state, target, who, total, looked, retried, error },
    finishedAt: finishedAt?.toISOString() ?? null,
  };
}

/** How a retry stands, in a sentence. */
export function retryOutcome({ state, retried, retryId, error }: RetryRun): string {
  const jobs = `${retried} ${retried === 1 ? "job is" : "jobs are"} tried again`;
  if (state === "running") return `${jobs} so far; it goes on as retry ${retryId}`;
  if (state === "done") return jobs;
  if (state === "stopped") return `${jobs} so far; it goes on as retry ${retryId} when the board is back`;
  return `${jobs}, then it failed: ${error}`;
}

function filterOf(kept: unknown): RetryFilter {
  const given = filterSchema.parse(kept);
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as RetryFilter;
}
