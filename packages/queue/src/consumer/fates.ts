// What handlers take and give. A handler returns its fate; consumer.ts alone does to the job what the fate asks for.

import { Deferred, type EventFate, Rejected, type StockEvent } from "@inventory-sync/domain";
import type { JobPayloads, QueueName } from "../catalog.ts";
import type { JobAbout } from "../job-ids.ts";

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
/** What a finished job shows: small and plain. BigInts and dates do not survive the queue. */
export type JobResult = { [key: string]: Json };

export interface JobContext<Name extends QueueName> {
  payload: JobPayloads[Name];
  jobId: string;
  /** 1 for the first try. Deferrals and waiting for children do not count. */
  attempt: number;
  attemptsMax: number;
  /** Adds a line to the job's log on the board; never throws, lines keep their order. */
  log(line: string): void;
  progress(value: JobResult): Promise<void>;
}

/** How one run of a job ends (R14). */
export type Fate =
  | { readonly fate: "done"; readonly result: JobResult; readonly isForgotten?: boolean }
  /** Can never succeed as it stands. */
  | { readonly fate: "rejected"; readonly code: string; readonly message: string }
  /** Too early: comes back, and has used no attempt. */
  | { readonly fate: "deferred"; readonly retryAfterMs: number; readonly reason: string }
  /** The handler has added the children of this job: it sleeps until all have ended, then runs again. */
  | { readonly fate: "waits-for-children" }
  | { readonly fate: "retry"; readonly error: unknown };

/** Does one run of a job. What it throws counts as the fate that fateOfError says. */
export type Handler<Name extends QueueName> = (context: JobContext<Name>) => Promise<Fate>;

/** Done, with what the job shows. */
export function done(result: JobResult = {}): Fate {
  return { fate: "done", result };
}

/** Done, and not kept: what is sent again under its id is to be looked at anew. */
export function doneAndForgotten(): Fate {
  return { fate: "done", result: {}, isForgotten: true };
}

/** The fate that an error means: work that is deep down ends by throwing Rejected or Deferred. */
export function fateOfError(error: unknown): Fate {
  if (error instanceof Deferred) return { fate: "deferred", retryAfterMs: error.retryAfterMs, reason: error.message };
  if (error instanceof Rejected) return { fate: "rejected", code: error.code, message: error.message };
  return { fate: "retry", error };
}

/** What became of one event of a batch: as the ledger says, or an error of its own that another try may get past. */
export type BatchFate = EventFate | Extract<Fate, { fate: "retry" }>;

/** Applies a batch (events of many facilities, no event twice); one fate per event, in the same order. */
export type ApplyEvents = (events: StockEvent[]) => Promise<readonly (BatchFate | undefined)[]>;

/** How one job ended, for metrics and the log. */
export interface JobEnded {
  queue: QueueName;
  fate: "done" | "rejected" | "deferred" | "retried" | "failed" | "waiting-children" | "poison";
  jobId: string;
  jobName: string;
  durationMs: number;
  code?: string;
  message?: string;
  about?: JobAbout;
}

export interface ConsumerListeners {
  onEnded?: (ended: JobEnded) => void;
  /** The locks of so many jobs in flight were lost: another worker may run them, too. */
  onLocksLost?: (queue: QueueName, jobs: number) => void;
  /** A job was found without a living worker; it runs again. */
  onStalled?: (queue: QueueName) => void;
}

export interface ConsumeOptions extends ConsumerListeners {
  concurrency: number;
  /** BullMQ's workers that share the concurrency. Each fetches one job after the other. Default 1. */
  chains?: number;
  /** How many jobs of the queue all workers of all processes do at once. Default: as many as their concurrencies allow together. */
  together?: number | undefined;
}
