// The catalog: every queue with its payload, attempts, retention and worker limits, on one screen. Producer, consumer
// and board read it; what a job *does* is decided by its queue and payload, its name is only for people to read.

import { keptId, type StockEvent, stockEvent } from "@inventory-sync/domain";
import { z } from "zod";

/** The most events one job may carry; all of one facility. */
export const eventsPerJobMax = 50;
/** The most lines the events of one job have together, unless a single event has more. */
export const linesPerJobMax = 500;

/**
 * A job of several events is a backlog and goes behind the sales that happen now, so that one store's catching up keeps no
 * other store's sale waiting (R3 allows any order). Each so many of them goes with the live ones: whatever the load, a backlog
 * moves on.
 */
export const backlogPriority = 1;
export const backlogJobsPerLiveOne = 20;

const id = z.string().min(1).max(128);
const generation = z.number().int().min(0);

const oneFacility = (events: readonly StockEvent[]): boolean =>
  events.every((event) => event.facilityId === events[0]?.facilityId);

/**
 * What the producer writes on a job of events. One that carries this number is taken as it is: its events were checked when they came
 * in, and to look at each again costs the worker three hundredths. What carries none, of an older version or added by hand, is read
 * by the schema. A later version that writes another shape takes another number, and goes on reading this one.
 */
export const eventsPayloadVersion = 1;

/** What each queue's jobs carry. A job added by hand or emptied by an eviction does not parse: `BAD_PAYLOAD`. */
export const payloads = {
  events: z.object({
    events: z.array(stockEvent).min(1).max(eventsPerJobMax).refine(oneFacility, "events of several facilities"),
    client: z.string(),
    v: z.number().optional(),
  }),
  resets: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("run"), runKey: id }),
    z.object({ kind: z.literal("reset"), resetId: id, generation }),
  ]),
  "facility-resets": z.object({ resetId: id, facilityId: keptId, generation }),
  channels: z.object({ channel: id }),
};

export type QueueName = keyof typeof payloads;
export type JobPayloads = { [Name in QueueName]: z.output<(typeof payloads)[Name]> };
export const queueNames = ["events", "resets", "facility-resets", "channels"] as const satisfies readonly QueueName[];

/**
 * One constant for all workers of all queues: the slowest checker of a queue decides how late a dead worker is noticed. A
 * job of a dead worker runs again after what is left of its lock and at most two intervals, for a check can fall into the
 * pause of the one before: 9 seconds. Locks are renewed after half of their time, so an event loop may stand for 3 seconds.
 */
export const workerLimits = { lockDurationMs: 6_000, stalledIntervalMs: 1_500, maxStalledCount: 20 } as const;

/** Times a job may be found stalled before it is set aside as poison (R14), and before it has to run alone. */
export const poisonStallsMax = 5;
export const suspectStallsMin = 2;

/** Attempts per queue, and how many finished jobs the board still shows. Failed jobs stay until an operator retries them. */
const retention: Record<QueueName, { attempts: number; completedAgeSMax: number; completedCountMax: number }> = {
  events: { attempts: 12, completedAgeSMax: 86_400, completedCountMax: 5_000 },
  resets: { attempts: 8, completedAgeSMax: 30 * 86_400, completedCountMax: 1_000 },
  "facility-resets": { attempts: 8, completedAgeSMax: 7 * 86_400, completedCountMax: 5_000 },
  channels: { attempts: 8, completedAgeSMax: 86_400, completedCountMax: 1_000 },
};

const backoffFirstMs = 500;
const backoffMsMax = 60_000;

/** The wait before the next attempt: doubles from half a second to a minute, and half of it is jitter. */
function backoffMs(attemptsMade: number): number {
  const full = Math.min(backoffMsMax, backoffFirstMs * 2 ** Math.max(0, attemptsMade - 1));
  return Math.round(full / 2 + (Math.random() * full) / 2);
}

/** The BullMQ options that every job of a queue is added with. */
export function jobOptions(queue: QueueName) {
  const { attempts, completedAgeSMax, completedCountMax } = retention[queue];
  return {
    attempts,
    backoff: { type: "growing" },
    removeOnComplete: { age: completedAgeSMax, count: completedCountMax },
    removeOnFail: false,
    keepLogs: 100,
    stackTraceLimit: 3,
  };
}

/** After a lost connection a worker asks again this soon: within its lock, so that finished work is not done twice. */
const retryConnectionMs = 1_000;

/** The BullMQ options that every worker runs with, on either server: the slowest check for stalled jobs of a queue wins. */
export function workerOptions(concurrency: number) {
  return {
    concurrency,
    lockDuration: workerLimits.lockDurationMs,
    stalledInterval: workerLimits.stalledIntervalMs,
    maxStalledCount: workerLimits.maxStalledCount,
    runRetryDelay: retryConnectionMs,
    settings: { backoffStrategy: backoffMs },
  };
}
