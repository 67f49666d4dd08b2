// How work waits: queues, producer, consumer, group commit, inspection. The only importer of bullmq and ioredis.

export { eventsPerJobMax, type JobPayloads, type QueueName, queueNames, workerLimits } from "./catalog.ts";
export type { Durability, QueueLog, SharedRate } from "./connection.ts";
export { type BatchRan, type ConsumeEventsOptions, consumeEvents } from "./consumer/consume-events.ts";
export { type Consumer, consume } from "./consumer/consumer.ts";
export {
  type ApplyEvents,
  type BatchFate,
  type ConsumeOptions,
  done,
  type Fate,
  fateOfError,
  type Handler,
  type JobContext,
  type JobEnded,
} from "./consumer/fates.ts";
export { createInFlight } from "./consumer/in-flight.ts";
export { isUnreachable, QueueUnavailable } from "./errors.ts";
export type { CarriedEvent, FailedFilter, FailedJob } from "./failed-jobs.ts";
export { createGroupCommit } from "./group-commit.ts";
export type { FailedCause, FailedPage, RetriedPage, RetryProgress } from "./inspect.ts";
export { eventJobId, resetJobId } from "./job-ids.ts";
export type { QueueCounts, ShardSeen } from "./queue-counts.ts";
export { openQueues, type QueueOptions, type Queues } from "./queues.ts";
export { partOf, shardName } from "./shards.ts";
