// The consumer: takes jobs from a queue and does to each, here alone, what its fate asks for (R14).
//
//   the handler's fate             the job …                                               attempts used
//   done                           is done; its result is shown                             1
//   rejected                       fails at once, its reason begins with the code           1
//   deferred                       is delayed and comes back                                0
//   waits-for-children             sleeps until its children have ended, then runs again    0
//   retry                          is retried later, failed after the last attempt          1
//   retry, by an AssertionError    fails at once: our bug, logged as fatal                  1
//   its process dies               is found stalled and runs again; see suspects.ts         0

import { AssertionError } from "node:assert";
import type { StockEvent } from "@inventory-sync/domain";
import { DelayedError, type Job, UnrecoverableError, WaitingChildrenError, type Worker } from "bullmq";
import type { QueueName } from "../catalog.ts";
import { within } from "../deadline.ts";
import { codeOf, withCode } from "../failure.ts";
import { isConnectionError, messageOf } from "../outage.ts";
import type { Queues } from "../queues.ts";
import { deferralMs, deferralsOf } from "./deferral.ts";
import type { ConsumeOptions, Consumer, Fate, Handler, JobAbout, JobEnded, JobResult } from "./fates.ts";
import { runHandler } from "./run-handler.ts";
import { createSuspectsAlone } from "./suspects.ts";

/** The signal of jobs that are never told to stop. */
const neverAborted = new AbortController().signal;

/** Starts a worker on a queue. It waits for the server when it is away, and goes on when it is back. */
export function consume<Name extends QueueName>(
  queues: Queues,
  queue: Name,
  handler: Handler<Name>,
  options: ConsumeOptions,
): Consumer {
  const { connection, log } = queues;
  const parts = { queue, handler, log, suspectsAlone: createSuspectsAlone() };
  let inFlight = 0;

  const run = async (job: Job, token: string | undefined, signal: AbortSignal | undefined) => {
    const settling = { queue, queues, options, token: token ?? "", ended: reportEnd(queue, job, options) };
    const runOnce = () => runHandler(parts, job, signal ?? neverAborted);
    inFlight += 1;
    try {
      return await settle(await runOnce(), job, { ...settling, runOnce });
    } finally {
      inFlight -= 1;
    }
  };

  // BullMQ counts the declared parameters: with three, none with a default, it gives a signal; with two it makes none.
  const processor =
    options.isCancellable === false
      ? (job: Job, token: string | undefined) => run(job, token, undefined)
      : (job: Job, token: string | undefined, signal: AbortSignal | undefined) => run(job, token, signal);
  const chains = options.chains ?? 1;
  const share = (jobs: number): number => Math.max(1, Math.ceil(jobs / chains));
  const workers = Array.from({ length: chains }, () =>
    connection.worker(queue, processor, { concurrency: share(options.concurrency) }),
  );
  for (const worker of workers) watch(worker, { queue, queues, options });

  return {
    queue,
    isRunning: () => workers.every((worker) => worker.isRunning()) && connection.outage.state() === "up",
    inFlight: () => inFlight,
    limit(jobs) {
      for (const worker of workers) worker.concurrency = share(jobs);
    },
    async close({ graceMs }) {
      await Promise.all(workers.map((worker) => closeWithin(graceMs, worker, queue)));
      return { unfinished: inFlight };
    },
  };
}

interface Watched {
  readonly queue: QueueName;
  readonly queues: Queues;
  readonly options: ConsumeOptions;
}

function watch(worker: Worker, { queue, queues: { connection, log }, options }: Watched): void {
  worker.on("error", (error) => {
    if (isConnectionError(error)) connection.outage.down(error);
    else log.warn({ queue, reason: error.message }, "queue worker");
  });
  worker.on("stalled", (jobId) => {
    log.warn({ queue, jobId }, "a worker died or hung under this job; it runs again");
    options.onStalled?.(queue);
  });
  worker.on("lockRenewalFailed", (jobIds) => {
    log.warn({ queue, jobs: jobIds.length }, "lost the lock of jobs in hand; another worker may run them too");
    options.onLocksLost?.(queue, jobIds.length);
    for (const jobId of jobIds) worker.cancelJob(jobId, "lock lost");
  });
}

