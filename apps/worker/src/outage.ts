// What a worker does while the database is out of reach: everything waits for it without using up an attempt, because an
// outage must not end in thousands of failed jobs that an operator has to retry by hand.
import { isOutage } from "@inventory-sync/db";
import { messageOf } from "@inventory-sync/domain";
import { type Fate, fateOfError, type Handler, type QueueName } from "@inventory-sync/queue";

/** The queue lets the delay grow from here. */
const OUTAGE_RETRY_MS = 1_000;

/** The fate of work that met an outage of the database, told by what the error said. */
export function outageFate(said: string): Fate {
  return { fate: "deferred", retryAfterMs: OUTAGE_RETRY_MS, reason: `the database cannot be reached: ${said}` };
}

/** The fate of work that met this error: deferred while the database is out of reach, else what the error says itself. */
export function fateOnOutage(error: unknown): Fate {
  if (!isOutage(error)) return fateOfError(error);
  return outageFate(messageOf(error));
}

/** The same handler, which defers while the database is out of reach. */
export function deferOnOutage<Name extends QueueName>(handler: Handler<Name>): Handler<Name> {
  return (job) => handler(job).catch(fateOnOutage);
}
