// How jobs of events get to one shard of the queue: those that are added at the same time go together.
import { DeadlinePassed, withinMs } from "@inventory-sync/runtime";
import type { Queue } from "bullmq";
import { backlogPriority, type JobPayloads, jobOptions } from "./catalog.ts";
import type { QueueConnection } from "./connection.ts";
import { isUnreachable } from "./errors.ts";
import { createGroupCommit } from "./group-commit.ts";
import { eventsJobName } from "./job-ids.ts";

const callsPerAddMax = 200;
const jobsPerAddMax = 1_000;
const waitMsMax = 2;
const addsRunningMax = 4;
/** Calls that may wait for a server that has stopped answering; the next one is refused at once. */
const callsPendingMax = 5_000;

/** A job of events on its way into the queue. */
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

interface Call {
  serial: number;
  jobs: readonly EventsJob[];
  expiresAt: number;
}

/** How soon after a shard was found away one call is let through again, to see. */
const tryAgainMs = 1_000;

/**
 * Starts adding to one shard of the queue of events. Adds that come at the same time go to the server together: one pipeline on Redis, one
 * statement and one fsync on PostgreSQL. Each call still has its own answer and its own deadline.
 *
 * The connection to a cluster knows only of all of it. While the server of this shard is away, calls that wait for it would take the
 * places of calls for the others: so they are refused at once, but for one that tries, now and then.
 */
export function createAdder(shard: number, { queue: queueOf, traces, store, shards }: QueueConnection) {
  const queue = queueOf("events", shard);
  let isAway = false;
  let triedAtMs = 0;
  let serial = 0;
  const commit = createGroupCommit<Call, "queued">({
    run: (calls) => store.replicated(shard, () => addCalls(queue, calls)),
    keyOf: (call) => String(call.serial),
    sizeMax: callsPerAddMax,
    weightOf: (call) => call.jobs.length,
    weightMax: jobsPerAddMax,
    waitMsMax,
    runningMax: addsRunningMax,
    // A job that the server refuses must not take its neighbours with it; a server that is away refuses them all.
    mayBisect: (error) => !isUnreachable(error),
  });
  const add = async (jobs: readonly EventsJob[], deadlineMs: number): Promise<void> => {
    if (commit.size() >= callsPendingMax) throw new Error("too many requests wait for the queue server already");
    serial += 1;
    // Each job goes on in the trace of the call that brought it, whatever calls it is added with.
    const telemetry = traces && { metadata: traces.current() };
    const call = {
      serial,
      jobs: telemetry ? jobs.map((job) => ({ ...job, telemetry })) : jobs,
      expiresAt: performance.now() + deadlineMs,
    };
    await withinMs(deadlineMs, commit.add(call), "adding events");
  };
  return {
    shard,
    /** Whether the next call is refused. A shard that is away lets one through after a while, to see. */
    refuses(): boolean {
      if (!isAway) return false;
      if (performance.now() - triedAtMs < tryAgainMs) return true;
      triedAtMs = performance.now();
      return false;
    },
    /** Resolves when all jobs are durably queued. Throws at the deadline: then it is unknown whether they are. */
    async add(jobs: readonly EventsJob[], deadlineMs: number): Promise<void> {
      try {
        await add(jobs, deadlineMs);
        isAway = false;
      } catch (error) {
        // Where there are no other shards nobody is kept waiting by calls that wait for a server that is away.
        isAway = shards.own > 1 && (error instanceof DeadlinePassed || isUnreachable(error));
        if (isAway) triedAtMs = performance.now();
        throw error;
      }
    },
  };
}

async function addCalls(queue: Queue, calls: readonly Call[]): Promise<("queued" | undefined)[]> {
  // A call that has waited too long is not added: its client was told that it was not, and sends it again.
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
