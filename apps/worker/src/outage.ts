// What a worker does while the database is out of reach: everything waits for it without using up an attempt, because an
// outage must not end in thousands of failed jobs that somebody has to retry by hand.
import { isOutage } from "@inventory-sync/db";
import { type Fate, fateOfError, type Handler, type QueueName } from "@inventory-sync/queue";

/** The queue lets the delay grow from here. */
const OUTAGE_RETRY_MS = 1_000;

/** The fate of work that met this error: deferred while the database is out of reach, else what the error says itself. */
export function fateOnOutage(error: unknown): Fate {
  if (!isOutage(error)) return fateOfError(error);
  const said = error instanceof Error ? error.message : String(error);
  return { fate: "deferred", retryAfterMs: OUTAGE_RETRY_MS, reason: `the database cannot be reached: ${said}` };
}

/** The same handler, which defers while the database is out of reach. */
export function deferOnOutage<Name extends QueueName>(handler: Handler<Name>): Handler<Name> {
  return (job) => handler(job).catch(fateOnOutage);
}
