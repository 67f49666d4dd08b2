// The consumer: takes jobs from a queue and does to each, here alone, what its fate asks for (R14).
//
//   the handler's fate             the job …                                               attempts used
//   done                           is done; its result is shown                             1
//   rejected                       fails at once, its reason begins with the code           1
//   deferred                       is delayed and comes back                                0
//   waits-for-children             sleeps until its children have ended, then runs again    0
//   retry                          is retried later, failed after the last attempt          1
//   retry, by an AssertionError    fails at once: our bug, logged as fatal                  1
//   its process dies               is found stalled and runs again; see run-handler.ts      0

import { AssertionError } from "node:assert";
import { withinMs } from "@inventory-sync/runtime";
import { hasNoRoom } from "@inventory-sync/runtime/unreachable";
import { DelayedError, type Job, UnrecoverableError, WaitingChildrenError, type Worker } from "bullmq";
import type { QueueName } from "../catalog.ts";
import type { QueueLog } from "../connection.ts";
import { codeOf, isUnreachable, isUnwilling, messageOf, withCode } from "../errors.ts";
import { aboutOf } from "../job-ids.ts";
import type { Queues } from "../queues.ts";
import { partOf } from "../shards.ts";
import type { ConsumeOptions, ConsumerListeners, Fate, Handler, JobEnded, JobResult } from "./fates.ts";
import { addLine, createRunner } from "./run-handler.ts";
import { limitTogether } from "./together.ts";

export type Consumer = ReturnType<typeof consume>;

/** Starts a worker on a queue, on all shards of it, those that are found later too. It waits for the server when it is away, and goes on when it is back. */
export function consume<Name extends QueueName>(
  queues: Queues,
  queue: Name,
  handler: Handler<Name>,
  options: ConsumeOptions,
) {
  const { connection, log } = queues;
  const { chains = 1, concurrency, together, onEnded } = options;
  const runHandler = createRunner(queue, handler, log);
  let inFlight = 0;

  const processor = async (job: Job, token = ""): Promise<JobResult> => {
    const startedAt = performance.now();
    const ended: Ended = (fate, failure) => {
      const why = failure && { code: failure.code, message: failure.message, about: aboutOf(job.data) };
      const durationMs = performance.now() - startedAt;
      onEnded?.({ queue, fate, jobId: job.id ?? "", jobName: job.name, durationMs, ...why });
    };
    const runAgain = () => runHandler(job);
    inFlight += 1;
    try {
      return await settle(await runAgain(), { job, token, queues, ended, runAgain });
    } finally {
      inFlight -= 1;
    }
  };
  const workers: Worker[] = [];
  let limit = concurrency;
  const spread = (): void => {
    const share = Math.max(1, Math.ceil(limit / workers.length));
    for (const worker of workers) worker.concurrency = share;
  };
  /** Where there are many shards each has one chain, and they have the limit together. */
  const begin = (shard: number): void => {
    const count = Math.ceil(chains / connection.shards.known().length);
    for (let chain = 0; chain < count; chain += 1) {
      const worker = connection.worker(queue, processor, { concurrency: 1, shard });
      watch(worker, queue, log, options);
      workers.push(worker);
    }
    spread();
  };
  const endLimiting = together && limitTogether(connection, { queue, together, log });
  const endLooking = queue === "events" ? connection.shards.each(begin) : begin(0);

  return {
    /** Sets how many jobs may be in flight from now on. */
    limit(jobs: number): void {
      limit = jobs;
      spread();
    },
    /** Stops fetching and waits for the jobs in flight, at most graceMs; what is left comes back elsewhere. */
    async close({ graceMs }: { graceMs: number }): Promise<{ unfinished: number }> {
      endLooking?.();
      if (endLimiting) endLimiting();
      // On PostgreSQL the pool waits for the connection of a worker that was given up, so nothing is won there.
      const mayGiveUp = () => connection.kind === "redis" && inFlight === 0;
      await Promise.all(workers.map((worker) => closeWithin(graceMs, worker, mayGiveUp)));
      return { unfinished: inFlight };
    },
  };
}

const sayAgainMs = 60_000;

/** A worker that asks again and again is told the same again and again: so often it is said. */
function sayNowAndThen(): (message: string) => boolean {
  let last = { message: "", atMs: 0 };
  return (message) => {
    const isSame = last.message === message && Date.now() - last.atMs < sayAgainMs;
    if (!isSame) last = { message, atMs: Date.now() };
    return isSame;
  };
}

function watch(worker: Worker, queue: QueueName, log: QueueLog, { onStalled, onLocksLost }: ConsumerListeners): void {
  const wasSaid = sayNowAndThen();
  worker.on("error", (error) => {
    const about = { queue, reason: error.message };
    // That the server is away is told once, by the connection; that it has no room or is not willing, by nothing else.
    const isTold = isUnreachable(error) && !hasNoRoom(error) && !isUnwilling(error);
    if (isTold || wasSaid(error.message)) log.debug(about, "queue worker");
    else log.warn(about, "queue worker");
  });
  worker.on("stalled", (jobId) => {
    log.warn({ queue, jobId }, "a worker died or hung under this job; it runs again");
    onStalled?.(queue);
  });
  worker.on("lockRenewalFailed", (jobIds) => {
    log.warn({ queue, jobs: jobIds.length }, "lost the lock of jobs in flight; another worker may run them too");
    onLocksLost?.(queue, jobIds.length);
  });
}

