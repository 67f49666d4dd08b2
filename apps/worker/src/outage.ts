// What a worker does while the database is out of reach: everything waits for it without using up an attempt, because an
// outage must not end in thousands of failed jobs that somebody has to retry by hand.
import { isOutage } from "@inventory-sync/db";
import { Deferred } from "@inventory-sync/domain";

/** The queue lets the delay grow from here. */
const OUTAGE_RETRY_MS = 1_000;

/** The deferral that an error of the database's being out of reach means, or undefined for any other error. */
export function outageDeferral(error: unknown): Deferred | undefined {
  if (!isOutage(error)) return undefined;
  const said = error instanceof Error ? error.message : String(error);
  return new Deferred(OUTAGE_RETRY_MS, `the database cannot be reached: ${said}`);
}

/** Wraps a job's handler so that it defers over an outage. */
export function overOutage<Job, Result>(handler: (job: Job) => Promise<Result>): (job: Job) => Promise<Result> {
  return async (job) => {
    try {
      return await handler(job);
    } catch (error) {
      throw outageDeferral(error) ?? error;
    }
  };
}
