// Flow 1, where a sale enters the queue. One call is one request of a client: it resolves when every event of it is durably
// queued, and throws QueueUnavailable otherwise. A request that failed half-way is sent again whole; ids make that harmless.

import { grouped, type StockEvent } from "@inventory-sync/domain";
import { DeadlinePassed } from "@inventory-sync/runtime";
import { createAdder, type EventsJob } from "./add-together.ts";
import { backlogJobsPerLiveOne, eventsPayloadVersion, eventsPerJobMax, linesPerJobMax } from "./catalog.ts";
import type { QueueConnection, QueueLog } from "./connection.ts";
import { isNotSent, isUnreachable, isUnwilling, messageOf, QueueUnavailable, TooFewReplicas } from "./errors.ts";
import { eventJobId, eventsJobId } from "./job-ids.ts";
import { createLivePace } from "./live-pace.ts";
import { pressureLimits, watchPressure } from "./pressure.ts";
import { createReviver, reviveFailed } from "./revive.ts";
import { shardName, shardOf } from "./shards.ts";

export const producerLimits = {
  ...pressureLimits,
  addDeadlineMs: 2_000,
  /** What a refused client is told to wait. */
  retryAfterS: 5,
};

interface Parts {
  readonly connection: QueueConnection;
  readonly log: QueueLog;
  readonly limits: typeof producerLimits;
  /** Whether this process accepts from outside: only then the load is sampled. */
  readonly accepts: boolean;
}

/** Starts the producer of events. */
export function createEventProducer({ connection, log, limits, accepts }: Parts) {
  const { own } = connection.shards;
  const isLive = createLivePace();
  const pressure = accepts ? watchPressure(connection, limits, log) : undefined;
  const parts = Array.from({ length: own }, (_, shard) => ({
    ...createAdder(shard, connection),
    reviver: createReviver(connection, connection.queue("events", shard), log),
  }));
  type Part = (typeof parts)[number];

  const unavailable = (reason: string, more?: Pick<QueueUnavailable, "cause" | "queued">) => {
    const { retryAfterS } = limits;
    const message = `the queue cannot take events now (${reason}); send the same request again in ${retryAfterS} s`;
    return new QueueUnavailable(message, retryAfterS, more);
  };
  /** One event that is not live, for its store sends too many of them, goes behind as a job of several does. */
  const paced = (job: EventsJob): EventsJob =>
    job.memberIds.length > 1 || isLive(job.data.events[0]?.facilityId ?? "") ? job : { ...job, isBacklog: isBehind() };
  const named = (shard: number, reason: string | undefined): string | undefined =>
    reason === undefined || own === 1 ? reason : `${shardName(shard)}: ${reason}`;
  /** Why a shard is too full to take more, in words. */
  const whyFull = (shard: number): string | undefined => named(shard, pressure?.reason(shard));
  const whyNot = ({ shard, refuses }: Part): string | undefined =>
    refuses() ? named(shard, "its server cannot be reached") : whyFull(shard);
  /** Adds to all shards concerned, or to none of them where one is known to take nothing. */
  const addAll = async (jobs: ReadonlyMap<Part, readonly EventsJob[]>, isHeldBack: boolean): Promise<void> => {
    if (connection.outage.isDown()) throw unavailable("the queue server cannot be reached");
    const refused = isHeldBack ? [...jobs.keys()].map(whyNot).find((reason) => reason !== undefined) : undefined;
    if (refused !== undefined) throw unavailable(refused);
    const added = await Promise.allSettled([...jobs].map(([{ add }, some]) => add(some, limits.addDeadlineMs)));
    const failed = added.filter((each) => each.status === "rejected").map(({ reason }) => reason as unknown);
    if (failed.length === 0) return;
    const queued = failed.some(isUnanswered) ? "unknown" : failed.length < added.length ? "some" : "nothing";
    throw unavailable(messageOf(failed[0]), { cause: failed[0], queued });
  };
  const byPart = (jobs: readonly EventsJob[]): Map<Part, EventsJob[]> =>
    grouped(jobs, ({ data }) => parts[shardOf(data.events[0]?.facilityId ?? "", own)] as Part);

  return {
    whyFull,
    /** Resolves when every event is durably queued; throws QueueUnavailable past the deadline or under back-pressure (R11). */
    async addEvents(events: readonly StockEvent[], client: string): Promise<void> {
      if (events.length === 0) return;
      const sentAtMs = Date.now();
      const jobs = byPart(groupEvents(events, client).map((job) => (accepts ? paced(job) : job)));
      await addAll(jobs, true);
      for (const [{ reviver }, some] of jobs)
        reviver.note([...new Set(some.flatMap((job) => [job.id, ...job.memberIds]))], sentAtMs);
    },
    /** Queues events of a job one by one, in spite of back-pressure: they were accepted long ago. A failed one is retried. */
    async addEventsSingly(events: readonly StockEvent[], client: string): Promise<void> {
      if (events.length === 0) return;
      const sentAtMs = Date.now();
      const jobs = byPart(distinct(events).map((member) => jobOf([member], client)));
      await addAll(jobs, false);
      for (const [{ shard }, some] of jobs) {
        const sent = new Map(some.map((job) => [job.id, sentAtMs]));
        await reviveFailed(connection, connection.queue("events", shard), sent);
      }
    },
    stop(): void {
      pressure?.stop();
      for (const { reviver } of parts) reviver.stop();
    },
  };
}

/** Whether a server may have taken it all the same: it did not say, the connection broke, or it alone has it. */
function isUnanswered(error: unknown): boolean {
  const isSilent = error instanceof DeadlinePassed || error instanceof TooFewReplicas;
  return isSilent || (isUnreachable(error) && !isUnwilling(error) && !isNotSent(error));
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
  return { id: eventsJobId(memberIds), memberIds, data, isBacklog: isBehind() };
}

/** Every so many-th of a backlog goes with the live ones. */
function isBehind(): boolean {
  backlogJobs += 1;
  return backlogJobs % backlogJobsPerLiveOne !== 0;
}