/** Without a job in hand only a server that is away keeps a worker, and that one is not waited for. */
const idleCloseMsMax = 1_500;

async function closeWithin(graceMs: number, worker: Worker, mayGiveUp: () => boolean): Promise<void> {
  const closed = worker.close();
  const idleMs = Math.min(graceMs, idleCloseMsMax);
  try {
    await withinMs(idleMs, closed).catch((error: unknown) => {
      if (mayGiveUp() || idleMs === graceMs) throw error;
      return withinMs(graceMs - idleMs, closed);
    });
  } catch {
    void worker.disconnect().catch(() => undefined);
  }
}

type Ended = (fate: JobEnded["fate"], failure?: { readonly code: string; readonly message: string }) => void;

interface Run {
  readonly job: Job;
  readonly token: string;
  readonly queues: Queues;
  readonly ended: Ended;
  readonly runAgain: () => Promise<Fate>;
}

/** Does to the job what its fate asks for: returns what BullMQ keeps of one that is done, else throws what tells BullMQ so. */
async function settle(fate: Fate, run: Run): Promise<JobResult> {
  switch (fate.fate) {
    case "done":
      if (fate.isForgotten) run.job.opts.removeOnComplete = true;
      run.ended("done");
      return fate.result;
    case "waits-for-children":
      return sleep(run);
    case "deferred":
      throw await deferred(fate, run);
    case "rejected":
      if (fate.code === "POISON") await setAside(run);
      run.ended(fate.code === "POISON" ? "poison" : "rejected", fate);
      throw new UnrecoverableError(`${fate.code}: ${fate.message}`);
    case "retry":
      throw failed(fate.error, run);
  }
}

/** When all children have ended already, the handler runs once more and must find its end. */
async function sleep(run: Run): Promise<JobResult> {
  if (await run.job.moveToWaitingChildren(run.token)) {
    run.ended("waiting-children");
    throw new WaitingChildrenError();
  }
  const again = await run.runAgain();
  if (again.fate !== "waits-for-children") return settle(again, run);
  const message = "NO_CHILDREN: waits for children, but none is left; the watchdog starts a new generation";
  throw failed(new Error(message), run);
}

/** Delays the job; the first time it says why in the job's log. Returns what tells BullMQ so. */
async function deferred(fate: Extract<Fate, { fate: "deferred" }>, { job, token, queues, ended }: Run): Promise<Error> {
  // Starts that ended neither in a failed attempt nor in a dead worker.
  const deferrals = Math.max(0, job.attemptsStarted - 1 - job.attemptsMade - job.stalledCounter);
  if (deferrals === 0) await addLine(job, fate.reason, queues.log);
  await job.moveToDelayed(Date.now() + deferralMs(fate.retryAfterMs, deferrals), token);
  ended("deferred", { code: "DEFERRED", message: fate.reason });
  return new DelayedError(fate.reason);
}

/** Raises the alarm for a poison job, and lets a later retry of it start afresh. */
async function setAside({ job, queues }: Run): Promise<void> {
  const { queue, shard } = partOf(job.queueName);
  const [jobId, stalls] = [job.id ?? "", job.stalledCounter];
  const said = `${job.name} brought its worker down ${stalls} times and is set aside`;
  queues.log.error({ queue, jobId, jobName: job.name, stalls }, said);
  await queues.connection.store.clearStalls(queue, shard, jobId);
}

/** What tells BullMQ that the job's attempt failed. */
function failed(error: unknown, { job, queues, ended }: Run): Error {
  const failure = { code: codeOf(error), message: messageOf(error) };
  if (error instanceof AssertionError) {
    const about = { queue: job.queueName, jobId: job.id, jobName: job.name, err: error };
    queues.log.fatal(about, "a job met a state that cannot be");
    ended("failed", failure);
    return new UnrecoverableError(`ASSERTION: ${error.message}`);
  }
  ended(job.attemptsMade + 1 < (job.opts.attempts ?? 1) ? "retried" : "failed", failure);
  return withCode(error);
}

const deferralGrowth = 1.5;
const deferralTimesMax = 5;
/** A wait that is longer to begin with is one for a known time, such as for a file to be old enough: it does not grow. */
const grownMsMax = 5_000;
const jitterShare = 0.2;

/**
 * Wait before a deferred job's next try, ms: soon at first, so that it follows at once after the lock that it waited for, then
 * less often. Grows from `firstMs` to five times that, give or take a fifth (50 ms become 250 ms).
 */
export function deferralMs(firstMs: number, deferrals: number): number {
  const grown = firstMs * Math.min(deferralTimesMax, deferralGrowth ** deferrals);
  const wait = Math.max(firstMs, Math.min(grownMsMax, grown));
  return Math.max(1, Math.round(wait * (1 - jitterShare + 2 * jitterShare * Math.random())));
}
