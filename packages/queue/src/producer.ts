// Flow 1, where a sale enters the queue. One call is one request of a client: it resolves when every event of it is durably
// queued, and throws QueueUnavailable otherwise. A request that failed half-way is sent again whole; ids make that harmless.

import type { StockEvent } from "@inventory-sync/domain";
import { withinMs } from "@inventory-sync/runtime";
import type { Queue } from "bullmq";
import {
  backlogJobsPerLiveOne,
  backlogPriority,
  eventsPayloadVersion,
  eventsPerJobMax,
  type JobPayloads,
  jobOptions,
  linesPerJobMax,
} from "./catalog.ts";
import type { QueueConnection } from "./connection.ts";
import { isUnreachable, messageOf, QueueUnavailable } from "./errors.ts";
import { createGroupCommit } from "./group-commit.ts";
import { eventJobId, eventsJobId, eventsJobName } from "./job-ids.ts";
import type { QueueLog } from "./outage.ts";
import { pressureLimits, watchPressure } from "./pressure.ts";
import { createReviver, reviveFailed } from "./revive.ts";

const callsPerAddMax = 200;
const jobsPerAddMax = 1_000;
const waitMsMax = 2;
const addsRunningMax = 4;
/** Calls that may wait for a server that has stopped answering; the next one is refused at once. */
const callsPendingMax = 5_000;

export const producerLimits = {
  ...pressureLimits,
  addDeadlineMs: 2_000,
  /** What a refused client is told to wait. */
  retryAfterS: 5,
};

interface Parts {
  readonly connection: QueueConnection;
  readonly queue: Queue;
  readonly log: QueueLog;
  readonly limits: typeof producerLimits;
  /** Whether this process accepts from outside: only then the load is sampled. */
  readonly accepts: boolean;
}

/** Starts the producer of events. */
export function createEventProducer({ connection, queue, log, limits, accepts }: Parts) {
  const pressure = accepts ? watchPressure(connection, limits, log) : undefined;
  const addTogether = createAdder(queue, connection);
  const reviver = createReviver(connection, queue, log);

  const unavailable = (reason: string, cause?: unknown): QueueUnavailable => {
    const { retryAfterS } = limits;
    const message = `the queue cannot take events now (${reason}); send the same request again in ${retryAfterS} s`;
    return new QueueUnavailable(message, retryAfterS, { cause });
  };
  const add = async (jobs: readonly EventsJob[]): Promise<void> => {
    if (connection.outage.isDown()) throw unavailable("the queue server cannot be reached");
    try {
      await addTogether(jobs, limits.addDeadlineMs);
    } catch (error) {
      throw unavailable(messageOf(error), error);
    }
  };

  return {
    /** Why nothing is accepted now, in words; undefined while accepting. */
    get acceptPaused(): string | undefined {
      return pressure?.reason();
    },
    /** Resolves when every event is durably queued; throws QueueUnavailable past the deadline or under back-pressure (R11). */
    async addEvents(events: readonly StockEvent[], client: string): Promise<void> {
      if (events.length === 0) return;
      const reason = pressure?.reason();
      if (reason !== undefined) throw unavailable(reason);
      const sentAtMs = Date.now();
      const jobs = groupEvents(events, client);
      await add(jobs);
      reviver.note([...new Set(jobs.flatMap((job) => [job.id, ...job.memberIds]))], sentAtMs);
    },
    /** Queues events of a job one by one, in spite of back-pressure: they were accepted long ago. A failed one is retried. */
    async addEventsSingly(events: readonly StockEvent[], client: string): Promise<void> {
      if (events.length === 0) return;
      const sentAtMs = Date.now();
      const jobs = distinct(events).map((member) => jobOf([member], client));
      await add(jobs);
      await reviveFailed(connection, queue, new Map(jobs.map((job) => [job.id, sentAtMs])));
    },
    stop(): void {
      pressure?.stop();
      reviver.stop();
    },
  };
}

interface EventsJob {
  id: string;
  /** Ids that its events would have as jobs of their own. */
  memberIds: string[];
  data: JobPayloads["events"];
  /** Goes behind live sales. */
  isBacklog: boolean;
  /** The trace that the job goes on with, as BullMQ takes it. */
  telemetry?: { metadata: string };
}

/** An event with the id that it would have as a job of its own. */
type Member = readonly [id: string, event: StockEvent];

/** Each event once: one that stands twice in a request is one event. */
function distinct(events: readonly StockEvent[]): Member[] {
  return [...new Map(events.map((event) => [eventJobId(event), event]))];
}

/** Groups the events of a request by facility into jobs, in the order in which they came. */
function groupEvents(events: readonly StockEvent[], client: string): EventsJob[] {
  const open = new Map<string, { members: Member[]; lines: number }>();
  const groups: Member[][] = [];
  for (const member of distinct(events)) {
    const { facilityId, lines } = member[1];
    let group = open.get(facilityId);
    const isFull =
      group !== undefined && (group.members.length >= eventsPerJobMax || group.lines + lines.length > linesPerJobMax);
    if (group === undefined || isFull) {
      group = { members: [], lines: 0 };
      open.set(facilityId, group);
      groups.push(group.members);
    }
    group.members.push(member);
    group.lines += lines.length;
  }
  return groups.map((members) => jobOf(members, client));
}

let backlogJobs = 0;

function jobOf(members: readonly Member[], client: string): EventsJob {
  const memberIds = members.map(([id]) => id);
  const data = { v: eventsPayloadVersion, events: members.map(([, event]) => event), client };
  const [id = ""] = memberIds;
  if (members.length === 1) return { id, memberIds, data, isBacklog: false };
  backlogJobs += 1;
  return { id: eventsJobId(memberIds), memberIds, data, isBacklog: backlogJobs % backlogJobsPerLiveOne !== 0 };
}

interface Call {
  serial: number;
  jobs: readonly EventsJob[];
  expiresAt: number;
}

/**
 * Starts adding to one queue. Adds that come at the same time go to the server together: one pipeline on Redis, one statement and
 * one fsync on PostgreSQL. Each call still has its own answer and its own deadline. The function resolves when all jobs are durably queued. It throws at the deadline: then it is
 * unknown whether they are.
 */
function createAdder(queue: Queue, { traces, store }: QueueConnection) {
  let serial = 0;
  const commit = createGroupCommit<Call, "queued">({
    run: async (calls) => {
      const queued = await addCalls(queue, calls);
      await store.replicated();
      return queued;
    },
    keyOf: (call) => String(call.serial),
    sizeMax: callsPerAddMax,
    weightOf: (call) => call.jobs.length,
    weightMax: jobsPerAddMax,
    waitMsMax,
    runningMax: addsRunningMax,
    // A job that the server refuses must not take its neighbours with it; a server that is away refuses them all.
    mayBisect: (error) => !isUnreachable(error),
  });
  return async (jobs: readonly EventsJob[], deadlineMs: number): Promise<void> => {
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