async function closeWithin(graceMs: number, worker: Worker, queue: QueueName): Promise<void> {
  try {
    await within(graceMs, `closing the worker of ${queue}`, worker.close());
  } catch {
    worker.cancelAllJobs("the worker is stopping");
    void worker.disconnect().catch(() => undefined);
  }
}

type Ended = (fate: JobEnded["fate"], failure?: { readonly code: string; readonly message: string }) => void;

/** Tells `onEnded` how the job ended and how long it took. */
function reportEnd(queue: QueueName, job: Job, options: ConsumeOptions): Ended {
  const startedAt = performance.now();
  return (fate, failure) => {
    const durationMs = performance.now() - startedAt;
    const why = failure === undefined ? {} : { ...failure, about: aboutOf(job) };
    options.onEnded?.({ queue, fate, jobId: job.id ?? "", jobName: job.name, durationMs, ...why });
  };
}

/** Read with care: a job that was added by hand may carry anything. */
function aboutOf(job: Job): JobAbout {
  const { events, facilityId, resetId } = (job.data ?? {}) as Partial<Record<string, unknown>>;
  const [event, ...more] = Array.isArray(events) ? (events as Partial<StockEvent>[]) : [];
  const ids = {
    facilityId: event?.facilityId ?? facilityId,
    resetId,
    ...(more.length === 0 && { eventId: event?.eventId }),
  };
  return Object.fromEntries(Object.entries(ids).filter(([, id]) => typeof id === "string"));
}

interface Settling {
  readonly queue: QueueName;
  readonly queues: Queues;
  readonly options: ConsumeOptions;
  readonly token: string;
  readonly ended: Ended;
  /** Runs the handler again. */
  readonly runOnce: () => Promise<Fate>;
}

/** Does to the job what its fate asks for: returns what BullMQ keeps of one that is done, else throws what tells BullMQ so. */
async function settle(fate: Fate, job: Job, parts: Settling): Promise<JobResult> {
  const { ended, token } = parts;
  switch (fate.fate) {
    case "done":
      ended("done");
      return fate.result;
    case "waits-for-children":
      return sleep(job, parts);
    case "deferred":
      await job.moveToDelayed(Date.now() + deferralMs(fate.retryAfterMs, deferralsOf(job)), token);
      ended("deferred", { code: "DEFERRED", message: fate.reason });
      throw new DelayedError(fate.reason);
    case "rejected": {
      const isPoison = fate.code === "POISON";
      if (isPoison) await setAside(job, parts);
      ended(isPoison ? "poison" : "rejected", fate);
      throw new UnrecoverableError(`${fate.code}: ${fate.message}`);
    }
    case "retry":
      throw failed(fate.error, job, parts);
  }
}

/** When all children have ended already, the handler runs once more and must find its end. */
async function sleep(job: Job, parts: Settling): Promise<JobResult> {
  if (await job.moveToWaitingChildren(parts.token)) {
    parts.ended("waiting-children");
    throw new WaitingChildrenError();
  }
  const again = await parts.runOnce();
  if (again.fate !== "waits-for-children") return settle(again, job, parts);
  const error = new Error("NO_CHILDREN: waits for children, but none is left; the watchdog starts a new generation");
  throw failed(error, job, parts);
}

/** What tells BullMQ that the job's attempt failed. */
function failed(error: unknown, job: Job, { queue, queues, ended }: Settling): Error {
  const failure = { code: codeOf(error), message: messageOf(error) };
  if (error instanceof AssertionError) {
    queues.log.fatal({ queue, jobId: job.id, jobName: job.name, err: error }, "a job met a state that cannot be");
    ended("failed", failure);
    return new UnrecoverableError(`ASSERTION: ${error.message}`);
  }
  ended(job.attemptsMade + 1 < (job.opts.attempts ?? 1) ? "retried" : "failed", failure);
  return withCode(error);
}

/** Raises the alarm for a poison job, and lets a later retry of it start afresh. */
async function setAside(job: Job, { queue, queues, options }: Settling): Promise<void> {
  const stalls = job.stalledCounter;
  const jobId = job.id ?? "";
  queues.log.error({ queue, jobId, jobName: job.name, stalls }, "a job was set aside: workers died under it");
  options.onPoison?.({ queue, jobId, jobName: job.name, stalls });
  await queues.connection.store.clearStalls(queue, jobId);
}
