// Flow 1, where a sale enters the queue. One call is one request of a client: it resolves when every event of it is durably
// queued, and throws QueueUnavailable otherwise. A request that failed half-way is sent again whole; ids make that harmless.

import type { StockEvent } from "@inventory-sync/domain";
import type { Queue } from "bullmq";
import { createAdder, type EventsJob } from "./add-together.ts";
import { backlogJobsPerLiveOne, eventsPayloadVersion, eventsPerJobMax, linesPerJobMax } from "./catalog.ts";
import type { QueueConnection } from "./connection.ts";
import { eventJobId, eventsJobId } from "./job-ids.ts";
import type { QueueLog } from "./log.ts";
import { isConnectionError, messageOf } from "./outage.ts";
import { type PressureLimits, watchPressure } from "./pressure.ts";
import { createReviver, reviveFailed } from "./revive.ts";
import { QueueUnavailable } from "./unavailable.ts";

export interface ProducerLimits extends PressureLimits {
  addDeadlineMs: number;
  /** What a refused client is told to wait. */
  retryAfterS: number;
}

export interface EventProducer {
  /** Why nothing is accepted now, in words; undefined while accepting. */
  readonly acceptPaused: string | undefined;
  /** Resolves when every event is durably queued; throws QueueUnavailable past the deadline or under back-pressure (R11). */
  addEvents(events: readonly StockEvent[], client: string): Promise<void>;
  /** Queues events of a job one by one, in spite of back-pressure: they were accepted long ago. A failed one is retried. */
  addEventsSingly(events: readonly StockEvent[], client: string): Promise<void>;
  stop(): void;
}

export interface ProducerParts {
  connection: QueueConnection;
  queue: Queue;
  log: QueueLog;
  limits: ProducerLimits;
  /** Whether this process accepts from outside: only then the load is sampled. */
  accepts: boolean;
}

export function createEventProducer({ connection, queue, log, limits, accepts }: ProducerParts): EventProducer {
  const pressure = accepts ? watchPressure(connection, limits, log) : undefined;
  const adder = createAdder(queue, connection.traces);
  const reviver = createReviver(connection, queue, log);

  async function add(jobs: readonly EventsJob[]): Promise<void> {
    const { outage } = connection;
    if (outage.state() === "down") throw unavailable("the queue server cannot be reached", limits);
    try {
      await adder.add(jobs, limits.addDeadlineMs);
    } catch (error) {
      if (isConnectionError(error)) outage.down(error);
      throw unavailable(messageOf(error), limits, error);
    }
  }

  return {
    get acceptPaused() {
      return pressure?.reason();
    },
    async addEvents(events, client) {
      if (events.length === 0) return;
      const reason = pressure?.reason();
      if (reason !== undefined) throw unavailable(reason, limits);
      const sentAtMs = Date.now();
      const jobs = groupEvents(events, client);
      await add(jobs);
      reviver.note([...new Set(jobs.flatMap((job) => [job.id, ...job.memberIds]))], sentAtMs);
    },
    async addEventsSingly(events, client) {
      const sentAtMs = Date.now();
      const jobs = distinct(events).map(([id, event]) => ({
        ...{ id, memberIds: [id], isBacklog: false },
        data: { v: eventsPayloadVersion, events: [event], client },
      }));
      if (jobs.length === 0) return;
      await add(jobs);
      await reviveFailed(connection, queue, new Map(jobs.map((job) => [job.id, sentAtMs])));
    },
    stop() {
      pressure?.stop();
      reviver.stop();
    },
  };
}

/** Job id and event, each id once: an event that stands twice in one request is one event. */
function distinct(events: readonly StockEvent[]): [string, StockEvent][] {
  return [...new Map(events.map((event) => [eventJobId(event), event]))];
}

let backlogJobs = 0;

/** Groups the events of a request by facility into jobs, in the order in which they came. */
function groupEvents(events: readonly StockEvent[], client: string): EventsJob[] {
  const open = new Map<string, { members: [string, StockEvent][]; lines: number }>();
  const groups: [string, StockEvent][][] = [];
  for (const [id, event] of distinct(events)) {
    let group = open.get(event.facilityId);
    const full =
      group === undefined ||
      group.members.length >= eventsPerJobMax ||
      group.lines + event.lines.length > linesPerJobMax;
    if (group === undefined || full) {
      group = { members: [], lines: 0 };
      open.set(event.facilityId, group);
      groups.push(group.members);
    }
    group.members.push([id, event]);
    group.lines += event.lines.length;
  }
  return groups.map((members) => {
    const memberIds = members.map(([id]) => id);
    const data = { v: eventsPayloadVersion, events: members.map(([, event]) => event), client };
    const [first = ""] = memberIds;
    if (members.length === 1) return { id: first, memberIds, data, isBacklog: false };
    backlogJobs += 1;
    return { id: eventsJobId(memberIds), memberIds, data, isBacklog: backlogJobs % backlogJobsPerLiveOne !== 0 };
  });
}

function unavailable(reason: string, limits: ProducerLimits, cause?: unknown): QueueUnavailable {
  const message = `the queue cannot take events now (${reason}); send the same request again in ${limits.retryAfterS} s`;
  return new QueueUnavailable(message, limits.retryAfterS, { cause });
}
