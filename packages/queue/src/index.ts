// How work waits: queues, producer, consumer, group commit, inspection. The only importer of bullmq and ioredis.

export type { Carried, CarriedEvent } from "./carried.ts";
export { eventsPerJobMax, type JobPayloads, type QueueName, queueNames, workerLimits } from "./catalog.ts";
export type { ClientUses } from "./client-uses.ts";
export { type ConsumeEventsOptions, consumeEvents } from "./consumer/consume-events.ts";
export { consume } from "./consumer/consumer.ts";
export {
  type ApplyEvents,
  type BatchFate,
  type BatchRan,
  type ConsumeOptions,
  type Consumer,
  done,
  type EventLimits,
  type Fate,
  fateOfError,
  type Handler,
  type JobContext,
  type JobEnded,
  type JobResult,
  type Json,
} from "./consumer/fates.ts";
export type { FailedCause, FailedFilter, FailedJob } from "./failed-rows.ts";
export type { QueueCounts } from "./inspect.ts";
export { eventJobId, resetJobId } from "./job-ids.ts";
export type { QueueLog } from "./log.ts";
export { openQueues, type QueueLimits, type QueueOptions, type QueueRole, type Queues } from "./queues.ts";
export type { ResetProgress } from "./resets.ts";
export type { RetryPlace, RetryProgress } from "./retry-failed.ts";
export type { SharedRate } from "./shared-rate.ts";
export type { Durability } from "./store.ts";
export { QueueUnavailable } from "./unavailable.ts";
