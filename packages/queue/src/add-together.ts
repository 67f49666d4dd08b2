// Adds that come at the same time go to the server together: one pipeline on Redis, one statement and one fsync on
// PostgreSQL. Each caller still has its own answer and its own deadline.

import type { Queue } from "bullmq";
import { backlogPriority, type JobPayloads, jobOptions } from "./catalog.ts";
import { within } from "./deadline.ts";
import { createGroupCommit } from "./group-commit.ts";
import { eventsJobName } from "./job-ids.ts";
import { isConnectionError } from "./outage.ts";
import type { QueueTraces } from "./traces.ts";

export interface EventsJob {
  id: string;
  /** Ids that its events would have as jobs of their own. */
  memberIds: string[];
  data: JobPayloads["events"];
  /** Goes behind live sales. */
  isBacklog: boolean;
  /** The trace that the job goes on with, as BullMQ takes it. */
  telemetry?: { metadata: string };
}

export interface Adder {
  /** Resolves when all jobs are durably queued. Throws at the deadline: then it is unknown whether they are. */
  add(jobs: readonly EventsJob[], deadlineMs: number): Promise<void>;
}

const callsPerAddMax = 200;
const jobsPerAddMax = 1_000;
const waitMsMax = 2;
const addsRunningMax = 4;
/** Calls that may wait for a server that has stopped answering; the next one is refused at once. */
const callsPendingMax = 5_000;

interface Call {
  serial: number;
  jobs: readonly EventsJob[];
  expiresAt: number;
}

/** Starts adding to one queue. */
export function createAdder(queue: Queue, traces: QueueTraces | undefined): Adder {
  let serial = 0;
  const commit = createGroupCommit<Call, "queued">({
    run: (calls) => addCalls(queue, calls),
    keyOf: (call) => String(call.serial),
    sizeMax: callsPerAddMax,
    weightOf: (call) => call.jobs.length,
    weightMax: jobsPerAddMax,
    waitMsMax,
    runningMax: addsRunningMax,
    // A job that the server refuses must not take its neighbours with it; a server that is away refuses them all.
    mayBisect: (error) => !isConnectionError(error),
  });
  return {
    async add(jobs, deadlineMs) {
      if (commit.size() >= callsPendingMax) throw new Error("too many requests wait for the queue server already");
      serial += 1;
      const call = { serial, jobs: traced(jobs, traces), expiresAt: performance.now() + deadlineMs };
      await within(deadlineMs, "adding events", commit.add(call));
    },
  };
}

/** Each job goes on in the trace of the call that brought it, whoever's calls it is added with. */
function traced(jobs: readonly EventsJob[], traces: QueueTraces | undefined): readonly EventsJob[] {
  if (traces === undefined) return jobs;
  const telemetry = { metadata: traces.current() };
  return jobs.map((job) => ({ ...job, telemetry }));
}

async function addCalls(queue: Queue, calls: readonly Call[]): Promise<("queued" | undefined)[]> {
  // What nobody waits for any more is not added: its client was told that it was not, and sends it again.
  const now = performance.now();
  const jobs = new Map(calls.flatMap((call) => (call.expiresAt < now ? [] : call.jobs)).map((job) => [job.id, job]));
  if (jobs.size === 0) return [];
  const added = await queue.addBulk(
    [...jobs.values()].map(({ id, data, isBacklog, telemetry }) => ({
      name: eventsJobName(data.events),
      data,
      opts: {
        ...jobOptions("events"),
        jobId: id,
        ...(isBacklog && { priority: backlogPriority }),
        ...(telemetry && { telemetry }),
      },
    })),
  );
  // A negative number can stand where an id should: that job was not taken.
  const taken = new Set(added.map((job) => job.id));
  return calls.map((call) => (call.jobs.every((job) => taken.has(job.id)) ? "queued" : undefined));
}
