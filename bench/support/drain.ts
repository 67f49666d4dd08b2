// Filling the queue of events while it is paused, and timing how long it takes until all of it is done.
import { setTimeout as delay } from "node:timers/promises";
import type { StockEvent } from "@inventory-sync/domain";
import type { Installation } from "./stand.ts";

const lookEveryMs = 10;
/** Events on their way into the queue at once: requests of many events are large, and a busy machine has to answer each in time. */
const eventsInFlight = 4_000;
const requestsInFlightMax = 200;
const deadlineMs = 30 * 60_000;

/** The queue of events, in all its shards. */
const eventsQueues = ({ queues }: Installation) =>
  queues.bullQueues().filter(({ name }) => /^events(-\d+)?$/.test(name));

/** Stops the queue from handing out jobs until drain(). */
export async function pauseEvents(on: Installation): Promise<void> {
  await Promise.all(eventsQueues(on).map((queue) => queue.pause()));
}

/** Adds requests of events as clients would, through the product's own producer. */
export async function fill(
  on: Installation,
  requests: Iterable<readonly StockEvent[]>,
  eventsPerRequest = 1,
): Promise<void> {
  const atOnce = Math.min(requestsInFlightMax, Math.ceil(eventsInFlight / eventsPerRequest));
  const left = requests[Symbol.iterator]();
  const sender = async (): Promise<void> => {
    for (let next = left.next(); !next.done; next = left.next()) await on.queues.addEvents(next.value, "bench");
  };
  await Promise.all(Array.from({ length: atOnce }, sender));
}

/** Lets the queue go and gives the seconds until nothing of it is left. Throws when a job failed. */
export async function drain(on: Installation): Promise<number> {
  const queues = eventsQueues(on);
  const startedAt = performance.now();
  await Promise.all(queues.map((queue) => queue.resume()));
  for (;;) {
    const states = ["wait", "active", "delayed", "prioritized", "failed"] as const;
    const left = await Promise.all(queues.map((queue) => queue.getJobCounts(...states)));
    const failed = left.reduce((sum, counts) => sum + (counts.failed ?? 0), 0);
    if (failed > 0) throw new Error(`${failed} jobs failed`);
    if (left.every((counts) => Object.values(counts).every((count) => count === 0)))
      return (performance.now() - startedAt) / 1_000;
    if (performance.now() - startedAt > deadlineMs) throw new Error(`not drained in ${deadlineMs} ms`);
    await delay(lookEveryMs);
  }
}

/** Requests of one event each. */
export function* singly(count: number, event: (n: number) => StockEvent): Generator<readonly StockEvent[]> {
  for (let n = 0; n < count; n += 1) yield [event(n)];
}

/** Requests of up to `size` events. */
export function* inRequests(
  count: number,
  size: number,
  event: (n: number) => StockEvent,
): Generator<readonly StockEvent[]> {
  for (let first = 0; first < count; first += size) {
    yield Array.from({ length: Math.min(size, count - first) }, (_, index) => event(first + index));
  }
}
