// The consumer: takes jobs from a queue and decides, here alone, how each ends (R14).
//
//   the handler …                  the job …                                               attempts used
//   returns                        is done; what was returned is shown                      1
//   throws Rejected                fails at once, its reason begins with the code           1
//   throws Deferred                is delayed and comes back                                0
//   throws WaitForChildren         sleeps until its children have ended, then runs again    0
//   throws an AssertionError       fails at once: our bug, logged as fatal                  1
//   throws anything else           is retried later, failed after the last attempt          1
//   dies with its process          is found stalled and runs again; see quarantine.ts       0

import { AssertionError } from "node:assert";
import { Deferred, Rejected, type StockEvent } from "@inventory-sync/domain";
import { DelayedError, type Job, UnrecoverableError, WaitingChildrenError, type Worker } from "bullmq";
import type { QueueName } from "./catalog.ts";
import { within } from "./deadline.ts";
import { deferralMs, deferralsOf } from "./deferral.ts";
import { codeOf, withCode } from "./failure.ts";
import { isConnectionError, messageOf } from "./outage.ts";
import type { ConsumeOptions, Consumer, Handler, JobAbout, JobEnded } from "./outcomes.ts";
import { createQuarantine } from "./quarantine.ts";
import type { Queues } from "./queues.ts";
import { runHandler } from "./run-handler.ts";

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
  const parts = { queue, handler, log, quarantine: createQuarantine() };
  let inFlight = 0;

  const run = async (job: Job, token: string | undefined, signal: AbortSignal | undefined) => {
    const ended = reportEnd(queue, job, options);
    inFlight += 1;
    try {
      const result = await runHandler(parts, job, token ?? "", signal ?? neverAborted);
      ended("done");
      return result;
    } catch (error) {
      throw await endOf(error, job, token ?? "", { queue, queues, options, ended });
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

type Ended = (fate: JobEnded["fate"], error?: unknown) => void;

/** Tells `onEnded` how the job ended and how long it took. */
function reportEnd(queue: QueueName, job: Job, options: ConsumeOptions): Ended {
  const startedAt = performance.now();
  return (fate, error) => {
    const durationMs = performance.now() - startedAt;
    const code = error instanceof Rejected ? error.code : codeOf(error);
    const failure = error === undefined ? {} : { code, message: messageOf(error), about: aboutOf(job) };
    options.onEnded?.({ queue, fate, jobId: job.id ?? "", jobName: job.name, durationMs, ...failure });
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

interface EndParts {
  queue: QueueName;
  queues: Queues;
  options: ConsumeOptions;
  ended: Ended;
}

/** Does to the job what its error asks for, and gives the error that tells BullMQ so. */
async function endOf(error: unknown, job: Job, token: string, parts: EndParts): Promise<Error> {
  const { queue, queues, ended } = parts;
  if (error instanceof WaitingChildrenError) {
    ended("waiting-children");
    return error;
  }
  if (error instanceof Deferred) {
    await job.moveToDelayed(Date.now() + deferralMs(error.retryAfterMs, deferralsOf(job)), token);
    ended("deferred", error);
    return new DelayedError(error.message);
  }
  if (error instanceof Rejected) {
    const poison = error.code === "POISON";
    if (poison) await setAside(job, parts);
    ended(poison ? "poison" : "rejected", error);
    return new UnrecoverableError(`${error.code}: ${error.message}`);
  }
  if (error instanceof AssertionError) {
    queues.log.fatal({ queue, jobId: job.id, jobName: job.name, err: error }, "a job met a state that cannot be");
    ended("failed", error);
    return new UnrecoverableError(`ASSERTION: ${error.message}`);
  }
  ended(job.attemptsMade + 1 < (job.opts.attempts ?? 1) ? "retried" : "failed", error);
  return withCode(error);
}

/** Raises the alarm for a poison job, and lets a later retry of it start afresh. */
async function setAside(job: Job, { queue, queues, options }: EndParts): Promise<void> {
  const stalls = job.stalledCounter;
  const jobId = job.id ?? "";
  queues.log.error({ queue, jobId, jobName: job.name, stalls }, "a job was set aside: workers died under it");
  options.onPoison?.({ queue, jobId, jobName: job.name, stalls });
  await queues.connection.store.clearStalls(queue, jobId);
}
